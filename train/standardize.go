package train

import (
	"context"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
)

// standards are what standardises a model; each nil if it is not wanted.
type standards struct{ inputs, targets *graph.Standard }

// model is Model as programs draw it.
func (t *Trainer) model() graph.Model {
	if !t.StandardizeInputs && !t.StandardizeTargets {
		return t.Model
	}
	m := graph.Standardized{Model: t.Model, FeaturesLast: t.FeaturesLast}
	if t.StandardizeInputs {
		m.Inputs = orEmpty(t.standards.inputs)
	}
	if t.StandardizeTargets {
		m.Targets = orEmpty(t.standards.targets)
	}
	return m
}

func orEmpty(s *graph.Standard) *graph.Standard {
	if s == nil {
		return &graph.Standard{}
	}
	return s
}

// loss is Loss as programs draw it.
func (t *Trainer) loss() graph.Loss {
	if t.Loss != nil && t.StandardizeTargets {
		return graph.StandardizedLoss{Loss: t.Loss}
	}
	return t.Loss
}

func (t *Trainer) validateStandardize() error {
	if !t.StandardizeTargets {
		return nil
	}
	if t.Loss == nil {
		return errors.New("train: Trainer.StandardizeTargets: got Losses, want Loss: several losses have targets of different kinds " +
			"(scale them by Objective.Weight)")
	}
	if _, classifies := t.Loss.(graph.Classifier); classifies {
		return errors.Errorf("train: Trainer.StandardizeTargets: got the %v, which has classes as targets, want a loss of numbers, such "+
			"as graph.MSE{} (leave StandardizeTargets out)", t.Loss)
	}
	return nil
}

// measure finds the moments of a training set, unless the parameters have been trained, or loaded, with others. Parameters that were trained
// without moments get some.
func (t *Trainer) measure(ctx context.Context, ds *data.Dataset, stream *data.Stream) error {
	inputs, targets := t.StandardizeInputs, t.StandardizeTargets
	if t.Params.Trained() {
		hasInputs, hasTargets := t.Params.HoldsStandard()
		inputs, targets = inputs && !hasInputs, targets && !hasTargets
	}
	var s standards
	var err error
	if inputs {
		if s.inputs, err = t.standardOf(ctx, inputName, ds.X, stream); err != nil {
			return errors.Wrap(err, "train: Trainer.StandardizeInputs: X of the training set")
		}
	}
	if targets {
		if s.targets, err = t.standardOf(ctx, targetName, ds.Y, stream); err != nil {
			return errors.Wrap(err, "train: Trainer.StandardizeTargets: Y of the training set")
		}
	}
	if inputs {
		t.standards.inputs = s.inputs
	}
	if targets {
		t.standards.targets = s.targets
	}
	return errors.Wrap(t.Params.SetStandard(s.inputs, s.targets), "train: the moments of the training set")
}

// standardOf measures each feature of a column, of a dataset or of the stream: each channel, if it holds images.
func (t *Trainer) standardOf(ctx context.Context, column string, values *tensor.Dense, stream *data.Stream) (*graph.Standard, error) {
	if values == nil {
		return nil, errors.New("got none, want numbers")
	}
	if values.Dtype() != tensor.Float32 && values.Dtype() != tensor.Float64 {
		return nil, errors.Errorf("got %v, want numbers of float32 or float64", values.Dtype())
	}
	ds := &data.Dataset{X: values}
	var m data.Moments
	var err error
	switch sequences := t.FeaturesLast && values.Dims() > 2; {
	case sequences && stream != nil:
		m, err = stream.SequenceMoments(ctx, column)
	case stream != nil:
		m, err = stream.Moments(ctx, column)
	case sequences:
		m, err = ds.SequenceMoments()
	case values.Dims() > 2:
		m, err = ds.ChannelMoments()
	default:
		m, err = ds.FeatureMoments()
	}
	return &graph.Standard{Mean: m.Mean, Std: m.Std}, err
}
