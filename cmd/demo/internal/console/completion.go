package console

import (
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
)

// describeCompletion gives the library's demo completion the help and the errors of the other commands.
func describeCompletion(c *cli.Command) {
	c.Hidden, c.HideHelpCommand, c.OnUsageError, c.ShellComplete = false, true, UsageMistake, complete
	c.Usage = say.Text("print a script by which a shell completes commands, flags and values")
	c.Description = say.Text(`The script completes after the command is installed under the name demo.

Examples:
  source <(demo completion bash)
  demo completion zsh > "${fpath[1]}/_demo"
  demo completion fish > ~/.config/fish/completions/demo.fish

Exit status:
  0  the script was printed
  2  a mistake in the command line`)
	c.Flags = append(c.Flags, languageFlag())
	c.Action = missingCommand
	var kept []*cli.Command
	for _, shell := range c.Commands {
		switch shell.Name {
		case "bash":
			shell.Action = afterText(withoutBashCompletion, shell.Action)
		case "zsh", "fish":
		default:
			continue
		}
		shell.HideHelpCommand, shell.OnUsageError = true, UsageMistake
		shell.Usage = say.Sprintf("print the script for %s", shell.Name)
		shell.Description = say.Sprintf("Examples:\n  demo completion %s\n\nExit status:\n  0  the script was printed\n  2  a mistake in the command line", shell.Name)
		kept = append(kept, shell)
	}
	c.Commands = kept
}

// withoutBashCompletion defines a function that the library's script calls, where the package bash-completion does not. The
// empty body is enough, because the script does not use the variables that the function sets.
const withoutBashCompletion = `declare -F _get_comp_words_by_ref >/dev/null || _get_comp_words_by_ref() { :; }
`

// afterText is an action that prints a text before another action.
func afterText(text string, action cli.ActionFunc) cli.ActionFunc {
	return func(ctx context.Context, cmd *cli.Command) error {
		if _, err := fmt.Fprint(cmd.Root().Writer, text); err != nil {
			return err
		}
		return action(ctx, cmd)
	}
}

// complete prints the candidates for the next word: the flags that begin with the typed text, with as many dashes; the values
// of a flag with choices; or the commands.
func complete(_ context.Context, cmd *cli.Command) {
	w, args := cmd.Root().Writer, cmd.Args().Slice()
	if len(args) == 0 {
		for _, c := range commandsAfter(cmd) {
			fmt.Fprintf(w, "%s:%s\n", c.Name, c.Usage)
		}
		return
	}
	typed := args[len(args)-1]
	name := strings.TrimLeft(typed, "-")
	dashes := typed[:len(typed)-len(name)]
	for _, f := range cmd.Flags {
		v, full := ValueOf(f), f.Names()[0]
		switch {
		case v != nil && full == name && dashes != "":
			for _, c := range v.choices {
				fmt.Fprintln(w, c)
			}
		case dashes != "" && strings.HasPrefix(full, name):
			_, usage := unquoted(f)
			fmt.Fprintf(w, "%s%s:%s\n", dashes, full, usage)
		}
	}
}

// commandsAfter are the commands that may come after a command and its flags.
func commandsAfter(cmd *cli.Command) []*cli.Command {
	switch {
	case cmd.Name == "help":
		return cmd.Root().Commands
	case cmd.NumFlags() > 0:
		return nil
	}
	return cmd.Commands
}
