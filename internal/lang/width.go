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
