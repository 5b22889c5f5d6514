package recurrent

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// A State is the states of all layers, and of LSTM the cells, (batch, units) each. They are in PyTorch's order: the first layer, with
// Bidirectional its reverse, the second layer, ... Nil means zeros.
type State struct{ Hidden, Cells []*gorgonia.Node }

// A stack is the layers of one cell.
type stack struct {
	cell op.Cell
	kind string
	LSTM
}

// apply draws all layers from zeros.
func (s stack) apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return s.draw(b, x, State{}, nil)
}

// drawAll draws all layers, and the last states.
func (s stack) drawAll(b *graph.Builder, x *gorgonia.Node, first State) (y *gorgonia.Node, last State) {
	y = s.draw(b, x, first, &last)
	return y, last
}

// draw draws all layers. It adds the last states to last, unless that is nil.
func (s stack) draw(b *graph.Builder, x *gorgonia.Node, first State, last *State) *gorgonia.Node {
	b = b.Scope(s.kind)
	if s.Layers == 0 {
		s.Layers = 1
	}
	s.check(b, x, first)
	for k := range s.Layers {
		in := x
		if k > 0 {
			in = graph.Dropout{P: s.Dropout}.Apply(b, x)
		}
		layer := s.layer(b, in, k, first)
		if last != nil {
			last.Hidden = append(last.Hidden, layer.last(b)...)
			last.Cells = append(last.Cells, layer.lastCells(b)...)
		}
		residual := s.Residual && k > 0
		if s.Last && k == s.Layers-1 && !residual {
			return concat(b, 1, layer.last(b))
		}
		y := concat(b, 2, layer.outputs(b))
		if residual {
			y = b.Check(op.Add(x, y))
		}
		x = y
	}
	if s.Last {
		return s.lastOf(b, x)
	}
	return x
}

// lastOf is what the last steps of both directions have added to x (batch, steps, directions·units).
func (s stack) lastOf(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	var lengths *gorgonia.Node
	if s.Lengths != "" {
		lengths = b.Input(s.Lengths)
	}
	if !s.Bidirectional {
		return b.Check(op.LastSteps(x, lengths))
	}
	forward := b.Check(gorgonia.Slice(x, nil, nil, gorgonia.S(0, s.Units)))
	reverse := b.Check(gorgonia.Slice(x, nil, gorgonia.S(0), gorgonia.S(s.Units, 2*s.Units)))
	return concat(b, 1, []*gorgonia.Node{b.Check(op.LastSteps(forward, lengths)), reverse})
}

// directions is 1, or 2 with Bidirectional.
func (s stack) directions() int {
	if s.Bidirectional {
		return 2
	}
	return 1
}

func (s stack) check(b *graph.Builder, x *gorgonia.Node, first State) {
	states := s.Layers * s.directions()
	switch {
	case x.Dims() != 3:
		b.Failf("got input of shape %v, want (batch, steps, features)", x.Shape())
	case s.Units <= 0:
		b.Failf("got Units %d, want a positive width", s.Units)
	case s.Layers < 0:
		b.Failf("got Layers %d, want at least 1, or 0 for 1", s.Layers)
	case first.Hidden != nil && len(first.Hidden) != states:
		b.Failf("got %d first states, want %d, one for each layer and direction", len(first.Hidden), states)
	case first.Cells != nil && (len(first.Cells) != states || s.cell != op.LSTM):
		b.Failf("got %d first cells, want %d of an LSTM, one for each layer and direction", len(first.Cells), states)
	case s.NoBias && s.ForgetBias != 0:
		b.Failf("got NoBias and ForgetBias %g, want one of them", s.ForgetBias)
	case s.Unrolled && s.Lengths != "":
		b.Failf("got Unrolled and Lengths, want one of them")
	}
}

// layer draws layer k, counted from 0.
func (s stack) layer(b *graph.Builder, x *gorgonia.Node, k int, first State) layer {
	l := make(layer, s.directions())
	for i := range l {
		d := direction{stack: s, suffix: fmt.Sprintf("_l%d", k), reverse: i == 1}
		if d.reverse {
			d.suffix += "_reverse"
		}
		at := k*len(l) + i
		if first.Hidden != nil {
			d.firstState = first.Hidden[at]
		}
		if first.Cells != nil {
			d.firstCell = first.Cells[at]
		}
		l[i] = d.draw(b, x)
	}
	return l
}

// A layer is the result of its directions.
type layer []result

func (l layer) outputs(b *graph.Builder) (list []*gorgonia.Node) {
	for _, r := range l {
		list = append(list, r.outputs(b))
	}
	return list
}

func (l layer) last(b *graph.Builder) (list []*gorgonia.Node) {
	for _, r := range l {
		list = append(list, r.last(b, 0))
	}
	return list
}

// lastCells are those of LSTM, and none otherwise.
func (l layer) lastCells(b *graph.Builder) (list []*gorgonia.Node) {
	for _, r := range l {
		if r.cell == op.LSTM {
			list = append(list, r.last(b, 1))
		}
	}
	return list
}

// concat joins nodes along an axis.
func concat(b *graph.Builder, axis int, list []*gorgonia.Node) *gorgonia.Node {
	if len(list) == 1 {
		return list[0]
	}
	return b.Check(gorgonia.Concat(axis, list...))
}
