package report

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// scientific writes a number in at most seven columns.
func scientific[F ~float64](v F) string {
	if v == 0 {
		return "0"
	}
	if text := fmt.Sprintf("%.1e", v); len(text) <= 7 {
		return text
	}
	return fmt.Sprintf("%.0e", v)
}

// ratio writes a number in at most seven columns, and NaN as a dash.
func ratio[F ~float64](v F) string {
	if math.IsNaN(float64(v)) {
		return "-"
	}
	return scientific(v)
}

// number writes a loss.
func number[F ~float64](v F) string { return fmt.Sprintf("%.4g", v) }

// decades writes a change on a logarithmic scale in at most five columns.
func decades[F ~float64](change F) string {
	v := float64(change)
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case size >= 99.95:
		return words.Signed(v, 0)
	case size >= 9.995:
		return words.Signed(v, 1)
	}
	return words.Signed(v, 2)
}

// zScore marks a deviation beyond diagnose.OddZ.
func zScore(z float64) string {
	switch size := math.Abs(z); {
	case math.IsNaN(z), math.IsInf(z, 0):
		return "-"
	case size >= 999.5:
		return fmt.Sprintf("%+.0e!", z)
	case size > diagnose.OddZ:
		return words.Signed(z, 1) + "!"
	}
	return words.Signed(z, 1)
}

// percent writes a share, and NaN as a dash.
func percent[F ~float64](share F, decimals int) string {
	if math.IsNaN(float64(share)) {
		return "-"
	}
	return fmt.Sprintf("%.*f%%", decimals, 100*share)
}

// known writes a number in a format, and NaN as a dash.
func known(format string, v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return fmt.Sprintf(format, v)
}
