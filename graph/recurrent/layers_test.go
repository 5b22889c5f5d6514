package recurrent_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/recurrent"
)

// A program is a drawn network with values for its inputs.
type program struct {
	*graph.Program
	t      *testing.T
	values map[string]*tensor.Dense
}

// draw draws the layers of a cell over x (batch, steps, 3), with the weighted sum of their outputs as the loss.
func draw(t *testing.T, cell string, c config, dt tensor.Dtype, mode graph.Mode, batch, steps int, lengths []int) *program {
	t.Helper()
	inputs := []graph.Input{{Name: "x", Shape: tensor.Shape{batch, steps, 3}}}
	p := &program{t: t, values: map[string]*tensor.Dense{"x": graphtest.Randn(t, dt, 1, batch, steps, 3)}}
	if lengths != nil {
		c.lengths = "lengths"
		inputs = append(inputs, graph.Input{Name: "lengths", Shape: tensor.Shape{batch}, Dtype: tensor.Int})
		p.values["lengths"] = labels(t, lengths)
	}
	p.Program = graphtest.Build(t, graph.Config{Model: c.of(cell), Params: graph.NewParams(dt, 1), Inputs: inputs, Loss: weightedSum{}, Mode: mode})
	p.values["target"] = graphtest.Randn(t, dt, 2, p.Output.Shape()...)
	return p
}

func (p *program) run() {
	p.t.Helper()
	if err := p.RunNamed(p.values); err != nil {
		p.t.Fatal(err)
	}
}

// variants are the options of layers, with the sizes of the batch.
var variants = []struct {
	name         string
	config       config
	batch, steps int
	lengths      []int
}{
	{"one step", config{units: 4}, 2, 1, nil},
	{"one sequence", config{units: 3, layers: 2}, 1, 4, nil},
	{"both", config{units: 3, layers: 2, both: true}, 2, 3, nil},
	{"residual", config{units: 3, layers: 3, residual: true}, 2, 3, nil},
	{"last", config{units: 3, layers: 2, last: true, both: true}, 2, 3, nil},
	{"residual last", config{units: 3, layers: 2, both: true, last: true, residual: true}, 2, 3, nil},
	{"no bias", config{units: 3, noBias: true}, 2, 3, nil},
	{"ragged", config{units: 3, layers: 2, both: true}, 3, 4, []int{2, 4, 1}},
	{"ragged residual last", config{units: 3, layers: 2, both: true, last: true, residual: true}, 3, 4, []int{2, 4, 1}},
}

// The gradient of every parameter is the slope of the loss. The truncation error of a central difference with a step of 1e-5 is about
// 1e-10, and its rounding error 1e-16·loss/1e-5.
func TestGradientIsSlope(t *testing.T) {
	for _, cell := range cells {
		for _, v := range variants {
			t.Run(cell+" "+v.name, func(t *testing.T) {
				p := draw(t, cell, v.config, tensor.Float64, graph.Train, v.batch, v.steps, v.lengths)
				p.run()
				var grads [][]float64
				for _, w := range p.Weights {
					grads = append(grads, slices.Clone(numbers(t, w.Grad.Value())))
				}
				for i, w := range p.Weights {
					checkSlopes(t, p, w, grads[i])
				}
			})
		}
	}
}

func checkSlopes(t *testing.T, p *program, w *graph.Binding, grad []float64) {
	t.Helper()
	const h = 1e-5
	values, scale := w.Value.Float64s(), 1e-8
	for _, g := range grad {
		scale = max(scale, math.Abs(g))
	}
	at := func(i int, v float64) float64 {
		values[i] = v
		p.run()
		return p.LossValue()
	}
	for i, v := range values {
		want := (at(i, v+h) - at(i, v-h)) / (2 * h)
		values[i] = v
		if math.Abs(grad[i]-want) > 1e-6*scale {
			t.Errorf("%s[%d]: gradient %g, differences give %g (largest %g)", w.Name, i, grad[i], want, scale)
		}
	}
}

// The unrolled network gives the same outputs bit by bit. Its gradients are sums in another order: they differ by some roundings of the
// largest element.
func TestUnrolledGivesTheSame(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		for _, cell := range cells {
			for _, v := range variants {
				if v.lengths != nil {
					continue
				}
				t.Run(fmt.Sprint(dt, " ", cell, " ", v.name), func(t *testing.T) {
					v.config.units += 14 // a block and a tail
					fused := draw(t, cell, v.config, dt, graph.Train, v.batch, v.steps, nil)
					v.config.unrolled = true
					unrolled := draw(t, cell, v.config, dt, graph.Train, v.batch, v.steps, nil)
					fused.run()
					unrolled.run()
					if got, want := numbers(t, unrolled.Output.Value()), numbers(t, fused.Output.Value()); !slices.Equal(got, want) {
						t.Errorf("outputs: unrolled %v, want %v", got, want)
					}
					for i, w := range unrolled.Weights {
						checkClose(t, w.Name, dt, numbers(t, w.Grad.Value()), numbers(t, fused.Weights[i].Grad.Value()))
					}
				})
			}
		}
	}
}

