// Package lang writes what people read in their language: English, which stands in the code, or Chinese, from one table.
//
// The English text is the key of the table, so that code reads as if there were one language:
//
//	language.Sprintf("layer %d receives %s", depth, share)
//
// A text without a translation stays English. A test finds the texts of the whole repository, those of the page's JavaScript
// among them, and compares them with the table of the files zh*.go: each has an entry with the same arguments, and no entry is left over.
package lang

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Language is what texts are written in. The zero value is English.
type Language int

// The languages.
const (
	English Language = iota
	Chinese          // simplified
)

var codes = []string{"en", "zh"}

// Codes lists the names of the languages, as in HTML: "en" and "zh".
func Codes() []string { return codes }

// String is the language's code.
func (l Language) String() string {
	if l < 0 || int(l) >= len(codes) {
		return fmt.Sprintf("Language(%d)", int(l))
	}
	return codes[l]
}

// Parse finds a language by its code.
func Parse(code string) (l Language, found bool) {
	for i, c := range codes {
		if c == code {
			return Language(i), true
		}
	}
	return English, false
}

// OfEnvironment is the language of the locale: that of the first of LC_ALL, LC_MESSAGES and LANG that is set. A locale whose
// encoding is not UTF-8 has English.
func OfEnvironment(getenv func(string) string) Language {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		locale := strings.ToLower(getenv(name))
		if locale == "" {
			continue
		}
		name, encoding, encoded := strings.Cut(locale, ".")
		language, _, _ := strings.Cut(strings.ReplaceAll(name, "-", "_"), "_")
		if l, found := Parse(language); found && (!encoded || strings.HasPrefix(encoding, "utf")) {
			return l
		}
		return English
	}
	return English
}

// Text is a fixed text in the language.
func (l Language) Text(english string) string {
	if text := l.find(english); text != "" {
		return text
	}
	return english
}

// Sprintf is fmt.Sprintf with a format in the language.
func (l Language) Sprintf(format string, args ...any) string {
	if text := l.find(format); text != "" {
		return fmt.Sprintf(text, args...)
	}
	return fmt.Sprintf(format, args...)
}

// Fprintf is fmt.Fprintf with a format in the language.
func (l Language) Fprintf(w io.Writer, format string, args ...any) (int, error) {
	if text := l.find(format); text != "" {
		return fmt.Fprintf(w, text, args...)
	}
	return fmt.Fprintf(w, format, args...)
}

// Count is a number with its noun: "no layer", "1 layer", "2 layers". The table has it as "%d layers".
func (l Language) Count(n int, noun string) string {
	if text := l.find("%d " + noun + "s"); text != "" {
		return fmt.Sprintf(text, n)
	}
	switch n {
	case 0:
		return "no " + noun
	case 1:
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// Name is an identifier for people: in English itself, and else the word for it with the identifier in brackets.
func (l Language) Name(identifier string) string {
	if text := l.find(identifier); text != "" {
		return text + " (" + identifier + ")"
	}
	return identifier
}

// find looks a text up; it is empty if there is none.
func (l Language) find(english string) string {
	if l != Chinese {
		return ""
	}
	return zh[english]
}

// Key marks a text that is not written where it is shown, so that the test of the table finds it.
func Key(english string) string { return english }

// Sentences joins sentences that are not empty: those of Chinese have no space between them.
func (l Language) Sentences(sentences ...string) string {
	space := " "
	if l == Chinese {
		space = ""
	}
	return strings.Join(slices.DeleteFunc(slices.Clone(sentences), func(s string) bool { return s == "" }), space)
}
