package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// The loss of sequences is that of their positions as samples, and so is its gradient, with and without weights of classes.
func TestCrossEntropyOfSequences(t *testing.T) {
	const batch, time, width, classes = 3, 4, 5, 3
	labels := []int{0, 2, 1, 1, 2, 2, 0, 1, 1, 0, 0, 2}
	x := randn(t, tensor.Float64, 3, batch*time, width)
	for name, loss := range map[string]graph.CrossEntropy{
		"mean": {}, "sum": {Sum: true}, "smoothed": {Smoothing: 0.1}, "weights": {Weights: []float64{1, 2, 0.5}},
		"weighted sum": {Weights: []float64{1, 2, 0.5}, Sum: true, Smoothing: 0.1},
	} {
		t.Run(name, func(t *testing.T) {
			rows := build(t, graph.Config{
				Model: graph.Dense{Units: classes}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch * time, width}, Loss: loss,
			})
			run(t, rows, x, tensor.New(tensor.WithShape(batch*time), tensor.WithBacking(labels)))
			sequences := build(t, graph.Config{
				Model: graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
					return b.Check(gorgonia.Reshape(graph.Dense{Units: classes}.Apply(b, x), tensor.Shape{batch, time, classes}))
				}),
				Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch * time, width}, Loss: loss,
			})
			run(t, sequences, x, tensor.New(tensor.WithShape(batch, time), tensor.WithBacking(labels)))
			if got, want := sequences.LossValue(), rows.LossValue(); math.Abs(got-want) > 1e-14*want {
				t.Errorf("the loss is %g, want %g", got, want)
			}
			for i, w := range rows.Weights {
				got, want := sequences.Weights[i].Grad.Value().Data().([]float64), w.Grad.Value().Data().([]float64)
				for j := range want {
					if math.Abs(got[j]-want[j]) > 1e-14*float64(len(want)) {
						t.Errorf("%s[%d]: the gradient is %g, want %g", w.Name, j, got[j], want[j])
					}
				}
			}
		})
	}
}

// Weights of sequences give the same sum as weights of their positions, where each position has the weight of its sequence.
func TestWeightedSumOfSequences(t *testing.T) {
	const batch, time, classes = 2, 3, 3
	x := randn(t, tensor.Float64, 3, batch*time, classes)
	weights := float64s(t, []float64{2, 0.5}, batch)
	each := float64s(t, []float64{2, 2, 2, 0.5, 0.5, 0.5}, batch*time)
	cube := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(gorgonia.Reshape(graph.Dense{Units: classes}.Apply(b, x), tensor.Shape{batch, time, classes}))
	})
	labels := func(shape ...int) *tensor.Dense {
		return tensor.New(tensor.WithShape(shape...), tensor.WithBacking([]int{0, 2, 1, 1, -1, 2}))
	}
	for _, l := range []graph.CrossEntropy{{Sum: true, Padded: true}, {Sum: true, Padded: true, Smoothing: 0.1}} {
		programOf := func(m graph.Model, n int) *graph.Program {
			return build(t, graph.Config{
				Model: m, Params: graph.NewParams(tensor.Float64, 1), Loss: graph.WeightedBy("weight", l),
				Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{batch * time, classes}}, {Name: "weight", Shape: tensor.Shape{n}}},
			})
		}
		rows, sequences := programOf(graph.Dense{Units: classes}, batch*time), programOf(cube, batch)
		for p, values := range map[*graph.Program]map[string]*tensor.Dense{
			rows:      {"input": x, "weight": each, "target": labels(batch * time)},
			sequences: {"input": x, "weight": weights, "target": labels(batch, time)},
		} {
			if err := p.RunNamed(values); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := sequences.LossValue(), rows.LossValue(); math.Abs(got-want) > 1e-14*want {
			t.Errorf("%v: the loss is %g, want %g", l, got, want)
		}
		for i, w := range rows.Weights {
			got, want := sequences.Weights[i].Grad.Value().Data().([]float64), w.Grad.Value().Data().([]float64)
			for j := range want {
				if math.Abs(got[j]-want[j]) > 1e-14*float64(len(want)) {
					t.Errorf("%v: %s[%d]: the gradient is %g, want %g", l, w.Name, j, got[j], want[j])
				}
			}
		}
	}
}

// One-hot rows of sequences weigh classes as labels do, but for the division by the number of positions.
func TestWeightedOneHotSequences(t *testing.T) {
	loss := graph.CrossEntropy{OneHot: true, Weights: []float64{1, 3}}
	p := build(t, graph.Config{
		Model:  graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return b.Check(op.Scale(x, 1)) }),
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 2, 2}, Loss: loss, Mode: graph.Eval,
	})
	run(t, p, cube(2, 2, 0, 0, 0, 0), cube(2, 2, 1, 0, 0, 1))
	if got, want := p.LossValue(), 4*math.Ln2/2; math.Abs(got-want) > 1e-15 {
		t.Errorf("the loss is %g, want %g", got, want)
	}
}

// The mean of padded sequences is over the positions that hold something, and their number is the weight of the batch.
func TestPaddedCrossEntropy(t *testing.T) {
	const batch, time, classes = 2, 3, 3
	x := randn(t, tensor.Float64, 3, batch*time, classes)
	model := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(gorgonia.Reshape(graph.Dense{Units: classes}.Apply(b, x), tensor.Shape{batch, time, classes}))
	})
	loss := func(l graph.CrossEntropy, labels ...int) *graph.Program {
		p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch * time, classes}, Loss: l})
		run(t, p, x, tensor.New(tensor.WithShape(batch, time), tensor.WithBacking(labels)))
		return p
	}
	padded := graph.CrossEntropy{Padded: true, Smoothing: 0.1}
	whole, part := loss(padded, 2, 0, 1, 1, 2, 0), loss(padded, 2, 0, -1, 1, -1, -1)
	if want := loss(graph.CrossEntropy{Smoothing: 0.1}, 2, 0, 1, 1, 2, 0).LossValue(); whole.LossValue() != want {
		t.Errorf("without padding: the loss is %g, want %g", whole.LossValue(), want)
	}
	if sum, weighted := part.Parts[0].SumOfWeights(); sum != 3 || !weighted {
		t.Errorf("the batch counts %g, want 3", sum)
	}
	padded.Sum = true
	if sum := loss(padded, 2, 0, -1, 1, -1, -1); math.Abs(sum.LossValue()/3-part.LossValue()) > 1e-15 {
		t.Errorf("the mean is %g, and the sum %g", part.LossValue(), sum.LossValue())
	}
	for _, l := range []graph.CrossEntropy{{Padded: true, OneHot: true}, {Padded: true, Weights: []float64{1, 1, 1}}, {Padded: true, Probabilities: true}} {
		_, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{batch * time, classes}, Loss: l})
		wantError(t, err, "CrossEntropy.Padded", "want labels and logits alone")
	}
	labels := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]int{0, -1, 1, 3}))
	wantError(t, graph.CrossEntropy{Padded: true}.CheckTarget(tensor.Shape{2, 2, 3}, labels), "sample 1: got 3")
	wantError(t, graph.CrossEntropy{}.CheckTarget(tensor.Shape{2, 2, 3}, labels), "sample 0: got -1")
}
