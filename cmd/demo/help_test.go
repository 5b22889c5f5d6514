package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
)

// everyCommand calls f with the words of each command.
func everyCommand(f func(words []string, c *cli.Command)) {
	f(nil, demoCommand(time.Now))
	for _, c := range demoCommand(time.Now).Commands {
		f([]string{c.Name}, c)
	}
	for _, words := range [][]string{{"completion"}, {"completion", "bash"}, {"completion", "zsh"}, {"completion", "fish"}} {
		f(words, &cli.Command{})
	}
}

// Every command has help of the same shape, however it is asked for.
func TestHelpOfEveryCommand(t *testing.T) {
	everyCommand(func(words []string, c *cli.Command) {
		var first string
		for i, asked := range [][]string{
			append(slices.Clone(words), "-h"), append(slices.Clone(words), "--help"), append([]string{"help"}, words...),
		} {
			if i == 2 && len(words) > 1 {
				continue // demo help has one argument
			}
			status, out, log := app.Call(asked...)
			if status != console.ExitOK || log != "" {
				t.Errorf("demo %s: status %d, log %q", strings.Join(asked, " "), status, log)
			}
			if first = first + out; out != first[:len(out)] {
				t.Errorf("demo %s prints another help:\n%s", strings.Join(asked, " "), out)
			}
		}
		rest := first
		for _, part := range []string{strings.Join(append([]string{"demo"}, words...), " ") + ": ", "\nUsage:\n  demo", "\nExamples:\n", "\nExit status:\n", "\nHelp:\n"} {
			at := strings.Index(rest, part)
			if at < 0 {
				t.Errorf("demo %s: no %q in this place of\n%s", strings.Join(words, " "), part, first)
				return
			}
			rest = rest[at:]
		}
		for _, f := range c.Flags {
			if !strings.Contains(first, "\n  -"+f.Names()[0]) {
				t.Errorf("demo %s -h does not explain -%s", strings.Join(words, " "), f.Names()[0])
			}
		}
		for line := range strings.Lines(first) {
			if len(line) > 130 {
				t.Errorf("demo %s: a long line: %s", strings.Join(words, " "), line)
			}
		}
	})
}

// The help of demo names the commands and the defaults.
func TestHelpNamesCommandsAndDefaults(t *testing.T) {
	_, out, _ := app.Call("help")
	for _, c := range demoCommand(time.Now).Commands {
		if !strings.Contains(out, "\n  "+c.Name+" ") {
			t.Errorf("the help does not name %s", c.Name)
		}
	}
	if _, out, _ := app.Call("replay", "-h"); strings.Count(out, "(default") != 2 || strings.Contains(out, "-1") { // of -step and -lang
		t.Errorf("the help of replay names several defaults of a flag:\n%s", out)
	}
	for _, want := range []string{"(default: 31)", "(default: relu)", "(default: 0.001 for adam", "(default: a new one in gradflow-runs)"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the help has no %s", want)
		}
	}
}
