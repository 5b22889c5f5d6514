package vanishing_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// observeRecurrence observes a step of a recurrent network of a cell that a user has written.
func observeRecurrence(t *testing.T, steps int, unroll bool) profile.Profile {
	t.Helper()
	const batch, units = 4, 6
	cell := func(b *graph.Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		z := b.Check(op.Add(graph.Dense{Units: units}.Apply(b, inputs[0]), graph.Dense{Units: units, NoBias: true}.Apply(b, states[0])))
		h := b.Check(op.Add(states[0], b.Check(op.Scale(graph.Tanh.Apply(b, z), 0.1))))
		return gorgonia.Nodes{h}, nil
	}
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		x = b.Check(gorgonia.Transpose(x, 1, 0, 2))
		_, last := graph.Recurrence{Step: cell, Unroll: unroll}.Draw(b, gorgonia.Nodes{x}, gorgonia.Nodes{b.Zeros(batch, units)})
		return graph.Dense{Units: 2}.Apply(b, last[0])
	})
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch, steps, 3}, Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	x, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(1, 2)), batch, steps, 3)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels([]int{0, 1, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	seen, err := vanishing.Observe("recurrence", p, x, y)
	if err != nil {
		t.Fatal(err)
	}
	return seen
}

// A recurrence that is one operation is seen over all of its steps: the mean square of its gradient is that of the steps of the
// unrolled form, and the parameters' gradients and the verdict are the same.
func TestRecurrenceIsSeen(t *testing.T) {
	const steps = 6
	got, want := observeRecurrence(t, steps, false), observeRecurrence(t, steps, true)
	if len(got.Layers) != 2 || len(want.Layers) != steps+1 {
		t.Fatalf("got %d layers and %d unrolled, want 2 and %d", len(got.Layers), len(want.Layers), steps+1)
	}
	if a, b := vanishing.Diagnose(got).Verdict, vanishing.Diagnose(want).Verdict; a != b || a == vanishing.Undetermined {
		t.Errorf("got the verdict %v, and unrolled %v", a, b)
	}
	squares := 0.0
	for _, l := range want.Records[0].Layers[:steps] {
		squares += float64(l.DeltaRMS) * float64(l.DeltaRMS) / steps
	}
	// The sums have another order: some roundings of float64.
	if rms := float64(got.Records[0].Layers[0].DeltaRMS); math.Abs(rms-math.Sqrt(squares)) > 1e-14*rms {
		t.Errorf("got a gradient of %g at the pre-activation, want %g", rms, math.Sqrt(squares))
	}
	for i, p := range want.Records[0].Params {
		if a, b := got.Records[0].Params[i].GradL2, p.GradL2; a != b {
			t.Errorf("parameter %s: got a gradient of %g, want %g", want.Params[i].Name, a, b)
		}
	}
}
