package structure_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// recurrence draws a recurrence of one operation over x (batch, steps, in), with names of PyTorch.
func (s *sketch) recurrence(x *gorgonia.Node, cell op.Cell, name string, units int) (z, y *gorgonia.Node) {
	shape, width := x.Shape(), cell.Gates()*units
	rows := must(gorgonia.Reshape(x, []int{shape[0] * shape[1], shape[2]}))
	z = must(op.MatMul(rows, s.weight(name+"/weight_ih_l0", width, shape[2]), false, true))
	z = must(gorgonia.Reshape(z, []int{shape[0], shape[1], width}))
	record := must(op.Recurrent(op.Recurrence{
		Cell: cell, Projected: z, Weight: s.weight(name+"/weight_hh_l0", width, units),
		BiasInput: s.weight(name+"/bias_ih_l0", width), BiasHidden: s.weight(name+"/bias_hh_l0", width),
	}))
	return z, must(op.RecurrentOutputs(record))
}

// A recurrence of one operation is one layer of two maps over all steps. Nothing of it is unreached.
func TestFusedRecurrence(t *testing.T) {
	for _, cell := range []op.Cell{op.RNNTanh, op.RNNReLU, op.LSTM, op.GRU} {
		s := newSketch()
		z, y := s.recurrence(s.input("x", 4, 7, 3), cell, "rnn", 5)
		net := s.find(t, s.mul(must(gorgonia.Reshape(y, []int{28, 5})), "out", 2))
		if len(net.Unreached()) > 0 || len(net.Layers) != 2 || len(net.Sequences) != 1 {
			t.Fatalf("%v: found\n%v", cell, net)
		}
		l, seq := net.Layers[0], net.Sequences[0]
		if l.Pre != z || l.Path != "rnn/l0" || l.Depth != 1 || net.Layers[1].Depth != 2 || len(l.Maps) != 2 || l.In() != 3 || l.Maps[1].In != 5 {
			t.Errorf("%v: found\n%v", cell, net)
		}
		if !seq.Recurrent || seq.Fused != 7 || seq.Cell != cell || !slices.Equal(seq.Layers, []int{0}) {
			t.Errorf("%v: found the sequence %+v", cell, seq)
		}
		if isRNN := cell == op.RNNTanh || cell == op.RNNReLU; (l.Act == y) != isRNN || len(l.Bias) != 2 {
			t.Errorf("%v: the activation is %v, the biases are %v", cell, l.Act, l.Bias)
		}
	}
}

// A residual connection around a stacked recurrence is a block; its two layers have the depths 1 and 2.
func TestFusedRecurrenceInABlock(t *testing.T) {
	s := newSketch()
	_, first := s.recurrence(s.input("x", 4, 7, 3), op.LSTM, "first", 5)
	_, second := s.recurrence(first, op.GRU, "second", 5)
	sum := must(op.Add(first, second))
	net := s.find(t, s.mul(must(gorgonia.Reshape(sum, []int{28, 5})), "out", 2))
	golden(t, "rnn-fused", net)
	if len(net.Blocks) != 1 || net.Blocks[0].Kind != structure.Identity || net.Blocks[0].Input != first || depths(net) != "first/l0 1\nsecond/l0 2\nout 3\n" {
		t.Errorf("found\n%v%s", net, depths(net))
	}
}
