package printable

import (
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSONWriter passes JSON on to W. In strings it writes the characters that [Text] escapes as JSON escapes such as \u202e, which
// a reader decodes to the same string. No write may split a character.
type JSONWriter struct{ W io.Writer }

// Write implements io.Writer.
func (w JSONWriter) Write(b []byte) (int, error) {
	done := 0 // written so far
	for i := 0; i < len(b); {
		if ' ' <= b[i] && b[i] <= '~' || b[i] == '\n' {
			i++
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		if i += n; !hidden(r) {
			continue
		}
		if _, err := w.W.Write(append(b[done:i-n:i-n], jsonEscape(r)...)); err != nil {
			return done, err
		}
		done = i
	}
	n, err := w.W.Write(b[done:])
	return done + n, err
}

func jsonEscape(r rune) string {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		return fmt.Sprintf(`\u%04x\u%04x`, high, low)
	}
	return fmt.Sprintf(`\u%04x`, r)
}
