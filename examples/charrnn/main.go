// Command charrnn watches a plain recurrent network that was written for Gorgonia alone: it reads a text character by character, and
// predicts the next one after 25. Three of its lines use gradflow. The report says how far back the network can learn.
//
//	go run ./examples/charrnn
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/report"
)

// The network and its training.
const (
	window = 25 // characters that are read before one is predicted
	units  = 32
	batch  = 16
	steps  = 60
)

func main() {
	if err := run(os.Stdout); err != nil {
		log.Fatal(err)
	}
}

func run(w io.Writer) error {
	t := newText(sentence)
	n, err := newNetwork(len(t.characters))
	if err != nil {
		return err
	}
	watcher, err := vanishing.Watch(n.loss, n.learnables...)
	if err != nil {
		return err
	}
	vm := watcher.Machine(gorgonia.BindDualValues(n.learnables...)) // in place of gorgonia.NewTapeMachine(n.g, ...)
	defer vm.Close()

	solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.003))
	for i := range steps {
		if err := n.feed(t, i*batch); err != nil {
			return err
		}
		if err := vm.RunAll(); err != nil {
			return err
		}
		if i%20 == 19 {
			fmt.Fprintf(w, "step %d: loss %.2f\n", i+1, n.loss.Value().Data().(float64))
		}
		if err := solver.Step(gorgonia.NodesToValueGrads(n.learnables)); err != nil {
			return err
		}
		vm.Reset()
	}
	fmt.Fprintln(w)
	return report.Text{}.Table(w, vanishing.Diagnose(watcher.Profile()))
}
