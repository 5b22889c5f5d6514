package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
)

// graphCommand is demo graph.
func graphCommand() *cli.Command {
	o := options{single: true}
	var passes bool
	var dump string
	return &cli.Command{
		Name: "graph", Usage: "print the graph of a network, and how it is compiled",
		Description: `Prints the graph of a training step, the forward and the backward pass, in the language of Graphviz. With -passes it prints
how the machine compiles that graph, pass by pass. Nothing is trained.

Examples:
  demo graph -depth 2 | dot -Tsvg > graph.svg
  demo graph -passes
  demo graph -dump fuse -activation tanh -depth 3

Exit status:
  0  the graph was printed
  1  the graph could not be drawn
  2  a mistake in the command line`,
		Flags: append(o.networkFlags(), section("Graph",
			whole("batch", &o.batch, 64, 1, 60000, "`images` in a training step"),
			toggle("passes", &passes, "print the passes of the compiler, with their time and the number of steps before and after"),
			choice("dump", &dump, "", machine.PassNames(), "print the steps after this `pass`: "+strings.Join(machine.PassNames(), ", ")),
		)...),
		Action: func(_ context.Context, cmd *cli.Command) error {
			if err := o.check(cmd); err != nil {
				return err
			}
			return printGraph(o, passes, dump, cmd.Writer)
		},
	}
}

// printGraph prints the graph of a network, or how it is compiled.
func printGraph(o options, passes bool, dump string, out io.Writer) error {
	_, program, err := o.program()
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

// printPasses prints a table.
func printPasses(reports []machine.PassReport, out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "pass\ttime\tsteps\twhat it does")
	for _, r := range reports {
		took := r.Time.Round(100 * time.Nanosecond).String()
		if r.Skipped {
			took = "skipped"
		}
		fmt.Fprintf(w, "%s\t%s\t%d -> %d\t%s\n", r.Name, took, r.Before, r.After, r.About)
	}
	return w.Flush()
}

// program draws the network that the flags describe, for images of 28 by 28 in 10 classes.
func (o options) program() (name string, _ *graph.Program, _ error) {
	n, err := o.described(28*28, 10)
	if err != nil {
		return "", nil, err
	}
	program, err := graph.Build(graph.Config{
		Model: n.model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{o.batch, 28 * 28}, Loss: graph.CrossEntropy{},
	})
	return n.name, program, err
}
