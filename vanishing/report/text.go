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
	Color bool // colour the verdicts, by escape sequences; the words are there too
}

// TextFor fits a Text to where it is written: to the width and the colours of a terminal, and in ASCII if the locale says
// that the terminal knows nothing else. For anything but a terminal it is the zero value, so that files are the same
// everywhere. The variables NO_COLOR and TERM=dumb turn colours off, and CLICOLOR_FORCE=1 turns them on for files too.
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

// unicodeLocale reads the locale as POSIX has it: the first variable that is set decides. None is no reason for ASCII.
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

// plain replaces what ASCII does not have.
func (t Text) plain(text string) string {
	if !t.ASCII {
		return text
	}
	return strings.NewReplacer("²", "^2", "…", "...", "·", ".", "±", "+-", "∞", "inf").Replace(text)
}

// bar is a horizontal bar of a length from 0 to 1 in n columns. Any length above 0 shows.
func (t Text) bar(length float64, n int) string {
	if t.ASCII {
		full := min(max(int(length*float64(n)+0.5), 1), n)
		return strings.Repeat("#", full) + strings.Repeat(" ", n-full)
	}
	const parts = "▏▎▍▌▋▊▉█"
	eighths := min(max(int(length*float64(8*n)+0.5), 1), 8*n)
	bar := strings.Repeat("█", eighths/8)
	if rest := eighths % 8; rest > 0 {
		bar += string([]rune(parts)[rest-1])
	}
	return bar + strings.Repeat(" ", n-utf8.RuneCountInString(bar))
}

// column is the cell of a vertical bar of a height from 0 to 1, in a given row of n, counted from the bottom.
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
