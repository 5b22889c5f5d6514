package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
)

const graphUsage = `demo graph prints the graph of a training step: the forward and the backward pass, in the language of Graphviz. With -passes
it prints how the machine compiles that graph, pass by pass. Nothing is trained.

  go run ./cmd/demo graph -depth 2 | dot -Tsvg > graph.svg
  go run ./cmd/demo graph -passes
  go run ./cmd/demo graph -dump fuse -activation tanh -depth 3

The exit status is 0 after a graph was printed, 1 if it could not be drawn, and 2 after a mistake in the command line.

Flags:
`

// graphCommand is demo graph.
func graphCommand(ctx context.Context, args []string, out, log io.Writer) int {
	o := options{single: true, epochs: 1, optimizer: "sgd"} // nothing is trained, but options are checked
	var passes bool
	var dump string
	f := newFlags("demo graph", graphUsage, log)
	o.networkFlags(f)
	f.IntVar(&o.batch, "batch", 64, "`images` in a training step")
	f.BoolVar(&passes, "passes", false, "print the passes of the compiler, with their time and the number of steps before and after")
	f.StringVar(&dump, "dump", "", "print the steps after this `pass`")
	if err := read(f, args, func() error { return o.validate(f.Args()) }); err != nil {
		return usageStatus(err)
	}
	return status(ctx, printGraph(o, passes, dump, out), log)
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
