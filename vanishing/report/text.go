package report

import (
	"cmp"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/gradflow/gradflow/internal/lang"
)

// Text draws on terminals. The zero value draws 100 columns with Unicode's block elements.
type Text struct {
	Width int  // columns to use; 0 means 100, and no fewer than 76 are used
	ASCII bool // draw bars with # where the terminal has no block elements
	Notes bool // write out the findings that are notes, which are otherwise only named; -notes of the command
	Color bool // colour the verdicts with escape sequences; the colours add nothing to the words
}

// TextFor returns a Text for a destination. A terminal sets its width and colours, and a locale without UTF-8 sets ASCII. Any
// other destination gets the zero value, so files are the same everywhere. The variables NO_COLOR and TERM=dumb turn colours
// off, and CLICOLOR_FORCE=1 turns them on for files too.
func TextFor(w io.Writer) Text {
	plain := Text{Color: colored(os.Getenv, false)}
	file, isFile := w.(*os.File)
	if !isFile {
		return plain
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return plain
	}
	return Text{Width: width, ASCII: !unicodeLocale(os.Getenv), Color: colored(os.Getenv, true)}
}

// unicodeLocale tells whether the locale has UTF-8. As in POSIX the first variable that is set decides. Without any it is true.
func unicodeLocale(getenv func(string) string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if value := getenv(name); value != "" {
			return strings.Contains(strings.ToLower(value), "utf")
		}
	}
	return true
}

func (t Text) width() int { return max(cmp.Or(t.Width, 100), 76) }

// wrap breaks text into lines of the width, at spaces.
func (t Text) wrap(text string) string {
	var b strings.Builder
	for _, line := range lang.Wrap(t.plain(text), t.width()) {
		b.WriteString(line + "\n")
	}
	return b.String()
}

// plain replaces the characters that ASCII does not have.
func (t Text) plain(text string) string {
	if !t.ASCII {
		return text
	}
	return strings.NewReplacer("²", "^2", "…", "...", "·", ".", "±", "+-", "∞", "inf").Replace(text)
}

// bar is a horizontal bar of a length from 0 to 1 in n columns. Even the shortest is visible.
func (t Text) bar(length float64, n int) string {
	if t.ASCII {
		full := min(max(int(length*float64(n)+0.5), 1), n)
		return strings.Repeat("#", full) + strings.Repeat(" ", n-full)
	}
	const parts = "▏▎▍▌▋▊▉█"
	eighths := min(max(int(length*float64(8*n)+0.5), 1), 8*n)
	bar := strings.Repeat("█", eighths/8)
	if part := eighths % 8; part > 0 {
		bar += string([]rune(parts)[part-1])
	}
	return bar + strings.Repeat(" ", n-utf8.RuneCountInString(bar))
}

// column is one cell of a vertical bar of a height from 0 to 1: that in a row of n, counted from the bottom.
func (t Text) column(height float64, row, n int) string {
	if t.ASCII {
		if int(height*float64(n)+0.5) > row || row == 0 {
			return "#"
		}
		return " "
	}
	const parts = " ▁▂▃▄▅▆▇█"
	eighths := max(int(height*float64(8*n)+0.5), 1)
	return string([]rune(parts)[min(max(eighths-8*row, 0), 8)])
}
