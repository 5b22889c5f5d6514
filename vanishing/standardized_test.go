package vanishing_test

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// Moments before and after a model are no layers of it, and change no gradient: the verdict is that of the plain model.
func TestStandardizedModelsAreDiagnosedAsPlainOnes(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	raw, plain, y, scaled := make([]float64, 640), make([]float64, 640), make([]float64, 64), make([]float64, 64)
	for i := range raw {
		plain[i] = rng.NormFloat64()
		raw[i] = 500 + 90*plain[i]
		y[i/10] += plain[i] / 3
		scaled[i/10] = 1e4 + 300*y[i/10]
	}
	diagnose := func(x, y []float64, standardize bool) string {
		xs, err := tensors.FromSlice(tensor.Float64, x, 64, 10)
		if err != nil {
			t.Fatal(err)
		}
		ys, err := tensors.FromSlice(tensor.Float64, y, 64, 1)
		if err != nil {
			t.Fatal(err)
		}
		recorder := &vanishing.Recorder{}
		trainer := &train.Trainer{
			Model: mlp.Model{Input: 10, Depth: 20, Width: 16, Output: 1, Activation: graph.Sigmoid}, Loss: graph.MSE{}, Epochs: 2,
			Dtype: tensor.Float64, StandardizeInputs: standardize, StandardizeTargets: standardize, Callbacks: []train.Callback{recorder},
		}
		if _, err := trainer.Fit(context.Background(), &data.Dataset{X: xs, Y: ys}, nil); err != nil {
			t.Fatal(err)
		}
		d := vanishing.Diagnose(recorder.Profile())
		text := d.Verdict.String()
		for _, f := range d.Findings {
			text += "\n" + f.Rule + ": " + f.Sentence
		}
		return text
	}
	if got, want := diagnose(raw, scaled, true), diagnose(plain, y, false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Theory goes by what the first layer reads: standardised numbers, and not raw ones, of which it expects that they saturate tanh.
func TestTheoryOfStandardizedInputs(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	raw, labels := make([]float64, 640), make([]int, 64)
	for i := range raw {
		raw[i] = 500 + 90*rng.NormFloat64()
		labels[i/10] = i / 10 % 2
	}
	x, err := tensors.FromSlice(tensor.Float64, raw, 64, 10)
	if err != nil {
		t.Fatal(err)
	}
	y, err := tensors.Labels(labels)
	if err != nil {
		t.Fatal(err)
	}
	recorder := &vanishing.Recorder{}
	trainer := &train.Trainer{
		Model: mlp.Model{Input: 10, Depth: 8, Width: 32, Output: 2, Activation: graph.Tanh}, Loss: graph.CrossEntropy{}, Epochs: 5,
		Dtype: tensor.Float64, StandardizeInputs: true, Callbacks: []train.Callback{recorder},
	}
	if _, err := trainer.Fit(context.Background(), &data.Dataset{X: x, Y: y}, nil); err != nil {
		t.Fatal(err)
	}
	p := recorder.Profile()
	if got := float64(p.Theory.Inputs); math.Abs(got-1) > 1e-9 {
		t.Errorf("the inputs: got the size %g, want 1", got)
	}
	if first := p.Theory.Layers[0]; first == nil || math.Abs(float64(first.Z)) > 4 {
		t.Errorf("layer 1: got %+v, want at most 4 deviations off", first)
	}
	for _, f := range vanishing.Diagnose(p).Findings {
		if f.Severity > vanishing.Note {
			t.Errorf("got the finding %s: %s", f.Rule, f.Sentence)
		}
	}
}
