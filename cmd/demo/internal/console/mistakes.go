package console

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/printable"
)

// A Mistake is an error in the command line. It prints two lines: what is wrong, and what to do.
type Mistake struct {
	Cmd   *cli.Command
	What  string
	value string // that a flag refused
	Hint  string // empty: the second line names the help
}

func (m *Mistake) Error() string { return m.What }

// print prints the two lines.
func (m *Mistake) print(log io.Writer) {
	where, help := strings.Join(m.Cmd.Path(), ": "), say.Sprintf(`Run "%s -h" for the flags.`, m.Cmd.FullName())
	if m.Hint != "" {
		help = m.Hint
	}
	fmt.Fprintf(log, "%s: %s\n%s\n", where, printable.Text(m.What), printable.Text(help))
}

// UsageMistake turns the library's error about a command line into a mistake.
func UsageMistake(_ context.Context, cmd *cli.Command, err error, _ bool) error {
	for _, f := range cmd.Flags {
		if v := ValueOf(f); v != nil && v.Refused != nil {
			return invalidValue(cmd, f.Names()[0], v.Refused)
		}
	}
	if name, ok := strings.CutPrefix(err.Error(), "flag provided but not defined: -"); ok {
		return unknownFlag(cmd, name)
	}
	if name, ok := strings.CutPrefix(err.Error(), "flag needs an argument: "); ok {
		return missingValue(cmd, strings.TrimLeft(name, "-"))
	}
	return &Mistake{Cmd: cmd, What: err.Error()}
}

// Wanted is the error of a flag that refuses a text.
func Wanted(text, want string) error {
	return errors.New(say.Sprintf("got %q, want %s", text, want))
}

// UnknownName is the mistake of a flag that refuses a name.
func UnknownName(flag, text string, names []string) error {
	m := &Mistake{What: Wanted(text, Either(names)).Error()}
	if near := Nearest(text, names); near != "" {
		m.Hint = say.Sprintf("Did you mean -%s %s?", flag, near)
	}
	return m
}

// invalidValue is the mistake of a text that a flag refuses or that conflicts with other flags.
func invalidValue(cmd *cli.Command, flag string, why *Mistake) error {
	return &Mistake{Cmd: cmd, What: say.Sprintf("invalid value %q for -%s: %s", why.value, flag, why.What), Hint: why.Hint}
}

// Conflict is the mistake of a value that conflicts with other flags.
func Conflict(cmd *cli.Command, flag string, value any, want string) error {
	text := fmt.Sprint(value)
	return invalidValue(cmd, flag, &Mistake{What: Wanted(text, want).Error(), value: text})
}

func missingValue(cmd *cli.Command, flag string) error {
	return &Mistake{Cmd: cmd, What: say.Sprintf("missing value for -%s: got nothing, want -%[1]s %s", flag, kindOf(cmd, flag))}
}

func unknownFlag(cmd *cli.Command, name string) error {
	return &Mistake{Cmd: cmd, What: say.Sprintf("unknown flag -%s", name), Hint: nearFlag(cmd, name)}
}

// nearFlag is a hint at the flag, or else the command, whose name is nearest to a mistyped one; empty if none is near.
func nearFlag(cmd *cli.Command, name string) string {
	var names []string
	for _, f := range cmd.Flags {
		names = append(names, f.Names()[0])
	}
	if near := Nearest(name, names); near != "" {
		return say.Sprintf(`Did you mean -%s? Run "%s -h" for the flags.`, near, cmd.FullName())
	}
	if near := Nearest(name, commandNames(cmd)); near != "" {
		return say.Sprintf(`Did you mean "%s %s"? Run "%[1]s -h" for the flags.`, cmd.FullName(), near)
	}
	return ""
}

// NoArguments refuses arguments that are neither flags nor commands.
func NoArguments(_ context.Context, cmd *cli.Command) error {
	switch arg := cmd.Args().First(); {
	case !cmd.Args().Present():
		return nil
	case isFlag(cmd, arg): // it comes after --, which ends the flags
		return &Mistake{Cmd: cmd, What: say.Sprintf("unexpected argument %q: flags end at --", arg), Hint: say.Text("Leave out the --.")}
	case strings.HasPrefix(arg, "-"): // such as -3, which the library takes for an argument
		return unknownFlag(cmd, arg[1:])
	case len(cmd.Commands) > 0:
		return unknownCommand(cmd, arg)
	default:
		return &Mistake{Cmd: cmd, What: say.Sprintf(`unexpected argument %q: flags begin with "-"`, arg), Hint: nearFlag(cmd, arg)}
	}
}

// isFlag reports whether an argument is a flag of a command, as -depth or --depth=3.
func isFlag(cmd *cli.Command, arg string) bool {
	name, _, _ := strings.Cut(arg, "=")
	name, dashed := strings.CutPrefix(name, "-")
	return dashed && slices.ContainsFunc(cmd.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), strings.TrimPrefix(name, "-")) })
}

// AnyArguments accepts all arguments.
func AnyArguments(context.Context, *cli.Command) error { return nil }

func unknownCommand(cmd *cli.Command, name string) error {
	names := commandNames(cmd)
	m := &Mistake{
		Cmd: cmd, What: say.Sprintf("unknown command: got %q, want %s", name, Either(names)),
		Hint: say.Sprintf(`Run "%s -h" for the commands.`, cmd.FullName()),
	}
	if near := Nearest(name, names); near != "" {
		m.Hint = say.Sprintf(`Did you mean "%s %s"? %s`, cmd.FullName(), near, m.Hint)
	}
	return m
}

// missingCommand is the mistake of a command that needs a subcommand.
func missingCommand(_ context.Context, cmd *cli.Command) error {
	return &Mistake{
		Cmd: cmd, What: say.Sprintf("missing command: got none, want %s", Either(commandNames(cmd))),
		Hint: say.Sprintf(`Run "%s -h" for the commands.`, cmd.FullName()),
	}
}

func commandNames(cmd *cli.Command) (names []string) {
	for _, c := range cmd.Commands {
		names = append(names, c.Name)
	}
	return names
}

// flagsAfterCommand refuses flags of demo itself before a command, where they would have no effect.
func flagsAfterCommand(ctx context.Context, cmd *cli.Command) (context.Context, error) {
	set := slices.DeleteFunc(cmd.LocalFlagNames(), func(name string) bool { return name == say.Flag })
	if name := cmd.Args().First(); len(set) > 0 && cmd.Command(name) != nil {
		return ctx, &Mistake{
			Cmd: cmd, What: say.Sprintf("flag before a command: got -%s before %s, want it after", set[0], name),
			Hint: say.Sprintf(`Write "%s %s -%s ...".`, cmd.FullName(), name, set[0]),
		}
	}
	return ctx, nil
}

// MissingProfile is the mistake of a command that needs profile files; the hint names some.
func MissingProfile(cmd *cli.Command, want, hint string) error {
	return &Mistake{Cmd: cmd, What: say.Sprintf("missing profile file: got none, want %s", want), Hint: hint}
}

// UpToOneArgument accepts at most one argument.
func UpToOneArgument(_ context.Context, cmd *cli.Command) error {
	if cmd.Args().Len() > 1 {
		return &Mistake{Cmd: cmd, What: say.Sprintf("unexpected argument %q: want one run at most", cmd.Args().Get(1))}
	}
	return nil
}
