// Package printable makes text of unknown origin safe to show. The name of a network or of a layer may come from someone
// else's file, and a terminal obeys control characters.
package printable

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text replaces characters that act on a terminal or are invisible by Go's escape sequences, such as \x1b and \u202e:
// control characters, line breaks among them, bytes that are not UTF-8, line and paragraph separators, marks and overrides of
// the direction of writing, and characters of no width. All other text stays as it is, byte by byte, backslashes too.
//
// The two joiners, U+200C and U+200D, stay between letters, marks or symbols beyond ASCII, where Persian, Indic scripts and
// emoji need them.
func Text(text string) string { return escape(text, "") }

// Writer escapes what is written as [Text] does, except line breaks and tabs. No write may split a character.
type Writer struct{ W io.Writer }

// Write implements io.Writer.
func (w Writer) Write(b []byte) (int, error) {
	if _, err := w.W.Write([]byte(escape(string(b), "\n\t"))); err != nil {
		return 0, err
	}
	return len(b), nil
}

// escape is [Text] but leaves the characters of keep as they are.
func escape(text, keep string) string {
	if plain(text) {
		return text
	}
	var b strings.Builder
	before := ' '
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		after, _ := utf8.DecodeRuneInString(text[i+n:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case hidden(r) && !strings.ContainsRune(keep, r) && !joins(before, r, after):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		default:
			b.WriteString(text[i : i+n])
		}
		before, i = r, i+n
	}
	return b.String()
}

// plain reports whether a text consists of printable ASCII.
func plain(text string) bool {
	for i := range len(text) {
		if text[i] < ' ' || text[i] > '~' {
			return false
		}
	}
	return true
}

// hidden reports whether a character is invisible or acts on a terminal. Combining marks are visible, and so are the Arabic
// signs that go around a number.
func hidden(r rune) bool {
	switch {
	case unicode.IsControl(r) || unicode.In(r, unicode.Zl, unicode.Zp):
		return true
	case unicode.Is(unicode.Cf, r):
		return !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
	}
	return unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !unicode.IsMark(r)
}

// joins reports whether r is a joiner between two characters that can be joined.
func joins(before, r, after rune) bool {
	joinable := func(r rune) bool {
		return r > unicode.MaxASCII && r != utf8.RuneError && !hidden(r) && (unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsSymbol(r))
	}
	return (r == '\u200c' || r == '\u200d') && joinable(before) && joinable(after)
}
