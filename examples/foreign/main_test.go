package main

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
	"github.com/gradflow/gradflow/vanishing"
)

func TestGuide(t *testing.T) {
	var output strings.Builder
	if err := run(&output); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "03-vanishing.md", "go run ./examples/foreign", output.String())
}

// The program is an ordinary Gorgonia program: it has the same loss on Gorgonia's TapeMachine.
func TestItRunsOnTheTapeMachine(t *testing.T) {
	xs, ys, err := batches(1, batch)
	if err != nil {
		t.Fatal(err)
	}
	var losses []float64
	for range 2 {
		n, err := newNetwork(batch, xs[0].Shape()[1], ys[0].Shape()[1])
		if err != nil {
			t.Fatal(err)
		}
		var vm gorgonia.VM = gorgonia.NewTapeMachine(n.g, gorgonia.BindDualValues(n.learnables...))
		if len(losses) > 0 {
			watcher, err := vanishing.Watch(n.loss, n.learnables...)
			if err != nil {
				t.Fatal(err)
			}
			vm = watcher.Machine()
		}
		if err := gorgonia.Let(n.x, xs[0]); err != nil {
			t.Fatal(err)
		}
		if err := gorgonia.Let(n.y, ys[0]); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, n.loss.Value().Data().(float64))
	}
	if d := losses[1]/losses[0] - 1; d < -1e-12 || d > 1e-12 { // sums of at most 784 terms in another order
		t.Errorf("loss %v, TapeMachine's %v", losses[1], losses[0])
	}
}
