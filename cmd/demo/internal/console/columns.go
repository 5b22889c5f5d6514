package console

import (
	"io"
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
