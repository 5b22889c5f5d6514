package graph_test

import (
	"math"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
)

// standardization is a model of two inputs and one output between moments.
func standardization(known bool) graph.Standardized {
	m := graph.Standardized{
		Model:  mlp.Model{Input: 2, Hidden: []int{8, 8}, Output: 1, Activation: graph.Tanh},
		Inputs: &graph.Standard{}, Targets: &graph.Standard{},
	}
	if known {
		m.Inputs = &graph.Standard{Mean: []float64{1000, 5}, Std: []float64{100, 0}}
		m.Targets = &graph.Standard{Mean: []float64{-50}, Std: []float64{20}}
	}
	return m
}

// A standardised model is the plain model of standardised numbers: output, loss and gradients agree.
func TestStandardizedIsThePlainModelOfStandardizedNumbers(t *testing.T) {
	raw, _ := tensors.FromSlice(tensor.Float64, []float64{900, 5, 1100, 6, 1250, 4}, 3, 2)
	plain, _ := tensors.FromSlice(tensor.Float64, []float64{-1, 0, 1, 1, 2.5, -1}, 3, 2)
	rawTarget, _ := tensors.FromSlice(tensor.Float64, []float64{-50, -30, -80}, 3, 1)
	plainTarget, _ := tensors.FromSlice(tensor.Float64, []float64{0, 1, -1.5}, 3, 1)

	m := standardization(true)
	a := build(t, graph.Config{Model: m, Params: graph.NewParams(tensor.Float64, 1), Input: raw.Shape(), Loss: graph.StandardizedLoss{Loss: graph.MSE{}}})
	b := build(t, graph.Config{Model: m.Model, Params: graph.NewParams(tensor.Float64, 1), Input: raw.Shape(), Loss: graph.MSE{}})
	run(t, a, raw, rawTarget)
	run(t, b, plain, plainTarget)
	for i, z := range b.OutputValue().Float64s() {
		if got, want := a.OutputValue().Float64s()[i], 20*z-50; math.Abs(got-want) > 1e-12 {
			t.Errorf("output %d: got %v, want %v", i, got, want)
		}
	}
	if got, want := a.LossValue(), b.LossValue(); math.Abs(got-want) > 1e-12 {
		t.Errorf("loss: got %v, want %v", got, want)
	}
	grads := make(map[string][]float64)
	for _, w := range b.Weights {
		grads[w.Name] = w.Grad.Value().(*tensor.Dense).Float64s()
	}
	for _, w := range a.Weights {
		if w.Grad == nil {
			continue
		}
		for i, got := range w.Grad.Value().(*tensor.Dense).Float64s() {
			if want := grads[w.Name][i]; math.Abs(got-want) > 1e-12 {
				t.Errorf("gradient %d of %s: got %v, want %v", i, w.Name, got, want)
			}
		}
	}
	if got, want := a.Structure().String(), b.Structure().String(); got != want {
		t.Errorf("structure: got\n%s\nwant that of the plain model\n%s", got, want)
	}
}

// The moments are saved and loaded with the weights, and cannot be left behind.
func TestMomentsTravelWithTheParameters(t *testing.T) {
	path := filepath.Join(t.TempDir(), "model.safetensors")
	saved := graph.NewParams(tensor.Float32, 1)
	p := build(t, graph.Config{Model: standardization(true), Params: saved, Input: tensor.Shape{1, 2}})
	x, _ := tensors.FromSlice(tensor.Float32, []float64{1200, 3}, 1, 2)
	run(t, p, x, nil)
	want := p.OutputValue().Float32s()[0]
	if err := saved.Save(path); err != nil {
		t.Fatal(err)
	}
	loaded := graph.NewParams(tensor.Float32, 2)
	if err := loaded.Load(path, graph.Assignment{}); err != nil {
		t.Fatal(err)
	}
	q := build(t, graph.Config{Model: standardization(false), Params: loaded, Input: tensor.Shape{1, 2}})
	run(t, q, x, nil)
	if got := q.OutputValue().Float32s()[0]; got != want {
		t.Errorf("loaded: got %v, want %v", got, want)
	}
	if err := loaded.Load(path, graph.Assignment{}); err != nil {
		t.Fatal(err)
	}
	forgotten := graph.NewParams(tensor.Float32, 2)
	if err := forgotten.Load(path, graph.Assignment{}); err != nil {
		t.Fatal(err)
	}
	_, err := graph.Build(graph.Config{Model: standardization(false).Model, Params: forgotten, Input: tensor.Shape{1, 2}})
	wantError(t, err, "got no parameter for standardize/input_mean")
}

