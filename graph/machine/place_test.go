package machine_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// Gradients that are placed in one slab have the values that they have elsewhere, with taps and without.
func TestPlace(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	plain, placed := perceptron(t, params, 5), perceptron(t, params, 5)
	slab := make([]float64, 2*params.Size())
	at := 0
	for _, w := range placed.Weights {
		n := w.Size()
		err := placed.Machine().Place(w.Grad, tensor.New(tensor.WithShape(w.Value.Shape()...), tensor.WithBacking(slab[at:at+n:at+n])))
		if err != nil {
			t.Fatal(err)
		}
		at += n
	}
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 2)
	group := placed.Machine().NewTapGroup()
	group.Tap(placed.Weights[0].Grad, func(gorgonia.Value) {})
	for _, on := range []bool{true, false} {
		group.Enable(on)
		clear(slab)
		run(t, plain, x, y)
		run(t, placed, x, y)
		at = 0
		for i, w := range plain.Weights {
			want := floats(w.Grad.Value())
			if got := slab[at : at+len(want)]; !slices.Equal(got, want) {
				t.Errorf("%s, taps %v: got %v in the slab, want %v", w.Name, on, got, want)
			}
			if got := floats(placed.Weights[i].Grad.Value()); &got[0] != &slab[at] {
				t.Errorf("%s, taps %v: the gradient lies outside of the slab", w.Name, on)
			}
			at += len(want)
		}
		if slices.ContainsFunc(slab[at:], func(v float64) bool { return v != 0 }) {
			t.Error("the run wrote after the last gradient")
		}
	}
	wantError(t, placed.Machine().Place(placed.Weights[0].Grad, tensor.New(tensor.WithShape(3), tensor.WithBacking(slab[:3]))), "want contiguous float64 of shape")
}
