package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"
)

func init() {
	cli.HelpPrinter = printHelp
	cli.ShowCommandHelp = showHelp
	cli.HelpFlag.(*cli.BoolFlag).Usage = "show this help"
}

// helpCommand is demo help.
func helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: "explain a command", ArgsUsage: "[command]",
		Description: `Prints the same as -h after the command; without a command, what demo does without one.

Examples:
  demo help
  demo help train

Exit status:
  0  the help was printed
  2  there is no such command`,
		ArgValidator: anyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return showHelp(ctx, cmd.Root(), cmd.Args().First())
			}
			return cli.ShowRootCommandHelp(cmd)
		},
	}
}

// showHelp prints the help of a command that comes after another, or that of the other if none may come after it.
func showHelp(_ context.Context, parent *cli.Command, name string) error {
	cmd := parent.Command(name)
	switch {
	case len(parent.Commands) == 0:
		cmd = parent
	case cmd == nil:
		return unknownCommand(parent, name)
	}
	printHelp(parent.Root().Writer, "", cmd)
	return nil
}

// printHelp prints the help of a command: what it does, examples, exit statuses, commands and flags.
func printHelp(w io.Writer, _ string, command any) {
	cmd := command.(*cli.Command)
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s: %s\n\nUsage:\n  %s\n\n%s\n", cmd.FullName(), cmd.Usage, usageLine(cmd), strings.TrimSpace(cmd.Description))
	for i, c := range cmd.Commands {
		if i == 0 {
			fmt.Fprint(&b, "\nCommands:\n")
		}
		fmt.Fprintf(&b, "  %-12s%s\n", c.Name, c.Usage)
	}
	heading := ""
	for _, f := range cmd.VisibleFlags() {
		next := "Help"
		if c := f.(cli.CategorizableFlag).GetCategory(); c != "" {
			next = c
		}
		if next != heading {
			heading = next
			fmt.Fprintf(&b, "\n%s:\n", heading)
		}
		printFlag(&b, f)
	}
	w.Write(b.Bytes())
}

func usageLine(cmd *cli.Command) string {
	line := cmd.FullName()
	if len(cmd.Commands) > 0 {
		line += " [command]"
	}
	return strings.TrimSpace(line + " [flags] " + cmd.ArgsUsage)
}

// printFlag prints a flag's names, the kind of its value, and below them its usage and its default.
func printFlag(w io.Writer, f cli.Flag) {
	kind, usage := unquoted(f)
	names, words := "-"+strings.Join(f.Names(), ", -"), strings.Fields(usage)
	switch v := valueOf(f); {
	case v != nil && v.alone && kind != "value":
		names += " [" + kind + "]"
	case v != nil && !v.alone:
		names += " " + kind
		if v.text != "" {
			words = append(words, fmt.Sprintf("(default: %s)", v.text))
		}
	}
	fmt.Fprintf(w, "  %s\n%s", names, wrapped(words, "        ", 100))
}

// unquoted is a flag's usage, and the kind of its value, which is in backquotes there.
func unquoted(f cli.Flag) (kind, usage string) {
	return flag.UnquoteUsage(&flag.Flag{Usage: f.(cli.DocGenerationFlag).GetUsage()})
}

// kindOf is the kind of the value of a flag.
func kindOf(cmd *cli.Command, name string) string {
	i := slices.IndexFunc(cmd.Flags, func(f cli.Flag) bool { return f.Names()[0] == name })
	kind, _ := unquoted(cmd.Flags[i])
	return kind
}

// wrapped sets words in lines of some width, each after an indent.
func wrapped(words []string, indent string, width int) string {
	var b strings.Builder
	line := indent + words[0]
	for _, word := range words[1:] {
		if len(line)+1+len(word) > width {
			b.WriteString(line + "\n")
			line = indent + word
			continue
		}
		line += " " + word
	}
	return b.String() + line + "\n"
}
