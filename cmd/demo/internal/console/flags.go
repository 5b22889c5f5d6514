package console

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
)

// A Value is the value of a flag. It keeps the mistake in a text that it refused, because the library passes the error on
// without its type.
type Value struct {
	Parse   func(text string) error // the error comes from Wanted, or is a Mistake
	Text    string                  // the current text, for the help
	Alone   bool                    // the flag may have no text; its text is then "true"
	choices []string                // for completion
	Refused *Mistake
}

func (v *Value) String() string   { return v.Text }
func (v *Value) Get() any         { return v.Text }
func (v *Value) IsBoolFlag() bool { return v.Alone }

// Set implements cli.Value.
func (v *Value) Set(text string) error {
	err := v.Parse(text)
	if err == nil {
		v.Text = text
		return nil
	}
	v.Refused = &Mistake{What: err.Error()}
	errors.As(err, &v.Refused) // keeps the hint, if the error is a mistake
	v.Refused.value = text
	return err
}

// ValueOf is the value of a flag; nil for -h, which the library makes.
func ValueOf(f cli.Flag) *Value {
	if g, ok := f.(*cli.GenericFlag); ok {
		return g.Value.(*Value)
	}
	return nil
}

// Flag is a flag that subcommands do not inherit. Its usage names the kind of its text in backquotes.
func Flag(name, usage string, v *Value) cli.Flag {
	return &cli.GenericFlag{Name: name, Usage: usage, Value: v, Local: true}
}

// Section puts flags below a heading in the help.
func Section(heading string, flags ...cli.Flag) []cli.Flag {
	for _, f := range flags {
		f.(*cli.GenericFlag).Category = heading
	}
	return flags
}

// Whole is a flag of a whole number within bounds. The help names no default that is below them.
func Whole[T int | uint64](name string, to *T, preset, low, high T, usage string) cli.Flag {
	*to = preset
	shown := fmt.Sprint(preset)
	if preset < low {
		shown = ""
	}
	return Flag(name, usage, &Value{Text: shown, Parse: func(text string) error {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || T(n) < low || n > uint64(high) {
			return Wanted(text, say.Sprintf("a whole number from %d to %d", low, high))
		}
		*to = T(n)
		return nil
	}})
}

// Positive is a flag of a number above 0. Without the flag the number is 0.
func Positive(name string, to *float64, high float64, usage string) cli.Flag {
	return Flag(name, usage, &Value{Parse: func(text string) error {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x > 0 && x <= high) {
			return Wanted(text, say.Sprintf("a number above 0 and at most %.0f, or no -%s for the default", high, name))
		}
		*to = x
		return nil
	}})
}

// Share is a flag of a number from 0 to 1, without 1. Without the flag the number is 0.
func Share(name string, to *float64, usage string) cli.Flag {
	return Flag(name, usage, &Value{Parse: func(text string) error {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x >= 0 && x < 1) {
			return Wanted(text, say.Text("a number from 0 to 1, without 1"))
		}
		*to = x
		return nil
	}})
}

// Duration is a flag of a time. Without the flag it is 0.
func Duration(name string, to *time.Duration, usage string) cli.Flag {
	return Flag(name, usage, &Value{Parse: func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return Wanted(text, say.Text("a time such as 90s, 15m or 1h30m"))
		}
		*to = d
		return nil
	}})
}

// String is a flag of a text that check accepts.
func String(name string, to *string, preset, usage string, choices []string, check func(text string) error) cli.Flag {
	*to = preset
	return Flag(name, usage, &Value{Text: preset, choices: choices, Parse: func(text string) error {
		if err := check(text); err != nil {
			return err
		}
		*to = text
		return nil
	}})
}

// Choice is a flag of one of several names.
func Choice(name string, to *string, preset string, names []string, usage string) cli.Flag {
	return String(name, to, preset, usage, names, func(text string) error {
		if slices.Contains(names, text) {
			return nil
		}
		return UnknownName(name, text, names)
	})
}

// Anything accepts any text.
func Anything(string) error { return nil }

// FolderName accepts any name of a folder. An empty one is mostly that of a variable that a script has not set: it must not stand for the default.
func FolderName(text string) error { return named(text, say.Text("the name of a folder")) }

// FileName accepts any name of a file, as FolderName does.
func FileName(text string) error { return named(text, say.Text("the name of a file")) }

func named(text, want string) error {
	if text == "" {
		return Wanted(text, want)
	}
	return nil
}

// Toggle is a flag that needs no text.
func Toggle(name string, to *bool, usage string) cli.Flag {
	return Flag(name, usage, &Value{Alone: true, Parse: func(text string) (err error) {
		if *to, err = strconv.ParseBool(text); err != nil {
			return Wanted(text, say.Text("true or false"))
		}
		return nil
	}})
}

// Either joins names as in "a, b or c".
func Either(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return say.Sprintf("%s or %s", strings.Join(names[:last], say.Text(", ")), names[last])
}

// languageFlag is -lang. Its value is not used, because say.LanguageOf reads it from the command line.
func languageFlag() cli.Flag {
	var code string
	return Section(say.Text("Language"), Choice(say.Flag, &code, lang.OfEnvironment(os.Getenv).String(), lang.Codes(),
		say.Text("`code` of the language: en (English) or zh (Chinese); the default is that of LC_ALL, LC_MESSAGES or LANG")))[0]
}
