package report

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// scientific writes a number in at most seven columns.
func scientific(v float64) string {
	if v == 0 {
		return "0"
	}
	if text := fmt.Sprintf("%.1e", v); len(text) <= 7 {
		return text
	}
	return fmt.Sprintf("%.0e", v)
}

// ratio writes a number that may not exist.
func ratio(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return scientific(v)
}

// number writes a loss.
func number(v float64) string { return fmt.Sprintf("%.4g", v) }

// decades writes a change on a logarithmic scale in at most five columns.
func decades(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case size >= 99.95:
		return present.Signed(v, 0)
	case size >= 9.995:
		return present.Signed(v, 1)
	}
	return present.Signed(v, 2)
}

// zScore marks what is beyond present.OddZ.
func zScore(z float64) string {
	switch size := math.Abs(z); {
	case math.IsNaN(z), math.IsInf(z, 0):
		return "-"
	case size >= 999.5:
		return fmt.Sprintf("%+.0e!", z)
	case size > present.OddZ:
		return present.Signed(z, 1) + "!"
	}
	return present.Signed(z, 1)
}

// percent writes a share that may not be known.
func percent(share float64, decimals int) string {
	if math.IsNaN(share) {
		return "-"
	}
	return fmt.Sprintf("%.*f%%", decimals, 100*share)
}

// known writes a number that may not exist.
func known(format string, v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
