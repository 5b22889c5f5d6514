package metric

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// String is the matrix as text, with a row for each class and a column for each predicted one, and the recall after each row:
//
//	     cat  dog  recall
//	cat    8    2   80.0%
//	dog    1    9   90.0%
//
// A column "NaN" holds the samples without a predicted class, if there are any.
func (c *Confusion) String() string {
	header, rows := c.cells()
	widths := make([]int, len(header))
	for _, row := range append(rows, header) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, row := range append([][]string{header}, rows...) {
		b.WriteString(row[0] + strings.Repeat(" ", widths[0]-utf8.RuneCountInString(row[0])))
		for i, cell := range row[1:] {
			b.WriteString(strings.Repeat(" ", 2+widths[i+1]-utf8.RuneCountInString(cell)) + cell)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// cells are the texts of the table.
func (c *Confusion) cells() (header []string, rows [][]string) {
	unknown := false
	for _, n := range c.Unknown {
		unknown = unknown || n > 0
	}
	header = []string{""}
	for i := range c.Counts {
		header = append(header, c.name(i))
	}
	if unknown {
		header = append(header, "NaN")
	}
	header = append(header, "recall")
	for i, counts := range c.Counts {
		row := []string{c.name(i)}
		for _, n := range counts {
			row = append(row, strconv.Itoa(n))
		}
		if unknown {
			row = append(row, strconv.Itoa(c.Unknown[i]))
		}
		rows = append(rows, append(row, fmt.Sprintf("%.1f%%", 100*c.Recall(i))))
	}
	return header, rows
}

func (c *Confusion) name(class int) string {
	if class < len(c.Names) {
		return c.Names[class]
	}
	return strconv.Itoa(class)
}
