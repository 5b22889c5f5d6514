// Package say is the language of the command: the texts of package lang in the language that the command line or the environment
// chooses. The names of flags and files, and the errors of other packages, are English in all languages.
package say

import (
	"io"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
)

// Language is the language of the command. Speak sets it before anything is printed.
var Language lang.Language

// Speak sets the language.
func Speak(language lang.Language) {
	if Language != language { // in tests, goroutines of an earlier run may still read it
		Language = language
	}
}

// Flag is the name of the flag that chooses the language.
const Flag = "lang"

// LanguageOf is the language of a command line: that of its last -lang, or else that of the environment. The help and the
// mistakes need it before the library parses the command line.
func LanguageOf(args []string, getenv func(string) string) lang.Language {
	language := lang.OfEnvironment(getenv)
	for i, arg := range args {
		name, code, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if name != Flag || !strings.HasPrefix(arg, "-") {
			continue
		}
		if !given && i+1 < len(args) {
			code = args[i+1]
		}
		if l, found := lang.Parse(code); found {
			language = l
		}
	}
	return language
}

// Text is lang.Language.Text in the language of the command.
func Text(english string) string { return Language.Text(english) }

// Sprintf is lang.Language.Sprintf in the language of the command.
func Sprintf(format string, args ...any) string { return Language.Sprintf(format, args...) }

// Fprintf is lang.Language.Fprintf in the language of the command.
func Fprintf(w io.Writer, format string, args ...any) (int, error) {
	return Language.Fprintf(w, format, args...)
}

// Sentences is lang.Language.Sentences in the language of the command.
func Sentences(sentences ...string) string { return Language.Sentences(sentences...) }

// Stored is lang.Language.Stored in the language of the command.
func Stored(english string) string { return Language.Stored(english) }
