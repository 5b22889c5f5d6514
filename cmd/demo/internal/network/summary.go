package network

import (
	"context"
	"fmt"
	"io"

	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
)

// summaryCommand is demo summary.
func summaryCommand() *cli.Command {
	o := setup.Options{Single: true}
	var model string
	var channels int
	return &cli.Command{
		Name: "summary", Usage: say.Text("print the layers of a network, with shapes, parameters and work"),
		Description: say.Text(`Prints the layers of a network with their output shapes, parameters and multiply-adds, and the memory of a training step.
Nothing is trained. With -model it is a convolutional network of the papers: resnet20, 32, 44, 56, 110 and 1202 for images of 32
by 32 pixels, resnet18, 34, 50, 101 and 152 for images of 224 by 224. In place of "resnet", "plain" leaves out the skips,
"preresnet" moves normalisation and activation before each convolution, and "rezero", "skipinit" and "fixup" start each branch at
zero.

Examples:
  demo summary -depth 9 -norm bn
  demo summary -model resnet20
  demo summary -model resnet50 -batch 16
  demo summary -model plain56 -channels 1

Exit status:
  0    the layers were printed
  1    the network could not be built
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags: append(o.NetworkFlags(), console.Section(say.Text("Summary"),
			console.String("model", &model, "", say.Text("`name` of a convolutional network, such as resnet20; the flags of the network are not read then"), resnet.Names(), setup.CheckModel),
			console.Whole("batch", &o.Batch, 2, 1, 60000, say.Text("`images` in a training step")),
			console.Whole("channels", &channels, 3, 1, 4096, say.Text("`channels` of the images for -model")),
		)...),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := o.Check(cmd); err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return printSummary(o, model, channels, cmd.Writer) })
		},
	}
}

// printSummary builds the network and prints its summary.
func printSummary(o setup.Options, model string, channels int, out io.Writer) error {
	name, program, err := model, (*graph.Program)(nil), error(nil)
	if model == "" {
		name, program, err = programOf(o)
	} else {
		program, err = imageProgram(model, o.Batch, channels)
	}
	if err != nil {
		return err
	}
	memory, err := program.Machine().Memory()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s\n%s%s\n", name, program.Summary(), say.Sprintf("%d bytes for a training step of %d images, beside the parameters", memory.Peak, o.Batch))
	return err
}

// imageProgram builds a network for images of the number and the channels that are given. Its convolutions are zero: nothing runs.
func imageProgram(name string, batch, channels int) (*graph.Program, error) {
	m, side, err := resnet.Named(name, 10)
	if err != nil {
		return nil, err
	}
	if side == 224 {
		m.Classes = 1000
	}
	m.Init = initializer.Constant{}
	return graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{batch, channels, side, side}, Loss: graph.CrossEntropy{},
	})
}
