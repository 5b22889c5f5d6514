package lang

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Width is how many columns of a terminal a text takes: a Chinese character takes two.
func Width(text string) int { return uniseg.StringWidth(text) }

// Padded is a text with spaces after it, at least so many columns wide.
func Padded(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-Width(text)))
}

// PaddedLeft is a text with spaces before it.
func PaddedLeft(text string, width int) string {
	return strings.Repeat(" ", max(0, width-Width(text))) + text
}

// Wrap puts the words of a text into lines of some width, but for a word that is wider.
func Wrap(text string, width int) (lines []string) {
	var line strings.Builder
	column := 0
	for _, word := range strings.Fields(text) {
		space := min(column, 1)
		for _, piece := range pieces(word) {
			n := Width(piece)
			switch {
			case column > 0 && column+space+n > width:
				lines = append(lines, line.String())
				line.Reset()
				column = 0
			case space > 0:
				line.WriteByte(' ')
				column++
			}
			line.WriteString(piece)
			column, space = column+n, 0
		}
	}
	if column > 0 {
		lines = append(lines, line.String())
	}
	return lines
}

// pieces splits a word where a line may end: between Chinese characters, but not before a comma.
func pieces(word string) (list []string) {
	if !strings.ContainsFunc(word, func(r rune) bool { return r >= firstIdeograph }) {
		return []string{word}
	}
	for state := -1; word != ""; {
		var piece string
		piece, word, _, state = uniseg.FirstLineSegmentInString(word, state)
		list = append(list, piece)
	}
	return list
}

// firstIdeograph begins the scripts that have no spaces between words.
const firstIdeograph = 0x2E80
