package network

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
)

// graphCommand is demo graph.
func graphCommand() *cli.Command {
	o := setup.Options{Single: true}
	var passes bool
	var dump string
	return &cli.Command{
		Name: "graph", Usage: say.Text("print the graph of a network, and how it is compiled"),
		Description: say.Text(`Prints the graph of a training step, the forward and the backward pass, in the language of Graphviz. With -passes it prints
how the machine compiles that graph, pass by pass. Nothing is trained.

Examples:
  demo graph -depth 2 | dot -Tsvg > graph.svg
  demo graph -passes
  demo graph -dump fuse -activation tanh -depth 3

Exit status:
  0    the graph was printed
  1    the graph could not be drawn
  2    a mistake in the command line
  130  Ctrl-C (143: SIGTERM, 129: SIGHUP)
  141  the reader of the output, such as head, went away`),
		Flags: append(o.NetworkFlags(), console.Section(say.Text("Graph"),
			console.Whole("batch", &o.Batch, 64, 1, 60000, say.Text("`images` in a training step")),
			console.Toggle("passes", &passes, say.Text("print the passes of the compiler, with their time and the number of steps before and after")),
			console.Choice("dump", &dump, "", machine.PassNames(), say.Sprintf("print the steps after this `pass`: %s", strings.Join(machine.PassNames(), ", "))),
		)...),
		Action: func(ctx context.Context, cmd *cli.Command) error {
			if err := o.Check(cmd); err != nil {
				return err
			}
			return console.AwaitDone(ctx, func() error { return printGraph(o, passes, dump, cmd.Writer) })
		},
	}
}

// printGraph prints the graph of a network, or how it is compiled.
func printGraph(o setup.Options, passes bool, dump string, out io.Writer) error {
	_, program, err := programOf(o)
	if err != nil {
		return err
	}
	if !passes && dump == "" {
		_, err := io.WriteString(out, program.DOTWithGradient())
		return err
	}
	var dumped []string
	if dump != "" {
		dumped = append(dumped, dump)
	}
	reports, err := program.Machine().ReportPasses(dumped...)
	if err != nil {
		return err
	}
	if passes {
		if err := printPasses(reports, out); err != nil {
			return err
		}
	}
	for _, r := range reports {
		if _, err := io.WriteString(out, r.Steps); err != nil {
			return err
		}
	}
	return nil
}

// printPasses prints a table of the compiler's passes.
func printPasses(reports []machine.PassReport, out io.Writer) error {
	rows := [][]string{{say.Text("pass"), say.Text("time"), say.Text("steps"), say.Text("what it does")}}
	for _, r := range reports {
		took := r.Time.Round(100 * time.Nanosecond).String()
		if r.Skipped {
			took = say.Text("skipped")
		}
		rows = append(rows, []string{r.Name, took, fmt.Sprintf("%d -> %d", r.Before, r.After), say.Text(r.About)})
	}
	return console.PrintColumns(out, rows, 2)
}

// programOf builds the network that the flags describe, for images of 28 by 28 pixels in 10 classes.
func programOf(o setup.Options) (name string, _ *graph.Program, _ error) {
	n, err := o.Described(28*28, 10)
	if err != nil {
		return "", nil, err
	}
	program, err := graph.Build(graph.Config{
		Model: n.Model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{o.Batch, 28 * 28}, Loss: graph.CrossEntropy{},
	})
	return n.Name, program, err
}
