package recurrent

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// RNN is the plain recurrent network h' = tanh(W_ih·x + b_ih + W_hh·h + b_hh) of Elman 1990. Its fields are those of [LSTM].
type RNN struct {
	Units         int
	ReLU          bool // max(0, ...) in place of tanh
	Layers        int
	Bidirectional bool
	Residual      bool
	Dropout       float64
	Last          bool
	Lengths       string
	NoBias        bool
	Init          initializer.Initializer
	StateInit     initializer.Initializer
	Unrolled      bool
}

// LSTM is the recurrent network of Hochreiter & Schmidhuber 1997 with the forget gate of Gers et al. 2000. The state h and the cell c
// of a layer follow from the gates i, f, g, o, each of W_ih·x + b_ih + W_hh·h + b_hh:
//
//	c' = σ(f)·c + σ(i)·tanh(g),  h' = σ(o)·tanh(c')
type LSTM struct {
	Units  int // of each layer and direction; must be positive
	Layers int // each reads the states of the one before; 0 means 1
	// Bidirectional adds to each layer one that runs from the end to the start. The outputs of both are concatenated.
	Bidirectional bool
	// Residual adds to the output of each layer, but of the first, the output of the layer before.
	Residual bool
	// Dropout is the probability with which an input of each layer but the first is set to zero in training. A single layer has none.
	Dropout float64
	// Last gives the state after the last step of each sequence, (batch, units), in place of all states. In reverse the last step is
	// the first of the sequence.
	Last bool
	// Lengths names an input of the program (batch) of tensor.Int: the steps of each sequence. What follows a sequence's end counts for
	// nothing, and its states are zeros. Empty means that all sequences have all steps.
	Lengths string
	NoBias  bool
	// Init and StateInit draw the first values of W_ih and W_hh; nil means U(-a, a) with a = 1/sqrt(Units), as for the biases.
	Init, StateInit initializer.Initializer
	// ForgetBias is the first value of the forget gate's bias, b_ih + b_hh. With 1, f begins near 0.7, and the cell's memory is long
	// enough for training to begin (Jozefowicz et al. 2015). 0 means PyTorch's random biases around 0.
	ForgetBias float64
	// Unrolled draws each step with ordinary operations. The outputs are the same bit by bit, and the gradients but for rounding. It is
	// slow, and cannot have Lengths.
	Unrolled bool
}

// GRU is the recurrent network of Cho et al. 2014, with the reset gate after the product of the state, as in PyTorch: with r, z and n
// of W_ih·x + b_ih,
//
//	r, z += W_hh·h + b_hh,  n' = tanh(n + σ(r)·(W_hh·h + b_hh)),  h' = n' + σ(z)·(h - n')
//
// Its fields are those of [LSTM].
type GRU struct {
	Units         int
	Layers        int
	Bidirectional bool
	Residual      bool
	Dropout       float64
	Last          bool
	Lengths       string
	NoBias        bool
	Init          initializer.Initializer
	StateInit     initializer.Initializer
	Unrolled      bool
}

func (r RNN) stack() stack {
	cell := op.RNNTanh
	if r.ReLU {
		cell = op.RNNReLU
	}
	return stack{cell, "rnn", LSTM{
		r.Units, r.Layers, r.Bidirectional, r.Residual, r.Dropout, r.Last, r.Lengths, r.NoBias, r.Init, r.StateInit, 0, r.Unrolled,
	}}
}

func (l LSTM) stack() stack { return stack{op.LSTM, "lstm", l} }

func (g GRU) stack() stack {
	return stack{op.GRU, "gru", LSTM{
		g.Units, g.Layers, g.Bidirectional, g.Residual, g.Dropout, g.Last, g.Lengths, g.NoBias, g.Init, g.StateInit, 0, g.Unrolled,
	}}
}

// Apply draws the layers.
func (r RNN) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return r.stack().apply(b, x) }

// Apply draws the layers.
func (l LSTM) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return l.stack().apply(b, x) }

// Apply draws the layers.
func (g GRU) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node { return g.stack().apply(b, x) }

// Draw is Apply from first states, and gives the last ones too.
func (r RNN) Draw(b *graph.Builder, x *gorgonia.Node, first State) (y *gorgonia.Node, last State) {
	return r.stack().drawAll(b, x, first)
}

// Draw is Apply from first states, and gives the last ones too.
func (l LSTM) Draw(b *graph.Builder, x *gorgonia.Node, first State) (y *gorgonia.Node, last State) {
	return l.stack().drawAll(b, x, first)
}

// Draw is Apply from first states, and gives the last ones too.
func (g GRU) Draw(b *graph.Builder, x *gorgonia.Node, first State) (y *gorgonia.Node, last State) {
	return g.stack().drawAll(b, x, first)
}

// String shows the layers as in a summary.
func (r RNN) String() string { return fmt.Sprintf("RNN(%d)", r.Units) }

// String shows the layers as in a summary.
func (l LSTM) String() string { return fmt.Sprintf("LSTM(%d)", l.Units) }

// String shows the layers as in a summary.
func (g GRU) String() string { return fmt.Sprintf("GRU(%d)", g.Units) }

var (
	_ graph.Layer = RNN{}
	_ graph.Layer = LSTM{}
	_ graph.Layer = GRU{}
)
