package recurrent

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
)

// steps are the states of a recurrence that is drawn step by step, in the order of time.
type steps struct {
	states []*gorgonia.Node
	ends   [2]*gorgonia.Node // the last state and the last cell
}

// A cellDrawing draws one step of a cell after the other with ordinary operations, in the arithmetic of op.Recurrent.
type cellDrawing struct {
	*graph.Builder
	op.Recurrence
	units int
	bias  *gorgonia.Node // added to the state's products; nil if there is none
}

// unroll draws all steps.
func unroll(b *graph.Builder, r op.Recurrence) *steps {
	shape := r.Projected.Shape()
	c := cellDrawing{Builder: b, Recurrence: r, units: r.Weight.Shape()[1]}
	c.bias = c.joinBiases()
	s := &steps{states: make([]*gorgonia.Node, shape[1])}
	h, cell := r.FirstState, r.FirstCell
	if h == nil {
		h = c.zeros()
	}
	if cell == nil && r.Cell == op.LSTM {
		cell = c.zeros()
	}
	for i := range s.states {
		t := i
		if r.Reverse {
			t = shape[1] - 1 - i
		}
		h, cell = c.step(c.at(r.Projected, t), h, cell)
		s.states[t] = h
	}
	s.ends = [2]*gorgonia.Node{h, cell}
	return s
}

// at is step t of (batch, steps, width).
func (c cellDrawing) at(x *gorgonia.Node, t int) *gorgonia.Node {
	shape := x.Shape()
	return c.Check(gorgonia.Reshape(c.Check(gorgonia.Slice(x, nil, gorgonia.S(t, t+1))), []int{shape[0], shape[2]}))
}

// gate is the part of one gate of (batch, gates·units), or of a bias.
func (c cellDrawing) gate(x *gorgonia.Node, i int) *gorgonia.Node {
	at := gorgonia.S(i*c.units, (i+1)*c.units)
	if x.Dims() == 1 {
		return c.Check(gorgonia.Slice(x, at))
	}
	return c.Check(gorgonia.Slice(x, nil, at))
}

func (c cellDrawing) add(x, y *gorgonia.Node) *gorgonia.Node { return c.Check(op.Add(x, y)) }
func (c cellDrawing) mul(x, y *gorgonia.Node) *gorgonia.Node { return c.Check(op.Mul(x, y)) }

func (c cellDrawing) activate(a op.Activation, x *gorgonia.Node) *gorgonia.Node {
	return c.Check(op.Activate(a, 0, x))
}

// joinBiases is the sum of both biases, where that of the input is not kept apart, as in n of GRU.
func (c cellDrawing) joinBiases() *gorgonia.Node {
	if c.BiasInput == nil {
		return nil
	}
	if c.Cell != op.GRU {
		return c.add(c.BiasInput, c.BiasHidden)
	}
	parts := make([]*gorgonia.Node, 3)
	for i := range parts {
		if parts[i] = c.gate(c.BiasHidden, i); i < 2 {
			parts[i] = c.add(c.gate(c.BiasInput, i), parts[i])
		}
	}
	return c.Check(gorgonia.Concat(0, parts...))
}

// fromState is the state's part of the pre-activations.
func (c cellDrawing) fromState(h *gorgonia.Node) *gorgonia.Node {
	u := c.Check(op.MatMul(h, c.Weight, false, true))
	if c.bias != nil {
		u = c.Check(op.BroadcastAdd(u, c.bias))
	}
	return u
}

// zeros is a first state (batch, units).
func (c cellDrawing) zeros() *gorgonia.Node { return c.Zeros(c.Projected.Shape()[0], c.units) }

// step draws the state and the cell after a step from its input's part x (batch, gates·units).
func (c cellDrawing) step(x, h, cell *gorgonia.Node) (state, nextCell *gorgonia.Node) {
	switch u := c.fromState(h); c.Cell {
	case op.LSTM:
		return c.lstm(c.add(x, u), cell)
	case op.GRU:
		return c.gru(x, u, h), nil
	case op.RNNReLU:
		return c.activate(op.ReLU, c.add(x, u)), nil
	default:
		return c.activate(op.Tanh, c.add(x, u)), nil
	}
}

func (c cellDrawing) lstm(z, cell *gorgonia.Node) (state, nextCell *gorgonia.Node) {
	i, f := c.activate(op.Sigmoid, c.gate(z, 0)), c.activate(op.Sigmoid, c.gate(z, 1))
	g, o := c.activate(op.Tanh, c.gate(z, 2)), c.activate(op.Sigmoid, c.gate(z, 3))
	cell = c.add(c.mul(f, cell), c.mul(i, g))
	return c.mul(o, c.activate(op.Tanh, cell)), cell
}

func (c cellDrawing) gru(x, u, h *gorgonia.Node) *gorgonia.Node {
	r := c.activate(op.Sigmoid, c.add(c.gate(x, 0), c.gate(u, 0)))
	z := c.activate(op.Sigmoid, c.add(c.gate(x, 1), c.gate(u, 1)))
	n := c.gate(x, 2)
	if c.BiasInput != nil {
		n = c.Check(op.BroadcastAdd(n, c.gate(c.BiasInput, 2)))
	}
	n = c.activate(op.Tanh, c.add(n, c.mul(r, c.gate(u, 2))))
	return c.add(n, c.mul(z, c.Check(op.BroadcastSub(h, n))))
}

// outputs are all states, (batch, steps, units).
func (s *steps) outputs(b *graph.Builder) *gorgonia.Node {
	list := make([]*gorgonia.Node, len(s.states))
	for i, h := range s.states {
		shape := h.Shape()
		list[i] = b.Check(gorgonia.Reshape(h, []int{shape[0], 1, shape[1]}))
	}
	return concat(b, 1, list)
}

func (s *steps) last(which int) *gorgonia.Node { return s.ends[which] }
