package attention_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

// checkGradient compares the gradient of every parameter with central differences of the loss.
//
// With a step of 1e-5 the truncation error is about 1e-10 and the rounding error about 1e-16·loss/1e-5, so that 1e-6 of the largest
// gradient in a parameter is a hundred times what is needed.
func checkGradient(t *testing.T, p *graph.Program, values map[string]*tensor.Dense) {
	t.Helper()
	run := func() float64 {
		t.Helper()
		if err := p.RunNamed(values); err != nil {
			t.Fatal(err)
		}
		return p.LossValue()
	}
	run()
	const h = 1e-5
	grads := make([][]float64, len(p.Weights))
	for i, w := range p.Weights {
		grads[i] = slices.Clone(w.Grad.Value().Data().([]float64))
	}
	for i, w := range p.Weights {
		x := w.Value.Float64s()
		scale := max(1e-6, slices.Max(grads[i]), -slices.Min(grads[i]))
		for j, keep := range x {
			x[j] = keep + h
			up := run()
			x[j] = keep - h
			down := run()
			x[j] = keep
			if want := (up - down) / (2 * h); math.Abs(grads[i][j]-want) > 1e-6*scale {
				t.Errorf("%s[%d]: gradient %g, differences give %g (largest %g)", w.Name, j, grads[i][j], want, scale)
				return
			}
		}
	}
}

// scatter moves all parameters a little, so that no branch is zero and no gain is 1.
func scatter(p *graph.Program) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, w := range p.Weights {
		for i := range w.Value.Float64s() {
			w.Value.Float64s()[i] += 0.2 * rng.NormFloat64()
		}
	}
}

// asParameter makes its input a parameter, so that the gradient of the input is checked too.
func asParameter(name string, layer func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node, shape ...int) graph.Model {
	return graph.LayerFunc(func(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
		return layer(b, b.Param(graph.Param{Name: name, Init: initializer.Normal{Std: 1}}, shape...))
	})
}

// stacks are configurations that have every field in another state than the default.
func stacks() map[string]attention.Config {
	return map[string]attention.Config{
		"pre-ln":   {Layers: 2, Heads: 2, Activation: graph.GELU},
		"post-ln":  {Layers: 1, Heads: 2, Hidden: 3, Activation: graph.Tanh, Placement: attention.PostLN, Causal: true},
		"deepnorm": {Layers: 2, Hidden: 3, Activation: graph.GELU, Placement: attention.DeepNorm},
		"rezero":   {Layers: 1, Heads: 2, Hidden: 3, Activation: graph.SiLU, Placement: attention.ReZero, NoBias: true},
		"none":     {Layers: 1, Heads: 1, Hidden: 3, Activation: graph.GELU, Placement: attention.NoResidual},
		"modern":   {Layers: 1, Heads: 2, SwiGLU: true, Norm: attention.RMS, Rotary: true, QKNorm: true, NoBias: true, Causal: true},
		"modern post": {Layers: 1, Heads: 2, SwiGLU: true, Hidden: 3, Norm: attention.RMS, Rotary: true, QKNorm: true, Placement: attention.PostLN,
			Lengths: "lengths"},
		"padded": {Layers: 1, Heads: 2, Hidden: 3, Activation: graph.GELU, Lengths: "lengths"},
	}
}

// Encoders and decoders, from a single position on, with ragged lengths where the configuration reads them.
func TestGradientOfStacks(t *testing.T) {
	const width = 4
	for name, c := range stacks() {
		for _, time := range []int{1, 3} {
			t.Run(fmt.Sprint(name, time), func(t *testing.T) {
				values := map[string]*tensor.Dense{"input": graphtest.Randn(t, tensor.Float64, 1, 1), "lengths": labels(t, time, max(1, time-1))}
				encoder := asParameter("x", attention.Encoder{Config: c}.Apply, 2, time, width)
				decoder := asParameter("memory", func(b *graph.Builder, memory *gorgonia.Node) *gorgonia.Node {
					x := b.Param(graph.Param{Name: "x", Init: initializer.Normal{Std: 1}}, 2, 2, width)
					d := attention.Decoder{Config: c, MemoryLengths: c.Lengths}
					d.Lengths = ""
					return d.Apply(b, x, memory)
				}, 2, time, width)
				for _, model := range []graph.Model{encoder, decoder} {
					p := graphtest.Build(t, graph.Config{
						Model: model, Params: graph.NewParams(tensor.Float64, 3), Loss: weightedSum{},
						Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{1}}, {Name: "lengths", Shape: tensor.Shape{2}, Dtype: tensor.Int}},
					})
					scatter(p)
					values["target"] = graphtest.Randn(t, tensor.Float64, 5, p.Output.Shape()...)
					checkGradient(t, p, values)
				}
			})
		}
	}
}

func TestGradientOfLayers(t *testing.T) {
	embedding := attention.Embedding{Rows: 5, Width: 4}
	for name, model := range map[string]graph.Model{
		"rms norm":        asParameter("x", attention.RMSNorm{Eps: 0.1}.Apply, 2, 3, 4),
		"learnt":          asParameter("x", attention.LearnedPositions{Max: 3}.Apply, 2, 3, 4),
		"learnt, shorter": asParameter("x", attention.LearnedPositions{Max: 5}.Apply, 2, 3, 4),
		"learnt, single":  asParameter("x", attention.LearnedPositions{Max: 2}.Apply, 2, 1, 4),
		"sinusoidal":      asParameter("x", attention.SinusoidalPositions{}.Apply, 2, 3, 5),
		"feed-forward":    asParameter("x", attention.FeedForward{Activation: graph.GELU}.Apply, 2, 3, 4),
		"swiglu":          asParameter("x", attention.FeedForward{SwiGLU: true}.Apply, 2, 1, 4),
		"embedding": graph.LayerFunc(func(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
			return embedding.Apply(b, b.Input("tokens"))
		}),
		"tied": graph.LayerFunc(func(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
			table := embedding.Table(b)
			return attention.Tied(b, embedding.Lookup(b, table, b.Input("tokens")), table)
		}),
	} {
		t.Run(name, func(t *testing.T) {
			p := graphtest.Build(t, graph.Config{
				Model: model, Params: graph.NewParams(tensor.Float64, 3), Loss: weightedSum{},
				Inputs: []graph.Input{{Name: "input", Shape: tensor.Shape{1}}, {Name: "tokens", Shape: tensor.Shape{2, 3}, Dtype: tensor.Int}},
			})
			scatter(p)
			checkGradient(t, p, map[string]*tensor.Dense{
				"input": graphtest.Randn(t, tensor.Float64, 1, 1), "target": graphtest.Randn(t, tensor.Float64, 5, p.Output.Shape()...),
				"tokens": tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]int{0, 4, 4, 2, 0, 4})),
			})
		})
	}
}
