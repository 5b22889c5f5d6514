package network

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/exchange/inspect"
	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/internal/printable"
)

// infoCommand is demo info.
func infoCommand() *cli.Command {
	return &cli.Command{
		Name: "info", Usage: say.Text("print the tensors of a file of weights, and what of them hampers gradients"), ArgsUsage: say.Text("file ..."),
		Description: say.Text(`Prints the tensors of files: safetensors, checkpoints of demo train, torch.save, NPY, NPZ, and the constants of ONNX. Of each
it prints type, shape, mean, standard deviation, smallest and largest number and the share of zeros, without NaN and
infinities, and below the table what hampers gradients: NaN, running variances of 0, rows of zeros. All but ONNX files are
read piece by piece, of any size.

Examples:
  demo info model.safetensors
  demo info weights.npz bias.npy

Exit status:
  0    the tensors were printed
  1    a file could not be read, or the tensors not printed
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		ArgValidator: console.AnyArguments,
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if !cmd.Args().Present() {
				return &console.Mistake{Cmd: cmd, What: say.Text("missing file: got none, want one or more"), Hint: say.Sprintf("For example: %s model.safetensors", cmd.FullName())}
			}
			return console.AwaitDone(ctx, func() error { return printFiles(ctx, cmd.Writer, cmd.Args().Slice()) })
		},
	}
}

// printFiles prints the tensors of files, each with a heading if there are several. It returns an error for each file that cannot be read.
func printFiles(ctx context.Context, out io.Writer, paths []string) error {
	var unread []error
	printed := 0
	for _, path := range paths {
		list, err := tensorsOf(ctx, path)
		if ctx.Err() != nil {
			return stderrors.Join(append(unread, ctx.Err())...)
		}
		if err != nil {
			unread = append(unread, err)
			continue
		}
		if len(paths) > 1 {
			if printed > 0 {
				fmt.Fprintln(out)
			}
			fmt.Fprintf(out, "%s\n", printable.Text(path))
		}
		if err := printTensors(out, list); err != nil {
			return stderrors.Join(append(unread, err)...)
		}
		printed++
	}
	return stderrors.Join(unread...)
}

// tensorsOf reads the statistics of a file's tensors, of which there is at least one.
func tensorsOf(ctx context.Context, path string) (list []inspect.Tensor, err error) {
	err = inspect.File(path, func(t inspect.Tensor) error {
		list = append(list, t)
		return ctx.Err()
	})
	if err == nil && len(list) == 0 {
		return nil, errors.New(say.Sprintf("%s: got no tensors, want a file of weights", path))
	}
	return list, errors.Wrap(err, path)
}

// printTensors prints a table of tensors, their sum, and the warnings.
func printTensors(out io.Writer, list []inspect.Tensor) error {
	rows := [][]string{{say.Text("tensor"), say.Text("type"), say.Text("shape"), say.Text("mean"), say.Text("std"), say.Text("min"), say.Text("max"), say.Text("zeros")}}
	elements := 0
	for _, t := range list {
		elements += t.Elements
		rows = append(rows, []string{tensorName(t), t.Dtype, shapeText(t.Shape), statistic(t.Mean), statistic(t.SD), statistic(t.Min), statistic(t.Max),
			fmt.Sprintf("%.1f%%", 100*float64(t.Zeros)/float64(max(t.Elements, 1)))})
	}
	if err := console.PrintColumns(out, rows, 2); err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, "\n%s\n", say.Sprintf("Tensors: %d, with %d elements.", len(list), elements)); err != nil {
		return err
	}
	for _, t := range list {
		for _, w := range t.Warnings {
			if _, err := fmt.Fprintf(out, "%s: %s (%d)\n", tensorName(t), say.Text(warningTexts[w.Kind]), w.Count); err != nil {
				return err
			}
		}
	}
	return nil
}

// warningTexts say what a warning means; the number of elements, rows or columns follows in parentheses.
var warningTexts = map[inspect.WarningKind]string{
	inspect.HasNaN:      lang.Key("NaN, which every output that reads it becomes too"),
	inspect.HasInfinity: lang.Key("infinite elements"),
	inspect.NoVariance:  lang.Key("running variances of 0 or less: the channel was constant in training, and the normalisation blows up any change of it"),
	inspect.AllZero:     lang.Key("all elements are zero: no gradient passes through this weight"),
	inspect.AllEqual:    lang.Key("all elements are equal: the units cannot learn different things"),
	inspect.ZeroRows:    lang.Key("rows along the first axis that are zero: dead units, or inputs that count for nothing"),
	inspect.ZeroColumns: lang.Key("columns that are zero: inputs that count for nothing, or dead units"),
	inspect.TooSmall:    lang.Key("all elements are so small that their squares are lost in float32"),
}

// tensorName is the name of a tensor; the array of an NPY file has none.
func tensorName(t inspect.Tensor) string {
	if t.Name == "" {
		return "-"
	}
	return printable.Text(t.Name)
}

func shapeText(shape []int) string {
	if len(shape) == 0 {
		return "()"
	}
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", "x"), "[]")
}

func statistic(x float64) string {
	if math.IsNaN(x) {
		return "-"
	}
	return fmt.Sprintf("%.4g", x)
}
