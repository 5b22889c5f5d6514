package foreign_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/foreign"
)

// newDropout draws a dropout of half of 64 ones.
func newDropout() (*gorgonia.ExprGraph, *gorgonia.Node) {
	g := gorgonia.NewGraph()
	ones := make([]float64, 64)
	for i := range ones {
		ones[i] = 1
	}
	return g, must(gorgonia.Dropout(vector(g, "x", ones...), 0.5))
}

// Each machine computes in its own mode, although the graph has one dropout, which keeps the mode that it was given last.
func TestDropoutInBothModes(t *testing.T) {
	g, y := newDropout()
	training, evaluation := foreign.NewMachine(g), foreign.NewMachine(g, gorgonia.EvalMode())
	for range 2 {
		run(t, training)
		if zeros := count(floats(y.Value()), 0); zeros == 0 || zeros == 64 {
			t.Errorf("training: %d of 64 numbers are zero, want about half", zeros)
		}
		run(t, evaluation)
		if ones := count(floats(y.Value()), 1); ones != 64 {
			t.Errorf("evaluation: %d of 64 numbers are as they were, want all", ones)
		}
	}
}

func count(list []float64, v float64) (n int) {
	for _, x := range list {
		if x == v {
			n++
		}
	}
	return n
}

// The gradient is that of what was computed, in either mode.
func TestDropoutGradient(t *testing.T) {
	g := gorgonia.NewGraph()
	ones := make([]float64, 64)
	for i := range ones {
		ones[i] = 1
	}
	x := vector(g, "x", ones...)
	y := must(gorgonia.Dropout(x, 0.2))
	if _, err := gorgonia.Grad(must(gorgonia.Sum(must(gorgonia.Square(y)))), x); err != nil {
		t.Fatal(err)
	}
	for _, m := range []gorgonia.VM{foreign.NewMachine(g), foreign.NewMachine(g, gorgonia.EvalMode())} {
		run(t, m)
		want := make([]float64, 64)
		for i, v := range floats(y.Value()) { // v is x times 0, or times 1/keep
			want[i] = 2 * v * v
		}
		wantValue(t, x.Deriv(), want...)
	}
}

// newBatchNorm draws a batch normalisation of 4 samples with 2 features.
func newBatchNorm(t *testing.T) (*gorgonia.ExprGraph, *gorgonia.Node, *gorgonia.BatchNormOp) {
	t.Helper()
	g := gorgonia.NewGraph()
	x := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("x"), gorgonia.WithShape(4, 2),
		gorgonia.WithValue(tensor.New(tensor.WithShape(4, 2), tensor.WithBacking([]float64{1, 10, 2, 20, 3, 30, 4, 40}))))
	gain, shift := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("gain"), gorgonia.WithShape(4, 2), gorgonia.WithInit(gorgonia.Ones())),
		gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithName("shift"), gorgonia.WithShape(4, 2), gorgonia.WithInit(gorgonia.Zeroes()))
	y, _, _, op, err := gorgonia.BatchNorm(x, gain, shift, 0.1, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	return g, y, op
}

// The running statistics are those of PyTorch with momentum 0.1: 0.9 of the old, and 0.1 of the batch's mean and unbiased variance.
// They start at 0 and 1, whichever machine comes first, and neither a change of the mode nor another machine sets them back.
func TestBatchNormInBothModes(t *testing.T) {
	g, y, op := newBatchNorm(t)
	evaluation := foreign.NewMachine(g, gorgonia.EvalMode())
	run(t, evaluation)
	untrained := []float64{1, 10, 2, 20, 3, 30, 4, 40}
	for i, v := range floats(y.Value()) {
		if off := v/untrained[i] - 1; off > 0 || off < -1e-5 {
			t.Fatalf("evaluation before training: got %v, want %v but for epsilon", floats(y.Value()), untrained)
		}
	}
	mean, variance := []float64{0, 0}, []float64{1, 1}
	for range 3 {
		run(t, foreign.NewMachine(g))
		for i, of := range []struct{ mean, variance float64 }{{2.5, 5. / 3}, {25, 500. / 3}} {
			mean[i], variance[i] = 0.9*mean[i]+0.1*of.mean, 0.9*variance[i]+0.1*of.variance
		}
		run(t, evaluation)
		gotMean, gotVariance := op.Stats()
		wantNumbers(t, "running mean", gotMean.(*tensor.Dense), mean...)
		wantNumbers(t, "running variance", gotVariance.(*tensor.Dense), variance...)
	}
}
