package recurrent_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// A drawer is RNN, LSTM or GRU.
type drawer interface {
	graph.Layer
	Draw(b *graph.Builder, x *gorgonia.Node, first recurrent.State) (y *gorgonia.Node, last recurrent.State)
}

// A config is what the tests vary.
type config struct {
	units, layers                          int
	both, residual, last, noBias, unrolled bool
	lengths                                string
	dropout, forget                        float64
}

// of makes the layer of a cell, by PyTorch's name of it.
func (c config) of(cell string) drawer {
	l := recurrent.LSTM{
		Units: c.units, Layers: c.layers, Bidirectional: c.both, Residual: c.residual, Dropout: c.dropout, Last: c.last,
		Lengths: c.lengths, NoBias: c.noBias, ForgetBias: c.forget, Unrolled: c.unrolled,
	}
	g := recurrent.GRU{
		Units: c.units, Layers: c.layers, Bidirectional: c.both, Residual: c.residual, Dropout: c.dropout, Last: c.last,
		Lengths: c.lengths, NoBias: c.noBias, Unrolled: c.unrolled,
	}
	switch cell {
	case "lstm":
		return l
	case "gru":
		return g
	}
	return recurrent.RNN{
		Units: c.units, ReLU: cell == "rnn_relu", Layers: c.layers, Bidirectional: c.both, Residual: c.residual, Dropout: c.dropout,
		Last: c.last, Lengths: c.lengths, NoBias: c.noBias, Unrolled: c.unrolled,
	}
}

var cells = []string{"rnn_tanh", "rnn_relu", "lstm", "gru"}

// weightedSum is the loss sum(output·target), whose gradient by the output is the target.
type weightedSum struct{ graph.MSE }

func (weightedSum) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}

func fromSlice(t *testing.T, dt tensor.Dtype, x goldens.Tensor) *tensor.Dense {
	t.Helper()
	value, err := tensors.FromSlice(dt, x.Data, x.Shape...)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func labels(t *testing.T, list []int) *tensor.Dense {
	t.Helper()
	value, err := tensors.Labels(list)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func numbers(t *testing.T, v gorgonia.Value) []float64 {
	t.Helper()
	return goldens.Floats(t, v.Data())
}
