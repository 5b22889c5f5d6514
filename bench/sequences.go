package bench

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/train/optim"
)

// A SequenceWorkload is a recurrent network in training on random sequences. It has a linear map from each state to 10 classes, or from
// the last state if Last is set.
type SequenceWorkload struct {
	Name  string
	Cell  op.Cell
	Input tensor.Shape // (batch, steps, features)
	Units int
	Last  bool
	Bar   float64 // the ratio to PyTorch's time that the project aims at
	// Stock is the ratio of the time of stock Gorgonia's TapeMachine, on the network drawn step by step, to ours that the project aims
	// at; 0 if that is not measured.
	Stock float64
}

// SequenceWorkloads are the networks that are measured.
var SequenceWorkloads = []SequenceWorkload{
	{Name: "LSTM", Cell: op.LSTM, Input: tensor.Shape{32, 100, 128}, Units: 128, Bar: 0.7},
	{Name: "GRU", Cell: op.GRU, Input: tensor.Shape{32, 100, 128}, Units: 128, Bar: 0.7},
	{Name: "RNN (tanh), last state", Cell: op.RNNTanh, Input: tensor.Shape{32, 100, 128}, Units: 128, Last: true, Bar: 0.7, Stock: 20},
}

// String names the workload, as "LSTM of 128, (32, 100, 128)".
func (w SequenceWorkload) String() string {
	return fmt.Sprintf("%s of %d, %v", w.Name, w.Units, w.Input)
}

// model is the network.
func (w SequenceWorkload) model() graph.Model {
	var layer graph.Layer
	switch w.Cell {
	case op.LSTM:
		layer = recurrent.LSTM{Units: w.Units, Last: w.Last}
	case op.GRU:
		layer = recurrent.GRU{Units: w.Units, Last: w.Last}
	default:
		layer = recurrent.RNN{Units: w.Units, Last: w.Last}
	}
	rows := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(gorgonia.Reshape(x, tensor.Shape{w.rows(), w.Units}))
	})
	return graph.Sequential{layer, rows, graph.Dense{Units: classes}}
}

// rows is the number of states that are classified.
func (w SequenceWorkload) rows() int {
	if w.Last {
		return w.Input[0]
	}
	return w.Input[0] * w.Input[1]
}

// batches returns random sequences with random labels.
func (w SequenceWorkload) batches() ([]Batch, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	var list []Batch
	for range batchCount {
		x, err := tensors.Randn(tensor.Float32, rng, w.Input...)
		if err != nil {
			return nil, err
		}
		labels := make([]int, w.rows())
		for i := range labels {
			labels[i] = rng.IntN(classes)
		}
		y, err := tensors.Labels(labels)
		if err != nil {
			return nil, err
		}
		list = append(list, Batch{x, y})
	}
	return list, nil
}

// sequenceRate is the learning rate.
const sequenceRate = 0.01

// NewSequences sets up a workload.
func NewSequences(w SequenceWorkload) (*Ours, error) {
	batches, err := w.batches()
	if err != nil {
		return nil, err
	}
	p, err := graph.Build(graph.Config{Model: w.model(), Params: graph.NewParams(tensor.Float32, 1), Input: w.Input, Loss: graph.CrossEntropy{}})
	if err != nil {
		return nil, err
	}
	return newOurs(p, batches, &optim.SGD{LearningRate: sequenceRate}), nil
}

// params draws the initial weights.
func (w SequenceWorkload) params() (*graph.Params, error) {
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: w.model(), Params: params, Mode: graph.Eval, Input: w.Input})
	if err != nil {
		return nil, err
	}
	return params, p.Close()
}

// Export writes the initial weights under PyTorch's names and the batches into a folder, for PyTorch: network.json describes both, and
// the other files are as those of [Workload.Export].
func (w SequenceWorkload) Export(dir string) error {
	params, err := w.params()
	if err != nil {
		return err
	}
	list, weights := listed(params, torchSequenceName)
	err = writeNetwork(dir, map[string]any{
		"Params": list, "Cell": w.Cell.String(), "Units": w.Units, "Input": w.Input, "Last": w.Last, "Classes": classes, "Rate": sequenceRate,
	})
	if err != nil {
		return err
	}
	batches, err := w.batches()
	if err != nil {
		return err
	}
	return writeAll(dir, weights, batches)
}

// torchSequenceName is PyTorch's name of a parameter.
func torchSequenceName(name string) string {
	if strings.HasPrefix(name, "dense") {
		return "out." + path.Base(name)
	}
	return "rnn." + path.Base(name)
}
