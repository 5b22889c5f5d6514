package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/enum"
	"github.com/gradflow/gradflow/internal/kernel/recurrent"
)

// A Cell is the kind of a recurrence: how a state follows from the state h before it. With x the product of the input and its
// weights, and u the product of h and the weights of the state:
type Cell int

// The cells. Those of several gates have the order and the formulas of PyTorch.
const (
	RNNTanh Cell = iota // h' = tanh(x + b_ih + u + b_hh), Elman 1990
	RNNReLU             // h' = max(0, x + b_ih + u + b_hh)
	// gates i, f, g, o, each of x + b_ih + u + b_hh; c' = σ(f)·c + σ(i)·tanh(g), h' = σ(o)·tanh(c'), Gers et al. 2000
	LSTM
	// gates r, z of x + b_ih + u + b_hh; n = tanh(x + b_ih + σ(r)·(u + b_hh)), h' = n + σ(z)·(h - n), Cho et al. 2014
	GRU
)

// String is "rnn_tanh", "rnn_relu", "lstm" or "gru".
func (c Cell) String() string { return enum.Name("cell", c, "rnn_tanh", "rnn_relu", "lstm", "gru") }

// Gates is the number of pre-activations of each unit: 1, 4 of LSTM, 3 of GRU.
func (c Cell) Gates() int { return c.kernel().Gates() }

func (c Cell) kernel() recurrent.Cell { return recurrent.Cell(c) }

// A Recurrence describes a recurrent network over a batch of sequences.
type Recurrence struct {
	Cell Cell
	// Reverse runs each sequence from its own end to its start.
	Reverse bool

	Projected             *gorgonia.Node // (batch, steps, gates·hidden): the products of the inputs and their weights
	Weight                *gorgonia.Node // (gates·hidden, hidden), of the states
	BiasInput, BiasHidden *gorgonia.Node // (gates·hidden) each; nil for none
	FirstState, FirstCell *gorgonia.Node // (batch, hidden) each; nil for zeros. The cell is that of LSTM
	// Lengths (batch) of tensor.Int are the steps of each sequence, from 1 to steps; nil means all steps. What lies after a sequence's
	// end counts for nothing: a padded batch gives the numbers of its sequences alone.
	Lengths *gorgonia.Node
}

// Recurrent computes a recurrence over all steps as one operation. The node that it gives, the record, is a vector of all that the
// recurrence has computed; [RecurrentOutputs] and [RecurrentLast] are its parts.
//
// Its pre-activations are Projected and what the states add to it. So dL/dProjected, which differentiation draws, is the gradient dz
// by the pre-activations of all steps, (batch, steps, gates·hidden), computed by backpropagation through time in one operation. The
// other gradients are products with dz: dW = dzᵀ·(states before), db = the sum of dz over batch and steps. For n of GRU, the gradients of
// Weight and BiasHidden have r·dz in place of dz. [FlowOf] tells on which ways the gradient arrives at each step.
func Recurrent(r Recurrence) (*gorgonia.Node, error) {
	s, err := r.shape()
	if err != nil {
		return nil, errors.Wrap(err, r.Cell.String())
	}
	inputs := []*gorgonia.Node{r.Projected, r.Weight}
	d := recurrence{Shape: s}
	optional := func(n *gorgonia.Node) slot {
		if n == nil {
			return 0
		}
		inputs = append(inputs, n)
		return slot(len(inputs))
	}
	d.biasInput, d.biasHidden = optional(r.BiasInput), optional(r.BiasHidden)
	d.firstState, d.firstCell, d.lengths = optional(r.FirstState), optional(r.FirstCell), optional(r.Lengths)
	return d.record(inputs).apply(inputs...)
}

// shape finds the sizes, and mistakes that the rule for shapes does not see.
func (r Recurrence) shape() (s recurrent.Shape, err error) {
	switch {
	case r.Cell < RNNTanh || r.Cell > GRU:
		return s, errors.Errorf("got %v, want one of the cells of package op", r.Cell)
	case r.Projected == nil || r.Weight == nil:
		return s, errors.New("got no Projected or no Weight, want both")
	case len(r.Projected.Shape()) != 3:
		return s, errors.Errorf("Projected: got shape %v, want (batch, steps, gates·hidden)", r.Projected.Shape())
	case len(r.Weight.Shape()) != 2:
		return s, errors.Errorf("Weight: got shape %v, want (gates·hidden, hidden)", r.Weight.Shape())
	case r.FirstCell != nil && r.Cell != LSTM:
		return s, errors.Errorf("got a FirstCell for %v, want it for lstm only", r.Cell)
	}
	x := r.Projected.Shape()
	return recurrent.Shape{Cell: r.Cell.kernel(), Batch: x[0], Steps: x[1], Hidden: r.Weight.Shape()[1], Reverse: r.Reverse}, nil
}

