package network

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
)

// structureCommand is demo structure.
func structureCommand() *cli.Command {
	o := setup.Options{Single: true, Batch: 2} // the structure is the same for any batch
	return &cli.Command{
		Name: "structure", Usage: say.Text("print what a network is made of"),
		Description: say.Text(`Prints the structure of a network's graph: layers by depth, residual blocks with their layers, and parameters that no part
of the structure uses. Nothing is trained.

Examples:
  demo structure -depth 9
  demo structure -activation tanh -norm ln -skip 2 -depth 9

Exit status:
  0    the network was printed
  1    the network could not be built
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags: o.NetworkFlags(),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := o.Check(cmd); err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return printStructure(o, cmd.Writer) })
		},
	}
}

// printStructure builds the network and prints its structure.
func printStructure(o setup.Options, out io.Writer) error {
	name, program, err := programOf(o)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s", name, program.Structure().In(say.Language))
	return err
}
