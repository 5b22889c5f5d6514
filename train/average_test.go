package train

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// The averages follow the formula, and evaluation, prediction and validation use them.
func TestAverages(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		var path []float64 // the weight after each update
		tr := linear()
		tr.Dtype, tr.Params, tr.BatchSize, tr.Epochs, tr.AverageDecay = dt, nil, 2, 2, 0.75
		tr.Callbacks = []Callback{&hooks{afterStep: func(r *Run) error {
			path = append(path, first(r.Params.Get("dense1/weight").Value))
			return nil
		}}}
		set := lineOf(t, dt)
		h, err := tr.Fit(background, set, set)
		if err != nil {
			t.Fatal(err)
		}
		want := path[0]
		for _, w := range path[1:] {
			want = 0.75*want + 0.25*w
		}
		got := first(tr.Averaged.Get("dense1/weight").Value)
		if math.Abs(got-want) > 1e-6*math.Abs(want) || len(path) != 6 || got == path[5] {
			t.Errorf("%v: the average is %g, want %g of %v", dt, got, want, path)
		}
		averaged := &Trainer{Model: tr.Model, Loss: tr.Loss, Params: tr.Averaged}
		wantScores, err := averaged.Evaluate(background, set)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := tr.Evaluate(background, set)
		if err != nil || scores.Loss != wantScores.Loss || h.Epochs[1].Val.Loss != wantScores.Loss {
			t.Errorf("%v: evaluation gives %g and validation %g, want %g (%v)", dt, scores.Loss, h.Epochs[1].Val.Loss, wantScores.Loss, err)
		}
		tr.AverageDecay = 0 // back to the parameters
		if now, err := tr.Evaluate(background, set); err != nil || now.Loss == scores.Loss {
			t.Errorf("%v: evaluation without averages gives %g too (%v)", dt, now.Loss, err)
		}
	}
}

func first(x *tensor.Dense) float64 {
	if x.Dtype() == tensor.Float32 {
		return float64(x.Float32s()[0])
	}
	return x.Float64s()[0]
}

// lineOf is line in another type.
func lineOf(t *testing.T, dt tensor.Dtype) *data.Dataset {
	t.Helper()
	set := line()
	x, err := tensors.FromSlice(dt, set.X.Float64s(), set.X.Shape()...)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.FromSlice(dt, set.Y.Float64s(), set.Y.Shape()...)
	if err != nil {
		t.Fatal(err)
	}
	return &data.Dataset{X: x, Y: y}
}

// Running statistics are averaged too, and a second Fit goes on.
func TestAveragesOfRunningStatistics(t *testing.T) {
	tr := &Trainer{
		Model: graph.Sequential{graph.Dense{Units: 3}, graph.BatchNorm{}, graph.Dense{Units: 2}}, Loss: graph.CrossEntropy{},
		Epochs: 1, BatchSize: 8, Dtype: tensor.Float64, AverageDecay: 0.5,
	}
	for range 2 {
		if _, err := tr.Fit(background, moons(t, 16, 1), nil); err != nil {
			t.Fatal(err)
		}
	}
	mean, now := tr.Averaged.Get("batchnorm1/running_mean").Value.Float64s(), tr.Params.Get("batchnorm1/running_mean").Value.Float64s()
	if mean[0] == 0 || mean[0] == now[0] || math.Abs(mean[0]) > math.Abs(now[0]) {
		t.Errorf("the averaged running mean is %v, want it between 0 and %v", mean, now)
	}
}

func TestAverageErrors(t *testing.T) {
	tr := linear()
	tr.AverageDecay = 1
	_, err := tr.Fit(background, line(), nil)
	wantError(t, err, "Trainer.AverageDecay: got 1")
	tr.AverageDecay = 0
	if _, err := tr.Fit(background, line(), nil); err != nil {
		t.Fatal(err)
	}
	tr.AverageDecay, tr.Averaged = 0.5, graph.NewParams(tensor.Float64, 1)
	for _, use := range []func() error{
		func() error { _, err := tr.Fit(background, line(), nil); return err },
		func() error { _, err := tr.Evaluate(background, line()); return err },
		func() error { tr.Params = nil; _, err := tr.Fit(background, line(), nil); return err }, // found once they are built
	} {
		wantError(t, use(), "Trainer.Averaged are not of Params: parameter dense1/weight")
	}
}
