package onnx

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// fusedCell is the cell of package op that computes what a node asks for; ok is false if there is none, as with other activations,
// peepholes, or a GRU whose reset gate comes before the product.
func (c *call) fusedCell(direction int, functions []string) (cell op.Cell, ok bool) {
	if c.in[0].known() || c.arg(7) != nil {
		return 0, false
	}
	list := c.functions(direction, functions)
	switch {
	case c.node.Op == "RNN" && list[0] == op.Tanh:
		return op.RNNTanh, true
	case c.node.Op == "RNN" && list[0] == op.ReLU:
		return op.RNNReLU, true
	case c.node.Op == "LSTM" && slices.Equal(list, []op.Activation{op.Sigmoid, op.Tanh, op.Tanh}):
		return op.LSTM, true
	case c.node.Op == "GRU" && slices.Equal(list, []op.Activation{op.Sigmoid, op.Tanh}) && c.integer("linear_before_reset", 0) != 0:
		return op.GRU, true
	}
	return 0, false
}

// fused draws a direction as one operation. Its results are as those of cell.run.
func (c *call) fused(kind op.Cell, l *cell, x *value, s state, reverse bool) (outputs *value, last state) {
	steps, batch, n := x.shape[0], x.shape[1], kind.Gates()*l.units
	rows := c.reshape(c.transpose(x, []int{1, 0, 2}), []int{batch * steps, x.shape[2]})
	ours := l.ours(kind)
	r := op.Recurrence{Cell: kind, Reverse: reverse}
	weight := c.along(l.input, 1, ours, 0)
	projected := c.made(x.typ)(op.MatMul(c.lift(rows), c.lift(weight), false, false))
	r.Projected = c.lift(c.reshape(projected, []int{batch, steps, n}))
	r.Weight = c.lift(c.transpose(c.along(l.hidden, 1, ours, 0), []int{1, 0}))
	if c.arg(3) != nil {
		r.BiasInput, r.BiasHidden = c.lift(c.along(l.inputBias, 0, ours, 0)), c.lift(c.along(l.hiddenBias, 0, ours, 0))
	}
	if !isZero(s.h) {
		r.FirstState = c.lift(s.h)
	}
	if kind == op.LSTM && !isZero(s.c) {
		r.FirstCell = c.lift(s.c)
	}
	if v := c.arg(4); v != nil && v.isIntegerNode() {
		r.Lengths = v.node
	}
	record := c.Check(op.Recurrent(r))
	if c.wants(0) {
		all := c.made(x.typ)(op.RecurrentOutputs(record))
		outputs = c.reshape(c.transpose(all, []int{1, 0, 2}), []int{steps, 1, batch, l.units})
	}
	if c.wants(1) || c.wants(2) {
		last = l.lastOf(record, batch)
	}
	return outputs, last
}

// isZero reports whether all numbers are known to be zero, as the first states of most networks are.
func isZero(v *value) bool {
	return v.known() && !slices.ContainsFunc(v.numbers, func(x float64) bool { return x != 0 })
}

// wants reports whether the file names an output.
func (c *call) wants(i int) bool { return i < len(c.node.Outputs) && c.node.Outputs[i] != "" }

// ours are the places of our gates among ONNX's, unit by unit.
func (l *cell) ours(kind op.Cell) (places []int) {
	gates := cellForms[kind].gates
	for gate := range gates {
		places = append(places, span(slices.Index(gates, gate)*l.units, l.units)...)
	}
	return places
}

// lastOf is the state after the last step.
func (l *cell) lastOf(record *gorgonia.Node, batch int) state {
	all := l.made(l.input.typ)(op.RecurrentLast(record))
	part := func(i int) *value { return l.reshape(l.along(all, 0, []int{i}, 0), []int{batch, l.units}) }
	s := state{h: part(0)}
	if all.shape[0] == 2 {
		s.c = part(1)
	}
	return s
}
