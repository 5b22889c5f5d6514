package graph_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// What is true of all gradients of a smooth network at once, along a direction through all parameters and the input.

// smooth are networks without kinks. Their input is a parameter, so that it has a gradient too.
func smooth() map[string]graph.Model {
	models := map[string]graph.Model{
		"tanh":           mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh},
		"batch norm":     mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.GELU, Norm: graph.BN},
		"layer norm":     mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.SiLU, Norm: graph.LN},
		"residual":       resnet.Model{Input: 4, Widths: []int{6, 6, 5}, Output: 3, Activation: graph.Tanh},
		"pre-activation": resnet.Model{Input: 4, Blocks: 2, Width: 6, Output: 3, Activation: graph.Erf, PreActivation: true, Norm: graph.LN},
	}
	for name, model := range models {
		models[name] = graph.Sequential{param(graph.Param{Name: "x", Init: initializer.Normal{Std: 1}}, 8, 4), model}
	}
	return models
}

// A line is the program's parameters as they are, and a direction to move them all in.
type line struct {
	program *graph.Program
	x, y    *tensor.Dense
	at, v   map[string][]float64
}

func newLine(t *testing.T, p *graph.Program, y *tensor.Dense) line {
	l := line{p, randn(t, tensor.Float64, 1, 8, 4), y, make(map[string][]float64), make(map[string][]float64)}
	for i, w := range p.Weights {
		if w.Trainable() {
			l.at[w.Name] = append([]float64(nil), w.Value.Float64s()...)
			l.v[w.Name] = randn(t, tensor.Float64, uint64(20+i), w.Size()).Float64s()
		}
	}
	return l
}

// run runs the program with the parameters moved by h times the direction.
func (l line) run(t *testing.T, h float64) {
	t.Helper()
	for _, w := range l.program.Weights {
		for i, at := range l.at[w.Name] {
			w.Value.Float64s()[i] = at + h*l.v[w.Name][i]
		}
	}
	run(t, l.program, l.x, l.y)
}

// slope is <g, v>, of the gradient at the parameters as they are.
func (l line) slope(t *testing.T) float64 {
	t.Helper()
	l.run(t, 0)
	sum := 0.0
	for _, w := range l.program.Weights {
		for i, v := range l.v[w.Name] {
			sum += floats(w.Grad.Value())[i] * v
		}
	}
	return sum
}

// The backward pass is the adjoint of the derivative: for a network f with Jacobian J, <Jᵀu, v> = <u, Jv> for any u and v.
// On the left is the gradient of <u, f>, and on the right central differences of f, with a step of 1e-4 and half of it, so
// that Richardson extrapolation cancels the error of order h². The remaining error is of order h⁴, and of rounding: some 1e-15 of
// the outputs over the step, or 1e-11, for each of 24.
func TestBackwardPassIsTheAdjointOfTheDerivative(t *testing.T) {
	for name, model := range smooth() {
		p, u := kept(t, model, weightedSum{}, 8), randn(t, tensor.Float64, 3, 8, 3)
		l := newLine(t, p, u)
		along := func(h float64) float64 { // <u, f>
			l.run(t, h)
			sum := 0.0
			for i, f := range floats(p.Output.Value()) {
				sum += u.Float64s()[i] * f
			}
			return sum
		}
		difference := func(h float64) float64 { return (along(h) - along(-h)) / (2 * h) }
		const h = 1e-4
		want := (4*difference(h/2) - difference(h)) / 3
		if got := l.slope(t); math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: <Jᵀu, v> is %.12g, <u, Jv> %.12g", name, got, want)
		}
	}
}

// The loss without its linear part is quadratic: |L(θ+hv) - L(θ) - h<g, v>| falls to a quarter when h halves. A
// gradient that is wrong leaves a part that falls to a half. At steps this small the next power of h changes the factor by
// less than 0.1, and rounding by less than 0.001.
func TestTaylorRemainderFallsToAQuarter(t *testing.T) {
	for name, model := range smooth() {
		l := newLine(t, kept(t, model, graph.CrossEntropy{}, 8), classes(t, 8, 3, 3))
		slope := l.slope(t)
		start := l.program.LossValue()
		remainder := func(h float64) float64 {
			l.run(t, h)
			return math.Abs(l.program.LossValue() - start - h*slope)
		}
		const h = 0x1p-12
		if ratio := remainder(h) / remainder(h/2); math.Abs(ratio-4) > 0.1 {
			t.Errorf("%s: half the step leaves 1/%.3f, want 1/4", name, ratio)
		}
	}
}
