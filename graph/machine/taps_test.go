package machine_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A group's taps are called while it is on, the numbers are the same to the bit, and a run allocates nothing in either
// state once both plans are made.
func TestTapGroup(t *testing.T) {
	p := perceptron(t, graph.NewParams(tensor.Float32, 1), 8)
	x, y := randn(t, tensor.Float32, 1, 8, 4), classes(t, 8, 3, 1)
	gradients := func() []float32 {
		t.Helper()
		if err := p.Run(x, y); err != nil {
			t.Fatal(err)
		}
		var grads []float32
		for _, w := range p.Weights {
			if w.Grad != nil {
				grads = append(grads, w.Grad.Value().(*tensor.Dense).Float32s()...)
			}
		}
		return grads
	}
	want := gradients()
	calls := 0
	group := p.Machine().NewTapGroup()
	for _, l := range p.Layers {
		group.Tap(l.Pre, func(gorgonia.Value) { calls++ })
	}
	for i, on := range []bool{true, false, true, true, false} {
		group.Enable(on)
		before := calls
		if got := gradients(); !slices.Equal(got, want) {
			t.Errorf("run %d, taps on: %v: other gradients", i, on)
		}
		if called := calls - before; called != map[bool]int{true: len(p.Layers)}[on] {
			t.Errorf("run %d, taps on: %v: %d calls", i, on, called)
		}
	}
	for _, on := range []bool{true, false} {
		group.Enable(on)
		gradients()
		if n := testing.AllocsPerRun(10, func() {
			if err := p.Run(x, y); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("taps on: %v: %g allocations in a run", on, n)
		}
	}
	group.Enable(true)
	group.Remove()
	before := calls
	if got := gradients(); !slices.Equal(got, want) || calls != before {
		t.Error("a group that was removed still does something")
	}
}
