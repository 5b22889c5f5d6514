package rnn

import (
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/internal/enum"
)

// A Cell is what a layer computes at each step.
type Cell int

// The cells. The zero value is LSTM.
const (
	LSTM Cell = iota
	GRU
	Tanh // the plain recurrent network with tanh (Elman 1990)
	ReLU // and with max(0, ·) (Le et al. 2015)
)

var cellNames = []string{"lstm", "gru", "rnn", "rnn-relu"}

// String is "lstm", "gru", "rnn" or "rnn-relu".
func (c Cell) String() string { return enum.Name("cell", c, cellNames...) }

// ParseCell finds a cell by its name.
func ParseCell(name string) (Cell, error) {
	for c := LSTM; c <= ReLU; c++ {
		if c.String() == strings.ToLower(name) {
			return c, nil
		}
	}
	return LSTM, errors.Errorf("rnn: unknown cell: got %q, want one of %s", name, strings.Join(cellNames, ", "))
}

// A Config describes recurrent layers. Units is needed; the zero value of every other field is a default.
type Config struct {
	Cell   Cell // the zero value is LSTM
	Units  int  // of each layer and direction
	Layers int  // 0 means 1

	Residual bool    // each layer but the first adds its input to its output
	Dropout  float64 // of the inputs of each layer but the first
	Lengths  string  // input of int, (batch), with the lengths of padded sequences; "" means that none is padded

	// ForgetBias is the first bias of LSTM's forget gates: 1 keeps the cell for long (Jozefowicz et al. 2015). 0 means PyTorch's.
	ForgetBias float64
	// Init and StateInit draw the weights of inputs and states; nil means PyTorch's. initializer.Orthogonal{} suits the states of plain
	// networks (Le et al. 2015 begin with the identity).
	Init, StateInit initializer.Initializer
}

// Validate says what is wrong with the configuration, if anything.
func (c Config) Validate() error {
	switch {
	case c.Cell < LSTM || c.Cell > ReLU:
		return errors.Errorf("rnn: Cell: got %v, want LSTM, GRU, Tanh or ReLU", c.Cell)
	case c.Units <= 0:
		return errors.Errorf("rnn: Units: got %d, want a positive width", c.Units)
	case c.Layers < 0:
		return errors.Errorf("rnn: Layers: got %d, want at least 1, or 0 for 1", c.Layers)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return errors.Errorf("rnn: Dropout: got %g, want a probability in [0, 1)", c.Dropout)
	case c.ForgetBias != 0 && c.Cell != LSTM:
		return errors.Errorf("rnn: ForgetBias: got %g for %v, want 0: only LSTM has forget gates", c.ForgetBias, c.Cell)
	}
	return nil
}

// layer is the recurrent layers.
func (c Config) layer(bidirectional, last bool) graph.Layer {
	switch c.Cell {
	case GRU:
		return recurrent.GRU{
			Units: c.Units, Layers: c.Layers, Bidirectional: bidirectional, Residual: c.Residual, Dropout: c.Dropout, Last: last,
			Lengths: c.Lengths, Init: c.Init, StateInit: c.StateInit,
		}
	case Tanh, ReLU:
		return recurrent.RNN{
			Units: c.Units, Layers: c.Layers, Bidirectional: bidirectional, Residual: c.Residual, Dropout: c.Dropout, Last: last,
			Lengths: c.Lengths, Init: c.Init, StateInit: c.StateInit, ReLU: c.Cell == ReLU,
		}
	}
	return recurrent.LSTM{
		Units: c.Units, Layers: c.Layers, Bidirectional: bidirectional, Residual: c.Residual, Dropout: c.Dropout, Last: last,
		Lengths: c.Lengths, Init: c.Init, StateInit: c.StateInit, ForgetBias: c.ForgetBias,
	}
}

// size is the number of parameters of the layers for inputs of a width, in so many directions.
func (c Config) size(input, directions int) (size int) {
	gates := map[Cell]int{LSTM: 4, GRU: 3, Tanh: 1, ReLU: 1}[c.Cell]
	for range max(1, c.Layers) {
		size += directions * gates * c.Units * (input + c.Units + 2)
		input = directions * c.Units
	}
	return size
}

// embedding is that of tokens, N(0, 1) as in PyTorch.
func embedding(vocabulary, width int) attention.Embedding {
	return attention.Embedding{Rows: vocabulary, Width: width}
}
