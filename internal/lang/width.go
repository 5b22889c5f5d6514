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

// Pieces splits a word where a line may end: between Chinese characters, but not before a comma.
func Pieces(word string) (pieces []string) {
	if !strings.ContainsFunc(word, func(r rune) bool { return r >= firstIdeograph }) {
		return []string{word}
	}
	for state := -1; word != ""; {
		var piece string
		piece, word, _, state = uniseg.FirstLineSegmentInString(word, state)
		pieces = append(pieces, piece)
	}
	return pieces
}

// firstIdeograph begins the scripts that have no spaces between words.
const firstIdeograph = 0x2E80
