package main

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/vanishing"
)

// The report says that the gradient vanishes over the 25 steps: weights of 0.08 give the product with h a norm far below 1.
func TestReport(t *testing.T) {
	var output strings.Builder
	if err := run(&output); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"step 60: loss", "Over time the gradient of the recurrent", "vanishing"} {
		if !strings.Contains(output.String(), want) {
			t.Errorf("the output has no %q:\n%s", want, output.String())
		}
	}
}

// The program is an ordinary Gorgonia program: it has the same loss on Gorgonia's TapeMachine.
func TestItRunsOnTheTapeMachine(t *testing.T) {
	learnt := newText(sentence)
	var losses []float64
	for range 2 {
		n, err := newNetwork(len(learnt.characters))
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
		if err := n.feed(learnt, 0); err != nil {
			t.Fatal(err)
		}
		if err := vm.RunAll(); err != nil {
			t.Fatal(err)
		}
		losses = append(losses, n.loss.Value().Data().(float64))
	}
	if d := losses[1]/losses[0] - 1; d < -1e-12 || d > 1e-12 { // sums of at most 32 terms in another order
		t.Errorf("loss %v, TapeMachine's %v", losses[1], losses[0])
	}
}
