package experiments

import (
	"strconv"
	"strings"
)

// decimal writes a number with so many decimals. One that rounds to zero has no sign.
func decimal(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Trim(text, "-0.") == "" {
		return strings.TrimPrefix(text, "-")
	}
	return text
}

// apart writes two numbers with one decimal, or with as many as it takes to tell them apart.
func apart(a, b float64) (string, string) {
	for decimals := 1; ; decimals++ {
		one, other := decimal(a, decimals), decimal(b, decimals)
		if one != other || a == b || decimals == 17 {
			return one, other
		}
	}
}
