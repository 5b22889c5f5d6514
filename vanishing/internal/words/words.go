// Package words formats numbers for sentences.
package words

import (
	"fmt"
	"strings"
)

// Human writes a positive number with two digits, and without an exponent where that is easier to read.
func Human(v float64) string {
	if v < 0 {
		return "-" + Human(-v)
	}
	switch {
	case v == 0 || (0.001 <= v && v < 99.5):
		return fmt.Sprintf("%.2g", v)
	case 99.5 <= v && v < 9999.5:
		return fmt.Sprintf("%.0f", v)
	}
	text := fmt.Sprintf("%.1e", v)
	mantissa, exponent, found := strings.Cut(text, "e")
	if !found {
		return text // NaN or Inf
	}
	sign, digits := strings.TrimPrefix(exponent[:1], "+"), strings.TrimLeft(exponent[1:], "0")
	return strings.TrimSuffix(mantissa, ".0") + "e" + sign + digits
}

// Signed writes a change with its sign. A number that rounds to zero has no sign.
func Signed(v float64, decimals int) string {
	text := fmt.Sprintf("%+.*f", decimals, v)
	if strings.Trim(text, "+-0.") == "" {
		return text[1:]
	}
	return text
}

// Percent writes a share, as "12 %".
func Percent(share float64) string { return fmt.Sprintf("%.0f %%", 100*share) }
