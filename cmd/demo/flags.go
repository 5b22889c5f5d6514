package main

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

// A value is the value of a flag. It keeps the mistake in a text that it refused, because the library passes the error on
// without its type.
type value struct {
	set     func(text string) error // the error comes from wanted, or is a mistake
	text    string                  // the current text, for the help
	alone   bool                    // the flag may have no text; its text is then "true"
	choices []string                // for completion
	refused *mistake
}

func (v *value) String() string   { return v.text }
func (v *value) Get() any         { return v.text }
func (v *value) IsBoolFlag() bool { return v.alone }

// Set implements cli.Value.
func (v *value) Set(text string) error {
	err := v.set(text)
	if err == nil {
		v.text = text
		return nil
	}
	v.refused = &mistake{what: err.Error()}
	errors.As(err, &v.refused) // keeps the hint, if the error is a mistake
	v.refused.value = text
	return err
}

// valueOf is the value of a flag; nil for -h, which the library makes.
func valueOf(f cli.Flag) *value {
	if g, ok := f.(*cli.GenericFlag); ok {
		return g.Value.(*value)
	}
	return nil
}

// flagOf is a flag that subcommands do not inherit. Its usage names the kind of its text in backquotes.
func flagOf(name, usage string, v *value) cli.Flag {
	return &cli.GenericFlag{Name: name, Usage: usage, Value: v, Local: true}
}

// section puts flags below a heading in the help.
func section(heading string, flags ...cli.Flag) []cli.Flag {
	for _, f := range flags {
		f.(*cli.GenericFlag).Category = heading
	}
	return flags
}

// whole is a flag of a whole number within bounds.
func whole[T int | uint64](name string, to *T, preset, low, high T, usage string) cli.Flag {
	*to = preset
	return flagOf(name, usage, &value{text: fmt.Sprint(preset), set: func(text string) error {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || T(n) < low || n > uint64(high) {
			return wanted(text, say.Sprintf("a whole number from %d to %d", low, high))
		}
		*to = T(n)
		return nil
	}})
}

// positive is a flag of a number above 0. Without the flag the number is 0.
func positive(name string, to *float64, high float64, usage string) cli.Flag {
	return flagOf(name, usage, &value{set: func(text string) error {
		x, err := strconv.ParseFloat(text, 64)
		if err != nil || !(x > 0 && x <= high) {
			return wanted(text, say.Sprintf("a number above 0 and at most %.0f, or no -%s for the default", high, name))
		}
		*to = x
		return nil
	}})
}

// duration is a flag of a time. Without the flag it is 0.
func duration(name string, to *time.Duration, usage string) cli.Flag {
	return flagOf(name, usage, &value{set: func(text string) error {
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return wanted(text, say.Text("a time such as 90s, 15m or 1h30m"))
		}
		*to = d
		return nil
	}})
}

// text is a flag of a text that check accepts.
func text(name string, to *string, preset, usage string, choices []string, check func(text string) error) cli.Flag {
	*to = preset
	return flagOf(name, usage, &value{text: preset, choices: choices, set: func(text string) error {
		if err := check(text); err != nil {
			return err
		}
		*to = text
		return nil
	}})
}

// choice is a flag of one of several names.
func choice(name string, to *string, preset string, names []string, usage string) cli.Flag {
	return text(name, to, preset, usage, names, func(text string) error {
		if slices.Contains(names, text) {
			return nil
		}
		return unknownName(name, text, names)
	})
}

// anything accepts any text.
func anything(string) error { return nil }

// toggle is a flag that needs no text.
func toggle(name string, to *bool, usage string) cli.Flag {
	return flagOf(name, usage, &value{alone: true, set: func(text string) (err error) {
		if *to, err = strconv.ParseBool(text); err != nil {
			return wanted(text, say.Text("true or false"))
		}
		return nil
	}})
}

// either joins names as in "a, b or c".
func either(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return say.Sprintf("%s or %s", strings.Join(names[:last], say.Text(", ")), names[last])
}

// languageFlag is -lang. Its value is not used, because say.LanguageOf reads it from the command line.
func languageFlag() cli.Flag {
	var code string
	return section(say.Text("Language"), choice(say.Flag, &code, lang.OfEnvironment(os.Getenv).String(), lang.Codes(),
		say.Text("`code` of the language: en (English) or zh (Chinese); the default is that of LC_ALL, LC_MESSAGES or LANG")))[0]
}
