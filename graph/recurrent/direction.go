package recurrent

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// A direction is one direction of a layer.
type direction struct {
	stack
	suffix                string // of the parameters' names
	reverse               bool
	firstState, firstCell *gorgonia.Node
}

// A result is what a direction has computed: a record of op.Recurrent, or the nodes of all steps.
type result struct {
	cell   op.Cell
	record *gorgonia.Node
	steps  *steps
}

// draw draws a direction over x (batch, steps, features).
func (d direction) draw(b *graph.Builder, x *gorgonia.Node) result {
	shape, width := x.Shape(), d.cell.Gates()*d.Units
	weight := d.weight(b, "weight_ih", d.Init, shape[2], width)
	rows := b.Check(gorgonia.Reshape(x, []int{shape[0] * shape[1], shape[2]}))
	r := op.Recurrence{Cell: d.cell, Reverse: d.reverse, FirstState: d.firstState, FirstCell: d.firstCell}
	r.Projected = b.Check(gorgonia.Reshape(b.Check(op.MatMul(rows, weight, false, true)), []int{shape[0], shape[1], width}))
	r.Weight = d.weight(b, "weight_hh", d.StateInit, d.Units, width)
	if !d.NoBias {
		r.BiasInput, r.BiasHidden = d.bias(b, "bias_ih", d.ForgetBias), d.bias(b, "bias_hh", 0)
	}
	if d.Lengths != "" {
		r.Lengths = b.Input(d.Lengths)
	}
	if d.Unrolled {
		return result{cell: d.cell, steps: unroll(b, r)}
	}
	return result{cell: d.cell, record: b.Check(op.Recurrent(r))}
}

// weight declares a weight (width, in).
func (d direction) weight(b *graph.Builder, name string, init initializer.Initializer, in, width int) *gorgonia.Node {
	if init == nil {
		init = d.uniform()
	}
	return b.Param(graph.Param{Name: name + d.suffix, Role: graph.Weight, Fan: initializer.Fan{In: in, Out: width}, Init: init}, width, in)
}

// bias declares a bias. The forget gates of LSTM begin with the given value if ForgetBias is set.
func (d direction) bias(b *graph.Builder, name string, forget float64) *gorgonia.Node {
	width := d.cell.Gates() * d.Units
	var init initializer.Initializer = d.uniform()
	if d.ForgetBias != 0 {
		init = ForgetBias{Others: init, Value: forget}
	}
	return b.Param(graph.Param{Name: name + d.suffix, Role: graph.Bias, Fan: initializer.Fan{In: d.Units, Out: width}, Init: init}, width)
}

// uniform is PyTorch's first distribution of all parameters.
func (d direction) uniform() initializer.Uniform {
	a := 1 / math.Sqrt(float64(d.Units))
	return initializer.Uniform{Low: -a, High: a}
}

// outputs are the states of all steps, (batch, steps, units).
func (r result) outputs(b *graph.Builder) *gorgonia.Node {
	if r.steps != nil {
		return r.steps.outputs(b)
	}
	return b.Check(op.RecurrentOutputs(r.record))
}

// last is the last state (0) or the last cell (1), (batch, units).
func (r result) last(b *graph.Builder, which int) *gorgonia.Node {
	if r.steps != nil {
		return r.steps.last(which)
	}
	all := b.Check(op.RecurrentLast(r.record))
	if shape := all.Shape(); shape[0] == 1 {
		return b.Check(gorgonia.Reshape(all, shape[1:]))
	}
	return b.Check(gorgonia.Slice(all, gorgonia.S(which)))
}
