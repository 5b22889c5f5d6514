package report

import (
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/report/internal/markdown"
)

// A table is rows of short texts, for terminals and for Markdown.
type table struct {
	title string
	head  []string   // on terminals, a cell may have several lines
	left  int        // the column of names, which is aligned left; all others are aligned right
	bars  int        // a column that Markdown aligns left too; 0 if there is none
	rows  [][]string // a row of two cells is a remark: its second cell spans the other columns
	note  string     // below the table
}

// aligned writes a table for a terminal. Long names are cut to fit the width. A table without rows is empty.
func (t Text) aligned(g table) string {
	if len(g.rows) == 0 {
		return ""
	}
	g = g.mapped(t.plain)
	widths := g.widths()
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	widths[g.left] = max(widths[g.left]-max(total-t.width(), 0), 1)
	var b strings.Builder
	b.WriteString("\n" + t.wrap(g.title))
	for _, row := range append(g.headLines(), g.rows...) {
		b.WriteString(strings.TrimRight(t.row(g, widths, row), " ") + "\n")
	}
	if g.note != "" {
		b.WriteString(t.wrap(g.note))
	}
	return b.String()
}

// headLines splits the cells of the head into lines, the last of which are beside each other.
func (g table) headLines() [][]string {
	cells, most := make([][]string, len(g.head)), 1
	for i, cell := range g.head {
		cells[i] = strings.Split(cell, "\n")
		most = max(most, len(cells[i]))
	}
	lines := make([][]string, most)
	for i := range lines {
		lines[i] = make([]string, len(g.head))
		for k, cell := range cells {
			if at := i - most + len(cell); at >= 0 {
				lines[i][k] = cell[at]
			}
		}
	}
	return lines
}

// mapped is the table with each cell changed.
func (g table) mapped(change func(string) string) table {
	all := append([][]string{g.head}, g.rows...)
	changed := make([][]string, len(all))
	for i, row := range all {
		for _, cell := range row {
			changed[i] = append(changed[i], change(cell))
		}
	}
	g.head, g.rows = changed[0], changed[1:]
	return g
}

// row aligns the cells of a row. Cells that end in ! are painted red.
func (t Text) row(g table, widths []int, row []string) string {
	remark := len(row) == 2 && len(row) < len(g.head)
	var b strings.Builder
	for i, cell := range row {
		if i > 0 {
			b.WriteString("  ")
		}
		switch {
		case remark && i == 1:
			b.WriteString(cell)
		case i == g.left:
			b.WriteString(t.fit(cell, widths[i]))
		case strings.HasSuffix(cell, "!"):
			b.WriteString(strings.Repeat(" ", widths[i]-lang.Width(cell)) + t.paint(red, cell))
		default:
			b.WriteString(lang.PaddedLeft(cell, widths[i]))
		}
	}
	return b.String()
}

// widths are those of the widest cells, without remarks.
func (g table) widths() []int {
	widths := make([]int, len(g.head))
	for _, row := range append(g.headLines(), g.rows...) {
		if len(row) < len(g.head) {
			continue
		}
		for i, cell := range row {
			widths[i] = max(widths[i], lang.Width(cell))
		}
	}
	return widths
}

// markdown writes the table as a table of GitHub Flavored Markdown.
func (g table) markdown() string {
	if len(g.rows) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("\n**" + markdown.Escape(g.title) + "**\n\n")
	rules := make([]string, len(g.head))
	for i := range rules {
		rules[i] = "---:"
		if i == g.left || i > 0 && i == g.bars {
			rules[i] = ":---"
		}
	}
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	for i, row := range append([][]string{g.head}, g.rows...) {
		cells := make([]string, len(g.head)) // a remark leaves all but two empty
		for j, cell := range row {
			cells[j] = markdown.Escape(cell)
		}
		line(cells)
		if i == 0 {
			line(rules)
		}
	}
	if g.note != "" {
		b.WriteString("\n" + markdown.Escape(g.note) + "\n")
	}
	return b.String()
}
