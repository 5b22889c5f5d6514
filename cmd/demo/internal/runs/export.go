package runs

import (
	"context"
	"fmt"
	"io"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/models/resnet"
)

// exportCommand is demo export.
func exportCommand() *cli.Command {
	var best, out, model string
	var channels int
	return &cli.Command{
		Name: "export", Usage: say.Text("write a network as an ONNX file"), ArgsUsage: say.Text("[run]"),
		Description: say.Text(`Writes the network of a run as an ONNX file of opset 17, for evaluation, with the weights of its newest whole checkpoint and
a free batch size. Without a run it takes the last one, gradflow-runs/latest. It prints the shape of an image, and how images
are normalised before the network reads them. With -model it is a convolutional network that is not trained.

Examples:
  demo export
  demo export -o shirts.onnx -best val_accuracy gradflow-runs/latest
  demo export -model resnet18 -o resnet18.onnx

Exit status:
  0    the file was written
  1    the run could not be read, or the file not written
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away; the files were written`),
		Flags: append(append(console.Section(say.Text("Run"), bestFlag(&best)), console.Section(say.Text("File"),
			console.String("o", &out, "model.onnx", say.Text("`file` to write"), nil, console.FileName))...), console.Section(say.Text("Network"),
			console.String("model", &model, "", say.Text("`name` of a convolutional network, such as resnet20, with its first values in place of a run"), resnet.Names(), setup.CheckModel),
			console.Whole("channels", &channels, 3, 1, 4096, say.Text("`channels` of the images for -model")))...),
		ArgValidator: console.UpToOneArgument,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if model != "" {
				if cmd.Args().Present() {
					return &console.Mistake{Cmd: cmd, What: say.Sprintf("got both -model %s and the run %s, want one of them", model, cmd.Args().First())}
				}
				if cmd.IsSet("best") {
					return &console.Mistake{Cmd: cmd, What: say.Sprintf("got both -model %s and -best, want one of them: a model with its first values has no checkpoints", model)}
				}
				return console.AwaitDone(ctx, func() error { return exportModel(model, channels, out, console.Lasting(cmd.Writer)) })
			}
			if cmd.IsSet("channels") {
				return &console.Mistake{Cmd: cmd, What: say.Text("got -channels without -model: a run has its number of channels")}
			}
			path, err := runArgument(cmd)
			if err != nil {
				return err
			}
			run, err := readImageRun(cmd, path)
			if err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return run.export(best, out, console.Lasting(cmd.Writer)) })
		},
	}
}

// exportModel writes a convolutional network with its first values.
func exportModel(name string, channels int, out string, w io.Writer) error {
	m, side, err := resnet.Named(name, 10)
	if err != nil {
		return err
	}
	if side == 224 {
		m.Classes = 1000
	}
	return writeONNX(w, out, graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{1, channels, side, side}})
}

// export writes the network of a run.
func (r savedRun) export(best, out string, w io.Writer) error {
	c, err := r.checkpoint(best)
	if err != nil {
		return err
	}
	images := r.info.Images
	input := tensor.Shape{1, images.Channels, images.Height, images.Width}
	if images.Rows {
		input = tensor.Shape{1, images.Channels * images.Height * images.Width}
	}
	networks, err := r.training.Networks(images.Channels*images.Height*images.Width, len(images.Classes))
	if err != nil {
		return err
	}
	trainer, err := r.trainer(networks[0], c)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, r.title(c)); err != nil {
		return err
	}
	if err := writeONNX(w, out, graph.Config{Model: trainer.Model, Params: trainer.Params, Input: input}); err != nil {
		return err
	}
	_, err = fmt.Fprintln(w, say.Sprintf("Images are values of 0 to 1, minus the mean %.4v, over the standard deviation %.4v of each channel.", images.Mean, images.Std))
	return err
}

// writeONNX writes a model and prints the name of the file and the shape of its input.
func writeONNX(w io.Writer, path string, c graph.Config) error {
	if err := files.Write(path, func(w io.Writer) error { return onnx.Write(w, c) }); err != nil {
		return errors.Wrap(err, "-o")
	}
	_, err := fmt.Fprintln(w, say.Sprintf("%s: opset 17, input of shape %v", printable.Text(path), append([]any{"batch"}, each(c.Input[1:])...)))
	return err
}

func each(sizes []int) (list []any) {
	for _, n := range sizes {
		list = append(list, n)
	}
	return list
}