// A recurrence is a Recurrence without its nodes: the sizes, and the places of the inputs of the record.
type recurrence struct {
	recurrent.Shape
	biasInput, biasHidden, firstState, firstCell, lengths slot
}

// String tells all attributes.
func (d recurrence) String() string {
	return fmt.Sprintf("%v(%d, %d, %d, reverse=%v, inputs=%d %d %d %d %d)", Cell(d.Cell), d.Batch, d.Steps, d.Hidden, d.Reverse,
		d.biasInput, d.biasHidden, d.firstState, d.firstCell, d.lengths)
}

func (d recurrence) spec(kind Kind, name string) Spec {
	s := Spec{Kind: kind, Cell: Cell(d.Cell), Reverse: d.Reverse, Name: name}
	if kind != KindRecurrent {
		return s
	}
	names := []string{"input bias", "hidden bias", "first state", "first cell", "lengths"}
	for i, at := range []slot{d.biasInput, d.biasHidden, d.firstState, d.firstCell, d.lengths} {
		if at > 0 { // in the order of the inputs
			s.Operands = append(s.Operands, names[i])
		}
	}
	return s
}

// record is the op of the whole recurrence.
func (d recurrence) record(inputs []*gorgonia.Node) *Op {
	types := make([]hm.Type, 0, len(inputs)+1)
	for i, n := range inputs {
		if slot(i+1) == d.lengths {
			types = append(types, labelsOf(1))
			continue
		}
		types = append(types, tensorOf(dimsOf(n)))
	}
	return &Op{
		name:   d.String(),
		spec:   d.spec(KindRecurrent, ""),
		types:  append(types, tensorOf(1)),
		shape:  d.check,
		kernel: kernels{recurrentForward[float32](d), recurrentForward[float64](d)},
		work:   func([]tensor.Shape) int { return d.Batch * d.Steps * d.Cell.Gates() * d.Hidden * d.Hidden },

		recurrence: &d,
	}
}

// check is the rule for shapes of the record.
func (d recurrence) check(in []tensor.Shape) (tensor.Shape, error) {
	width := d.Cell.Gates() * d.Hidden
	sample := tensor.Shape{d.Batch, d.Hidden}
	for _, c := range []struct {
		name string
		at   slot
		want tensor.Shape
	}{
		{"Weight", 2, tensor.Shape{width, d.Hidden}},
		{"Projected", 1, tensor.Shape{d.Batch, d.Steps, width}},
		{"BiasInput", d.biasInput, tensor.Shape{width}}, {"BiasHidden", d.biasHidden, tensor.Shape{width}},
		{"FirstState", d.firstState, sample}, {"FirstCell", d.firstCell, sample}, {"Lengths", d.lengths, tensor.Shape{d.Batch}},
	} {
		if c.at > 0 && !slices.Equal(in[c.at-1], c.want) {
			return nil, errors.Errorf("%s: got shape %v, want %v for %d sequences of %d steps and %d units",
				c.name, in[c.at-1], c.want, d.Batch, d.Steps, d.Hidden)
		}
	}
	return tensor.Shape{d.Record().Size}, nil
}

// recurrentForward writes the record.
func recurrentForward[T Float](d recurrence) func(*call[T]) error {
	return func(c *call[T]) error {
		if err := checkLengths(c.labels, d.Steps); err != nil {
			return err
		}
		recurrent.Forward(c.flushed, d.Shape, recurrent.Inputs[T]{
			Projected: c.in[0], Weight: c.in[1], BiasInput: input(c, d.biasInput), BiasHidden: input(c, d.biasHidden),
			FirstState: input(c, d.firstState), FirstCell: input(c, d.firstCell), Lengths: c.labels,
		}, c.out, kept[recurrent.Workspace[T]](c))
		return nil
	}
}

// input gives the numbers of an input, or nil if there is none.
func input[T Float](c *call[T], s slot) []T {
	if s == 0 {
		return nil
	}
	return c.in[s-1]
}

// checkLengths returns an error for a sequence that has no step, or more than there are.
func checkLengths(lengths []int, steps int) error {
	for i, n := range lengths {
		if n < 1 || n > steps {
			return errors.Errorf("length of sequence %d: got %d, want 1 to %d", i, n, steps)
		}
	}
	return nil
}
