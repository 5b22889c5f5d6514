package console

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
)

// PrintColumns prints rows with the same number of cells each as aligned columns, with the given space between them. Package
// text/tabwriter does not know that a Chinese character is two columns wide.
func PrintColumns(w io.Writer, rows [][]string, space int) error {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], lang.Width(cell)+space)
		}
	}
	var b strings.Builder
	for _, row := range rows {
		last := len(row) - 1
		for i, cell := range row[:last] {
			b.WriteString(lang.Padded(cell, widths[i]))
		}
		b.WriteString(row[last] + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteWrapped writes a text in lines, the first after a mark and the others as far to the right.
func WriteWrapped(b *strings.Builder, mark, text string) {
	for _, line := range lang.Wrap(text, 100-len(mark)) {
		b.WriteString(mark + line + "\n")
		mark = strings.Repeat(" ", len(mark))
	}
}

// Number writes a score with four decimals, or with an exponent if it is very small or large.
func Number(v float64) string {
	if size := math.Abs(v); size != 0 && (size < 1e-3 || size >= 1e5) && !math.IsInf(v, 0) {
		return fmt.Sprintf("%.3e", v)
	}
	return fmt.Sprintf("%.4f", v)
}
