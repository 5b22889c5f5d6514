package vanishtest

import (
	"context"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
)

// Options configure a check. The zero value suits most networks.
type Options struct {
	// Loss is the loss to train on; nil means [LossFor] the dataset.
	Loss graph.Loss
	// Losses replace Loss by several losses, or by one of another output or target, as in a train.Trainer.
	Losses []graph.Objective
	// Optimizer is the configuration of the optimiser, which is copied without its state; nil means &optim.Adam{}.
	Optimizer optim.Optimizer
	Batch     int    // samples in a batch; 0 means 64, or all if there are fewer
	Steps     int    // of training; 0 means 10
	Seed      uint64 // of the parameters and of the order of the samples
	// Context stops the training and the trials when it is done; nil means that they run to the end.
	Context context.Context
	// Recorder records the steps; nil means one that records details in every step.
	Recorder *vanishing.Recorder
	// Callbacks follow the training, after the recorder.
	Callbacks []train.Callback
	// NoRemedies skips the remedies for a sick network, which take about as long as ten checks.
	NoRemedies bool
	// Language is the language of the diagnosis.
	Language vanishing.Language
}

// LossFor infers the loss of a network of logits or values from the targets: the softmax cross-entropy for class indices and
// one-hot rows, the binary cross-entropy for other columns of zeros and ones, and the squared error for all other targets.
func LossFor(ds *data.Dataset) (graph.Loss, error) {
	if ds == nil || ds.Y == nil {
		return nil, errors.New("vanishtest: got a dataset without targets, want one with targets")
	}
	if ds.Y.Dtype() == tensor.Int {
		return graph.CrossEntropy{}, nil
	}
	columns, binary, oneHot := 1, true, true
	if shape := ds.Y.Shape(); len(shape) > 1 {
		columns = shape[1]
	}
	sum := 0.0
	for i, v := range values(ds.Y) {
		binary = binary && (v == 0 || v == 1)
		sum += v
		if (i+1)%columns == 0 {
			oneHot, sum = oneHot && sum == 1, 0
		}
	}
	switch {
	case binary && oneHot && columns > 1:
		return graph.CrossEntropy{OneHot: true}, nil
	case binary:
		return graph.BCE{}, nil
	}
	return graph.MSE{}, nil
}

// values are the numbers of a tensor.
func values(t *tensor.Dense) []float64 {
	if t.Dtype() == tensor.Float64 {
		return t.Float64s()
	}
	list := make([]float64, 0, t.Shape().TotalSize())
	for _, v := range t.Float32s() {
		list = append(list, float64(v))
	}
	return list
}
