// Package console has what every command needs of a command line and a terminal: flags and the mistakes in them, help, completion,
// output, exit statuses and signals.
package console

import (
	"context"
	"io"
	"os"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/internal/printable"
)

// Root makes a command the root of commands, and gives all of them what every command has: -lang, help, completion and errors.
func Root(root *cli.Command, commands ...*cli.Command) *cli.Command {
	root.Commands = append(commands, versionCommand(), helpCommand())
	for _, c := range root.Commands {
		c.HideHelpCommand = true // demo help explains all commands
	}
	cli.HelpFlag.(*cli.BoolFlag).Usage = say.Text("show this help")
	root.EnableShellCompletion, root.ConfigureShellCompletionCommand = true, describeCompletion
	root.Before = flagsAfterCommand
	root.ExitErrHandler = func(context.Context, *cli.Command, error) {} // see exitStatus
	_ = root.Walk(func(c *cli.Command) error {
		c.OnUsageError, c.ShellComplete = UsageMistake, complete
		c.Flags = append(c.Flags, languageFlag())
		return nil
	})
	return root
}

// Run runs a command line: results go to out, progress and errors to log. It makes the root command after it knows the language, and
// returns the exit status.
func Run(ctx context.Context, makeRoot func() *cli.Command, args []string, out, log io.Writer) int {
	say.Speak(say.LanguageOf(args, os.Getenv))
	log = printable.Writer{W: log} // errors quote the command line, which may hold control characters
	root := makeRoot()
	printed := &output{w: out}
	root.Writer, root.ErrWriter = printed, log
	err := root.Run(ctx, append([]string{root.Name}, args...))
	if err == nil {
		err = printed.err()
	}
	return exitStatus(ctx, err, log)
}
