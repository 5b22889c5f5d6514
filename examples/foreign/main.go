// Command foreign watches the gradients of a program that was written for Gorgonia alone. Three of its lines use gradflow.
//
//	go run ./examples/foreign
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/vanishing"
)

// The network and its training.
const (
	depth = 12 // hidden layers
	width = 50
	steps = 30
	batch = 64
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	xs, ys, err := batches(steps, batch)
	if err != nil {
		return err
	}
	n, err := newNetwork(batch, xs[0].Shape()[1], ys[0].Shape()[1])
	if err != nil {
		return err
	}
	watcher, err := vanishing.Watch(n.loss, n.learnables...)
	if err != nil {
		return err
	}
	vm := watcher.Machine(gorgonia.BindDualValues(n.learnables...)) // in place of gorgonia.NewTapeMachine(n.g, ...)
	defer vm.Close()

	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.001))
	for i := range steps {
		if err := gorgonia.Let(n.x, xs[i]); err != nil {
			return err
		}
		if err := gorgonia.Let(n.y, ys[i]); err != nil {
			return err
		}
		if err := vm.RunAll(); err != nil {
			return err
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(n.learnables)); err != nil {
			return err
		}
		vm.Reset()
	}
	profile := watcher.Profile()
	show(w, profile)
	return nil
}

// show prints a table of the last step that was recorded with details, and the verdict on the whole run.
func show(w io.Writer, p vanishing.Profile) {
	var last vanishing.Record
	for _, r := range p.Records {
		if r.Details != nil { // every tenth by default
			last = r
		}
	}
	fmt.Fprintf(w, "step %d, loss %.2f\nlayer    units  activation  RMS of dL/dz  L2 of dL/dw  update of w\n", last.Step, last.Loss)
	for i, layer := range p.Layers {
		weight := 2 * i // each layer has a weight and a bias
		fmt.Fprintf(w, "%-8s %5d  %-10s  %12.1e  %11.1e  %10.2f%%\n",
			layer.Path, layer.Units, layer.Activation, last.Layers[i].DeltaRMS, last.Params[weight].GradL2, 100*last.UpdateRatio(weight))
	}
	d := vanishing.Diagnose(p)
	fmt.Fprintf(w, "\n%v: %s\n", d.Verdict, d.Sentence)
}
