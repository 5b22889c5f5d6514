package main

import (
	"os"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/internal/lang"
)

// say is the language of the command. run sets it before anything is printed. The names of flags and files, and the errors of
// other packages, are English in all languages.
var say lang.Language

// speak sets the language.
func speak(language lang.Language) {
	if say != language { // in tests, goroutines of an earlier run may still read it
		say = language
	}
}

// languageOf is the language of a command line: that of its last -lang, or else that of the environment. The help and the
// mistakes need it before the library parses the command line.
func languageOf(args []string, getenv func(string) string) lang.Language {
	language := lang.OfEnvironment(getenv)
	for i, arg := range args {
		name, code, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if name != languageFlagName || !strings.HasPrefix(arg, "-") {
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

const languageFlagName = "lang"

// languageFlag is -lang. Its value is not used here, because languageOf reads it from the command line.
func languageFlag() cli.Flag {
	var code string
	return section(say.Text("Language"), choice(languageFlagName, &code, lang.OfEnvironment(os.Getenv).String(), lang.Codes(),
		say.Text("`code` of the language: en (English) or zh (Chinese); the default is that of LC_ALL, LC_MESSAGES or LANG")))[0]
}
