package profiles

import (
	"cmp"
	"context"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/vanishing/report"
)

// liveCommand is demo live.
func liveCommand() *cli.Command {
	var page setup.Page
	var reader report.JSONReader
	return &cli.Command{
		Name: "live", Usage: say.Text("show on a page what another program records while it trains"), ArgsUsage: say.Text("file"),
		Description: say.Text(`Follows a file of profiles that another program writes, such as bridge/torch/gradflow.py in a training with PyTorch, and shows
it on a page, which changes whenever the file does. A folder stands for its profiles.json. The page waits for a file that is not
there yet or that is only half written, and stays until Ctrl-C. demo train -serve shows a training of ours.

Examples:
  demo live profiles.json
  demo live -serve 8080 runs/today/profiles.json

Exit status:
  0    Ctrl-C or another signal ended the page
  1    the page could not be shown
  2    a mistake in the command line`),
		Flags:        append([]cli.Flag{page.AddressFlag()}, console.Section(say.Text("Profiles"), sizeFlag(&reader))...),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			path, err := followedArgument(cmd)
			if err != nil {
				return err
			}
			server, err := page.Start(cmd.ErrWriter)
			if err != nil {
				return err
			}
			f := &follower{path: path, reader: reader, show: server.Show, log: cmd.ErrWriter}
			err = console.AwaitDone(ctx, func() error { f.run(ctx); return nil })
			if errors.Is(err, context.Canceled) {
				err = nil // the way to end the page
			}
			return cmp.Or(err, server.Close())
		},
	}
}

// followedArgument is the file or folder that demo live follows.
func followedArgument(cmd *cli.Command) (string, error) {
	args := cmd.Args()
	switch {
	case !args.Present() || args.First() == "":
		return "", console.MissingProfile(cmd, say.Text("the file that another program writes"), say.Sprintf("For example: %s profiles.json", cmd.FullName()))
	case args.Len() > 1:
		return "", &console.Mistake{Cmd: cmd, What: say.Sprintf("unexpected argument %q: want one file", args.Get(1)), Hint: say.Text("demo compare sets several files side by side.")}
	case args.First() == "-":
		return "", &console.Mistake{Cmd: cmd, What: say.Text(`unexpected argument "-": want a file, which can be read again`)}
	}
	return args.First(), nil
}
