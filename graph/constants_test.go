package graph

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Gorgonia takes two large constants with the same ends for one, whatever their names. Those of the builder are two.
func TestConstants(t *testing.T) {
	const side = 20
	build := func(constant func(*Builder, *tensor.Dense, string) *gorgonia.Node) (float32, error) {
		mask := func(b *Builder, at int, name string) *gorgonia.Node {
			m := make([]float32, side*side)
			m[at] = 1 // far from the ends
			return constant(b, tensor.New(tensor.WithShape(side, side), tensor.WithBacking(m)), name)
		}
		model := LayerFunc(func(b *Builder, x *gorgonia.Node) *gorgonia.Node {
			first := b.Check(op.Mul(x, mask(b, 190, "first")))
			return b.Check(op.Add(first, b.Check(op.Mul(x, mask(b, 210, "second")))))
		})
		p, err := Build(Config{Model: model, Params: NewParams(tensor.Float32, 1), Input: tensor.Shape{side, side}, Mode: Eval})
		if err != nil {
			return 0, err
		}
		defer p.Close()
		x := make([]float32, side*side)
		x[210] = 7
		if err := p.Run(tensor.New(tensor.WithShape(side, side), tensor.WithBacking(x)), nil); err != nil {
			return 0, err
		}
		return p.Output.Value().Data().([]float32)[210], nil
	}
	_, err := build(func(_ *Builder, value *tensor.Dense, name string) *gorgonia.Node {
		return gorgonia.NewConstant(value, gorgonia.WithName(name))
	})
	if err == nil || !strings.Contains(err.Error(), "want graph.Builder.Constant in place of gorgonia.NewConstant") {
		t.Errorf("Gorgonia's: got %v, want an error", err)
	}
	got, err := build(func(b *Builder, value *tensor.Dense, _ string) *gorgonia.Node { return b.Constant(value) })
	if err != nil || got != 7 {
		t.Errorf("the builder's: got %g, %v, want 7", got, err)
	}
	if _, err := build(func(b *Builder, _ *tensor.Dense, _ string) *gorgonia.Node { return b.Constant(nil) }); err == nil {
		t.Error("no tensor: got no error")
	}
}

// Losses of many classes whose weights differ in the middle only have each their own weights.
func TestWeightsOfTwoLosses(t *testing.T) {
	const classes = 20
	weights := func(heavy int) []float64 {
		w := slices.Repeat([]float64{1}, classes)
		w[heavy] = 50
		return w
	}
	loss := func(first, second int, smoothing float64) float64 {
		p, err := Build(Config{
			Model: Dense{Units: classes}, Params: NewParams(tensor.Float64, 1), Input: tensor.Shape{classes, classes}, Mode: Eval,
			Losses: []Objective{
				{Loss: CrossEntropy{Weights: weights(first), Smoothing: smoothing}},
				{Name: "second", Loss: CrossEntropy{Weights: weights(second), Smoothing: smoothing}},
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		x, y := make([]float64, classes*classes), make([]int, classes)
		for i := range classes {
			x[i*classes+i], y[i] = 1, i
		}
		err = p.Run(tensor.New(tensor.WithShape(classes, classes), tensor.WithBacking(x)), tensor.New(tensor.WithShape(classes), tensor.WithBacking(y)))
		if err != nil {
			t.Fatal(err)
		}
		return p.Loss.Value().Data().(float64)
	}
	for _, smoothing := range []float64{0, 0.1} {
		want := (loss(8, 8, smoothing) + loss(12, 12, smoothing)) / 2
		if got := loss(8, 12, smoothing); math.Abs(got-want) > 1e-12*want {
			t.Errorf("smoothing %g: got %g, want %g", smoothing, got, want)
		}
	}
}