func TestWrongStandardized(t *testing.T) {
	build := func(m graph.Model, loss graph.Loss) error {
		_, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{4, 2}, Loss: loss})
		return err
	}
	m := standardization(true)
	wantError(t, build(m.Model, graph.StandardizedLoss{Loss: graph.MSE{}}), "without standardised targets")
	wantError(t, build(m, graph.StandardizedLoss{Loss: graph.CrossEntropy{}}), "a loss of classes")
	wantError(t, build(graph.Standardized{}, graph.MSE{}), "has no Model")
	m.Inputs.Mean = []float64{1}
	wantError(t, build(m, graph.MSE{}), "input_mean: got 1 values, want 2")
}

// The best output that is the same for all samples is the mean of the targets, whose squared error is 1 for each that varies.
func TestBaselineOfStandardizedTargets(t *testing.T) {
	m := graph.TargetMoments{Samples: 4, Sum: []float64{4000, 20}, Squares: []float64{4000400, 100}} // the second is 5 in all samples
	if got := (graph.StandardizedLoss{Loss: graph.MSE{}}).Baseline(m, 4); got != 0.5 {
		t.Errorf("mean squared error: got %v, want 0.5", got)
	}
	if got := (graph.StandardizedLoss{Loss: graph.MSE{Sum: true}}).Baseline(m, 4); got != 4 {
		t.Errorf("sum of squared errors: got %v, want 4", got)
	}
	if got := (graph.StandardizedLoss{Loss: graph.MAE{}}).Baseline(m, 4); got != 0 {
		t.Errorf("without targets: got %v, want 0", got)
	}
	absolute := graph.StandardizedLoss{Loss: graph.MAE{}}
	m = graph.NewTargetMoments(absolute)
	m.Add(tensor.Shape{4, 2}, tensor.New(tensor.WithShape(4, 2), tensor.WithBacking([]float64{995, 5, 995, 5, 1005, 5, 1005, 5})))
	if got := absolute.Baseline(m, 4); got != 0.5 { // the first target is 1 standard deviation from its median, the second constant
		t.Errorf("mean absolute error: got %v, want 0.5", got)
	}
}

// The zero Standard sets means of 0 and standard deviations of 1, nil leaves moments as they are, and so does an error.
func TestSetStandard(t *testing.T) {
	ps := graph.NewParams(tensor.Float32, 1)
	m := graph.Standardized{
		Model:  graph.Dense{Units: 1},
		Inputs: &graph.Standard{Mean: []float64{1, 2}, Std: []float64{3, 4}}, Targets: &graph.Standard{Mean: []float64{5}, Std: []float64{6}},
	}
	build(t, graph.Config{Model: m, Params: ps, Input: tensor.Shape{1, 2}})
	expect := func(inputMean, inputStd, targetMean, targetStd []float32) {
		t.Helper()
		for name, want := range map[string][]float32{graph.InputMean: inputMean, graph.InputStd: inputStd, graph.TargetMean: targetMean, graph.TargetStd: targetStd} {
			if got := ps.Get(name).Value.Float32s(); !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		}
	}
	wantError(t, ps.SetStandard(&graph.Standard{Mean: []float64{7, 8}, Std: []float64{9}}, nil), "input_std: got 1 values, want 2")
	expect([]float32{1, 2}, []float32{3, 4}, []float32{5}, []float32{6})
	if err := ps.SetStandard(&graph.Standard{}, nil); err != nil {
		t.Fatal(err)
	}
	expect([]float32{0, 0}, []float32{1, 1}, []float32{5}, []float32{6})
	if err := ps.SetStandard(nil, &graph.Standard{Mean: []float64{7}}); err != nil {
		t.Fatal(err)
	}
	expect([]float32{0, 0}, []float32{1, 1}, []float32{7}, []float32{1})
}
