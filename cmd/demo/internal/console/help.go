package console

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/lang"
)

func init() {
	cli.HelpPrinter = printHelp
	cli.ShowCommandHelp = showHelp
}

// helpCommand is demo help.
func helpCommand() *cli.Command {
	return &cli.Command{
		Name: "help", Usage: say.Text("explain a command"), ArgsUsage: say.Text("[command]"),
		Description: say.Text(`Prints the help of a command, as its flag -h does; without a command, the help of demo.

Examples:
  demo help
  demo help train

Exit status:
  0  the help was printed
  2  there is no such command`),
		ArgValidator: AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if cmd.Args().Present() {
				return showHelp(ctx, cmd.Root(), cmd.Args().First())
			}
			return cli.ShowRootCommandHelp(cmd)
		},
	}
}

// showHelp prints the help of a subcommand, or of the parent if it has no subcommands.
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
	say.Fprintf(&b, "%s: %s\n\nUsage:\n  %s\n\n%s\n", cmd.FullName(), cmd.Usage, usageLine(cmd), strings.TrimSpace(cmd.Description))
	for i, c := range cmd.Commands {
		if i == 0 {
			say.Fprintf(&b, "\n%s:\n", say.Text("Commands"))
		}
		fmt.Fprintf(&b, "  %-12s%s\n", c.Name, c.Usage)
	}
	heading := ""
	for _, f := range cmd.VisibleFlags() {
		next := say.Text("Help")
		if c := f.(cli.CategorizableFlag).GetCategory(); c != "" {
			next = c
		}
		if next != heading {
			heading = next
			say.Fprintf(&b, "\n%s:\n", heading)
		}
		printFlag(&b, f)
	}
	w.Write(b.Bytes())
}

func usageLine(cmd *cli.Command) string {
	line := cmd.FullName()
	if len(cmd.Commands) > 0 {
		line += say.Text(" [command]")
	}
	return strings.TrimSpace(line + say.Text(" [flags] ") + cmd.ArgsUsage)
}

// printFlag prints a flag's names and the kind of its value in one line, and its usage and its default below.
func printFlag(w io.Writer, f cli.Flag) {
	kind, usage := unquoted(f)
	names := "-" + strings.Join(f.Names(), ", -")
	switch v := ValueOf(f); {
	case v != nil && v.Alone && kind != "value":
		names += " [" + kind + "]"
	case v != nil && !v.Alone:
		names += " " + kind
		if v.Text != "" {
			usage = say.Sentences(usage, say.Sprintf("(default: %s)", v.Text))
		}
	}
	const indent = "        "
	fmt.Fprintf(w, "  %s\n", names)
	for _, line := range lang.Wrap(usage, 100-len(indent)) {
		fmt.Fprintf(w, "%s%s\n", indent, line)
	}
}

// unquoted is the kind of a flag's value, which its usage has in backquotes, and the usage without backquotes.
func unquoted(f cli.Flag) (kind, usage string) {
	return flag.UnquoteUsage(&flag.Flag{Usage: f.(cli.DocGenerationFlag).GetUsage()})
}

// kindOf is the kind of the value of a flag.
func kindOf(cmd *cli.Command, name string) string {
	i := slices.IndexFunc(cmd.Flags, func(f cli.Flag) bool { return f.Names()[0] == name })
	kind, _ := unquoted(cmd.Flags[i])
	return kind
}