func checkClose(t *testing.T, name string, dt tensor.Dtype, got, want []float64) {
	t.Helper()
	tolerance := 0x1p-48
	if dt == tensor.Float32 {
		tolerance = 0x1p-19
	}
	scale := 0.0
	for _, v := range want {
		scale = max(scale, math.Abs(v))
	}
	for i, v := range want {
		if math.Abs(got[i]-v) > tolerance*scale {
			t.Errorf("%s[%d]: the unrolled network gives %g, want %g (largest %g)", name, i, got[i], v, scale)
			return
		}
	}
}

// A step of training allocates nothing for a recurrence, and a summary and a trace know its layers.
func TestStepsAllocateNothing(t *testing.T) {
	for _, cell := range cells {
		c := config{units: 20, layers: 2, both: true}
		plain := draw(t, cell, c, tensor.Float32, graph.Train, 10, 7, nil)
		ragged := draw(t, cell, c, tensor.Float32, graph.Train, 10, 7, []int{7, 3, 1, 7, 2, 5, 7, 7, 1, 6})
		for _, p := range []*program{plain, ragged} {
			p.run()
			if allocs := testing.AllocsPerRun(5, p.run); allocs > 0 {
				t.Errorf("%s: a step allocates %v times", cell, allocs)
			}
			if net := p.Structure(); len(net.Unreached()) > 0 || net.Depth() != 2 || len(p.Layers) != 4 || !p.Layers[0].Recurrent {
				t.Errorf("%s: found\n%v", cell, net)
			}
		}
	}
}

// ForgetBias is the first sum of both biases of the forget gate, and of no other.
func TestForgetBias(t *testing.T) {
	p := draw(t, "lstm", config{units: 5, forget: 1}, tensor.Float64, graph.Train, 2, 3, nil)
	sum := make([]float64, 20)
	for _, name := range []string{"lstm1/bias_ih_l0", "lstm1/bias_hh_l0"} {
		for i, v := range p.Params.Get(name).Value.Float64s() {
			sum[i] += v
		}
	}
	for i, v := range sum {
		if isForget := i/5 == 1; (v == 1) != isForget {
			t.Errorf("bias %d of 20 begins as %g", i, v)
		}
	}
}

// Dropout acts between layers, in training only.
func TestDropoutBetweenLayers(t *testing.T) {
	outputs := func(c config, mode graph.Mode) []float64 {
		p := draw(t, "gru", c, tensor.Float64, mode, 3, 4, nil)
		p.run()
		return slices.Clone(numbers(t, p.Output.Value()))
	}
	for layers, differs := range map[int]bool{1: false, 2: true} {
		without, with := config{units: 4, layers: layers}, config{units: 4, layers: layers, dropout: 0.5}
		if !slices.Equal(outputs(without, graph.Eval), outputs(with, graph.Eval)) {
			t.Errorf("%d layers: dropout changes the evaluation", layers)
		}
		if slices.Equal(outputs(without, graph.Train), outputs(with, graph.Train)) == differs {
			t.Errorf("%d layers: dropout in training changes the outputs: want %v", layers, differs)
		}
	}
}

// Residual connections are blocks of the structure.
func TestResidualIsABlock(t *testing.T) {
	p := draw(t, "lstm", config{units: 4, layers: 3, residual: true}, tensor.Float32, graph.Train, 2, 3, nil)
	if net := p.Structure(); len(net.Blocks) != 2 || net.Depth() != 3 {
		t.Errorf("found\n%v", net)
	}
}

// Mistakes are errors that tell what was got and what is wanted.
func TestErrors(t *testing.T) {
	for want, c := range map[string]struct {
		model graph.Model
		shape tensor.Shape
	}{
		"NoBias and ForgetBias 1":       {recurrent.LSTM{Units: 2, NoBias: true, ForgetBias: 1}, tensor.Shape{2, 3, 4}},
		"want (batch, steps, features)": {recurrent.RNN{Units: 2}, tensor.Shape{2, 3}},
		"want a positive width":         {recurrent.GRU{}, tensor.Shape{2, 3, 4}},
		"got Layers -1":                 {recurrent.LSTM{Units: 2, Layers: -1}, tensor.Shape{2, 3, 4}},
		"no input \"n\"":                {recurrent.LSTM{Units: 2, Lengths: "n"}, tensor.Shape{2, 3, 4}},
		"Unrolled and Lengths":          {recurrent.LSTM{Units: 2, Lengths: "n", Unrolled: true}, tensor.Shape{2, 3, 4}},
		"got P 1":                       {recurrent.LSTM{Units: 2, Layers: 2, Dropout: 1}, tensor.Shape{2, 3, 4}},
	} {
		_, err := graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float64, 1), Input: c.shape})
		graphtest.WantError(t, err, want)
	}
}

// A wrong length is found when the program runs.
func TestWrongLengths(t *testing.T) {
	for _, length := range []int{0, 5, -1} {
		p := draw(t, "lstm", config{units: 2}, tensor.Float64, graph.Train, 2, 4, []int{4, length})
		err := p.RunNamed(p.values)
		graphtest.WantError(t, err, fmt.Sprintf("length of sequence 1: got %d, want 1 to 4", length))
	}
}
