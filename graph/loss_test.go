package graph_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// How each loss is computed is checked in package op; here is what a user chooses: the target, the reduction, logits or
// probabilities.

// lossOf gives the loss of outputs, which the model passes on, and of a target.
func lossOf(t *testing.T, loss graph.Loss, mode graph.Mode, outputs, target *tensor.Dense) float64 {
	t.Helper()
	p := build(t, graph.Config{
		Model: graph.Sequential{}, Params: graph.NewParams(tensor.Float64, 1), Input: outputs.Shape().Clone(), Loss: loss, Mode: mode,
	})
	run(t, p, outputs, target)
	return p.LossValue()
}

// rows makes a float64 matrix, or fails the test.
func rows(t *testing.T, data [][]float64) *tensor.Dense {
	t.Helper()
	x, err := tensors.FromSlice(tensor.Float64, data)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestLosses(t *testing.T) {
	log := math.Log
	// With these logits the probabilities are 1/6, 2/6, 3/6 and 1/3, 1/3, 1/3.
	logits := rows(t, [][]float64{{0, log(2), log(3)}, {7, 7, 7}})
	probabilities := rows(t, [][]float64{{1. / 6, 2. / 6, 3. / 6}, {1. / 3, 1. / 3, 1. / 3}})
	labels, err := tensors.Labels([]int{2, 0})
	if err != nil {
		t.Fatal(err)
	}
	oneHot := rows(t, [][]float64{{0, 0, 1}, {1, 0, 0}})
	soft := rows(t, [][]float64{{0.5, 0.5, 0}, {0, 0, 1}})
	// Sigmoid of these is 1/2 and 3/4, 1/5 and 1/2.
	binary := rows(t, [][]float64{{0, log(3)}, {-log(4), 0}})
	binaryP := rows(t, [][]float64{{1. / 2, 3. / 4}, {1. / 5, 1. / 2}})
	truth := rows(t, [][]float64{{1, 1}, {0, 0.5}})
	binaryLoss := -log(0.5) - log(0.75) - log(0.8) - log(0.5)
	x, y := rows(t, [][]float64{{1, 2}, {3, 4}}), rows(t, [][]float64{{1, 2.5}, {0, 6}}) // x-y: 0, -0.5, 3, -2
	smooth := -0.9*log(1./2) - 0.1*(log(1./6)+log(2./6)+log(3./6))/3 - log(1./3)

	cases := map[string]struct {
		loss           graph.Loss
		output, target *tensor.Dense
		want           float64
	}{
		"cross-entropy":         {graph.CrossEntropy{}, logits, labels, (log(2) + log(3)) / 2},
		"summed":                {graph.CrossEntropy{Sum: true}, logits, labels, log(2) + log(3)},
		"one-hot":               {graph.CrossEntropy{OneHot: true}, logits, oneHot, (log(2) + log(3)) / 2},
		"distributions":         {graph.CrossEntropy{OneHot: true}, logits, soft, ((log(6)+log(3))/2 + log(3)) / 2},
		"smoothed":              {graph.CrossEntropy{Smoothing: 0.1, Sum: true}, logits, labels, smooth},
		"probabilities":         {graph.CrossEntropy{Probabilities: true}, probabilities, labels, (log(2) + log(3)) / 2},
		"one-hot probabilities": {graph.CrossEntropy{Probabilities: true, OneHot: true, Sum: true}, probabilities, oneHot, log(2) + log(3)},
		"bce":                   {graph.BCE{}, binary, truth, binaryLoss / 4},
		"bce summed":            {graph.BCE{Sum: true}, binary, truth, binaryLoss},
		"bce of probabilities":  {graph.BCE{Probabilities: true}, binaryP, truth, binaryLoss / 4},
		"mse":                   {graph.MSE{}, x, y, (0.25 + 9 + 4) / 4},
		"mse summed":            {graph.MSE{Sum: true}, x, y, 0.25 + 9 + 4},
		"mae":                   {graph.MAE{}, x, y, (0.5 + 3 + 2) / 4},
		"mae summed":            {graph.MAE{Sum: true}, x, y, 0.5 + 3 + 2},
		"huber":                 {graph.Huber{}, x, y, (0.125 + 2.5 + 1.5) / 4},
		"huber of delta 2":      {graph.Huber{Delta: 2, Sum: true}, x, y, 0.125 + 2*(3-1) + 2},
	}
	for name, c := range cases {
		for _, mode := range []graph.Mode{graph.Train, graph.Eval} {
			// A dozen roundings of 1e-16.
			if got := lossOf(t, c.loss, mode, c.output, c.target); math.Abs(got-c.want) > 2e-15*c.want {
				t.Errorf("%s, %v: %.17g, want %.17g", name, mode, got, c.want)
			}
		}
	}
}

func TestTargets(t *testing.T) {
	output := tensor.Shape{5, 3}
	for _, c := range []struct {
		loss  graph.Loss
		shape tensor.Shape
		dtype tensor.Dtype
	}{
		{graph.CrossEntropy{}, tensor.Shape{5}, tensor.Int},
		{graph.CrossEntropy{Probabilities: true}, tensor.Shape{5}, tensor.Int},
		{graph.CrossEntropy{OneHot: true}, output, tensor.Float32},
		{graph.BCE{}, output, tensor.Float32},
		{graph.MSE{}, output, tensor.Float32},
		{graph.MAE{}, output, tensor.Float32},
		{graph.Huber{}, output, tensor.Float32},
	} {
		p := build(t, graph.Config{
			Model: graph.Sequential{}, Params: graph.NewParams(tensor.Float32, 1), Input: output, Loss: c.loss,
		})
		if !slices.Equal(p.Target.Shape(), c.shape) || p.Target.Dtype() != c.dtype {
			t.Errorf("%v: target of shape %v and type %v, want %v and %v", c.loss, p.Target.Shape(), p.Target.Dtype(), c.shape, c.dtype)
		}
	}
}

func TestLossNames(t *testing.T) {
	for want, loss := range map[string]graph.Loss{
		"cross-entropy":                          graph.CrossEntropy{},
		"cross-entropy, summed":                  graph.CrossEntropy{Sum: true},
		"cross-entropy of probabilities":         graph.CrossEntropy{Probabilities: true},
		"binary cross-entropy":                   graph.BCE{},
		"binary cross-entropy, summed":           graph.BCE{Sum: true},
		"squared error":                          graph.MSE{},
		"absolute error, summed":                 graph.MAE{Sum: true},
		"Huber error (delta 1)":                  graph.Huber{},
		"Huber error (delta 0.5), summed":        graph.Huber{Delta: 0.5, Sum: true},
		"cross-entropy of probabilities, summed": graph.CrossEntropy{Probabilities: true, Sum: true},
	} {
		if loss.String() != want {
			t.Errorf("%+v is called %q, want %q", loss, loss, want)
		}
	}
}

// vectorLoss passes the output on instead of making one number of it.
type vectorLoss struct{ graph.MSE }

func (vectorLoss) Apply(_ *graph.Builder, output, _ *gorgonia.Node) *gorgonia.Node { return output }
func (vectorLoss) String() string                                                  { return "vector loss" }

func TestLossErrors(t *testing.T) {
	matrix, vector, cube := tensor.Shape{5, 3}, tensor.Shape{5}, tensor.Shape{5, 3, 2}
	for name, c := range map[string]struct {
		loss   graph.Loss
		output tensor.Shape
		words  []string
	}{
		"logits of one axis":         {graph.CrossEntropy{}, vector, []string{"(5)"}},
		"weights of other classes":   {graph.CrossEntropy{Weights: []float64{1, 2, 3}}, cube, []string{"got 3 weights, want 2", "(5, 3, 2)"}},
		"smoothing of 1":             {graph.CrossEntropy{Smoothing: 1}, matrix, []string{"smoothing", "1"}},
		"smoothing of probabilities": {graph.CrossEntropy{Smoothing: 0.1, Probabilities: true}, matrix, []string{"label smoothing: got Probabilities", "want logits"}},
		"no scalar":                  {vectorLoss{}, matrix, []string{"vector loss", "scalar"}},
		"negative delta":             {graph.Huber{Delta: -1}, matrix, []string{"delta", "-1"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(graph.Config{
				Model: graph.Sequential{}, Params: graph.NewParams(tensor.Float64, 1), Input: c.output, Loss: c.loss,
			})
			wantError(t, err, append(c.words, "graph: layer loss")...)
		})
	}
}

func TestLabelsOutOfRange(t *testing.T) {
	for _, bad := range []int{-1, 3} {
		p := build(t, graph.Config{
			Model: graph.Sequential{}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3}, Loss: graph.CrossEntropy{},
		})
		labels, err := tensors.Labels([]int{0, bad})
		if err != nil {
			t.Fatal(err)
		}
		wantError(t, p.Run(randn(t, tensor.Float64, 1, 2, 3), labels), "layer loss", "label", "3 classes")
	}
}
