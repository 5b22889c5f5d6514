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

// Options say how to check. The zero value will do for most networks.
type Options struct {
	// Loss is what the network is trained on; nil infers it from the targets, as [LossFor] does.
	Loss graph.Loss
	// Losses are several losses, in place of Loss, or one of another output or target, as in a train.Trainer.
	Losses []graph.Objective
	// Optimizer makes the steps. It is not used itself, only its configuration is; nil means &optim.Adam{}.
	Optimizer optim.Optimizer
	Batch     int    // samples in a batch; 0 means 64, or all if there are fewer
	Steps     int    // of training; 0 means 10
	Seed      uint64 // of the parameters and of the order of the samples
	// Context stops the training and the trials when it is done; nil means that nothing does.
	Context context.Context
	// Recorder records the steps; nil means one that records details in every step.
	Recorder *vanishing.Recorder
	// Callbacks follow the training, after the recorder.
	Callbacks []train.Callback
	// NoRemedies leaves out trying remedies on a sick network, which takes about as long as ten checks.
	NoRemedies bool
	// Language is that of the diagnosis.
	Language vanishing.Language
}

// LossFor infers the loss from a dataset's targets, for a network that gives logits or values: the softmax cross-entropy for
// class indices and for one-hot rows, the binary cross-entropy for a single column, or columns, of zeros and ones, and the
// squared error for all else.
func LossFor(ds *data.Dataset) (graph.Loss, error) {
	if ds == nil || ds.Y == nil {
		return nil, errors.New("vanishtest: the dataset has no targets")
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
