package vanishtest

import (
	"cmp"
	"context"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/remedy"
)

// Check trains a network for a few steps and diagnoses its gradients. If the network is sick, Check tries remedies; their trials
// are in the diagnosis' Profile. The error is that of a network that cannot be built or run. A sick network is no error: see
// [Sick].
//
// When the Context is done, the error wraps the context's, and the profile holds the steps and the trials until then. If the steps
// were not finished, the diagnosis has only its profile.
func (o Options) Check(model graph.Model, ds *data.Dataset) (vanishing.Diagnosis, error) {
	if err := o.complete(model, ds); err != nil {
		return vanishing.Diagnosis{}, err
	}
	batch := min(cmp.Or(o.Batch, 64), ds.Len())
	steps := cmp.Or(o.Steps, 10)
	optimizer, err := optim.Fresh(o.Optimizer)
	if err != nil {
		return vanishing.Diagnosis{}, errors.Wrap(err, "vanishtest")
	}
	recorder := o.Recorder
	if recorder == nil {
		recorder = &vanishing.Recorder{Name: "the network", Details: vanishing.Every(1)}
	}
	trainer := &train.Trainer{
		Model: model, Loss: o.Loss, Losses: o.Losses, Optimizer: optimizer, Dtype: ds.FloatDtype(), Seed: o.Seed, BatchSize: batch, DropLast: true,
		Epochs: 1 + (steps-1)/(ds.Len()/batch), Callbacks: append([]train.Callback{recorder, &stop{after: steps}}, o.Callbacks...),
	}
	ctx := o.Context
	if ctx == nil {
		ctx = context.Background()
	}
	_, fitErr := trainer.Fit(ctx, ds, nil)
	profile := recorder.Profile()
	if fitErr != nil && !errors.Is(fitErr, machine.ErrNonFinite) {
		return vanishing.Diagnosis{Profile: profile}, errors.Wrap(fitErr, "vanishtest")
	}
	diagnosis := vanishing.DiagnoseRunIn(o.Language, profile, fitErr)
	if len(Sick(diagnosis)) == 0 || o.NoRemedies {
		return diagnosis, nil
	}
	first, err := ds.Slice(0, batch)
	if err != nil {
		return diagnosis, errors.Wrap(err, "vanishtest")
	}
	profile.Trials, err = remedy.Try(remedy.Config{
		Model: model, Loss: o.Loss, Losses: o.Losses, X: first.X, Y: first.Y, Columns: first.Columns, Optimizer: o.Optimizer, Seed: o.Seed, Context: ctx,
	})
	return vanishing.DiagnoseRunIn(o.Language, profile, fitErr), errors.Wrap(err, "vanishtest")
}

// Check is Options.Check with all defaults.
func Check(model graph.Model, ds *data.Dataset) (vanishing.Diagnosis, error) {
	return Options{}.Check(model, ds)
}

// complete checks the options and fills in defaults.
func (o *Options) complete(model graph.Model, ds *data.Dataset) (err error) {
	switch {
	case model == nil:
		return errors.New("vanishtest: got no model, want one")
	case ds.Len() == 0, ds.Y == nil && len(o.Losses) == 0:
		return errors.New("vanishtest: got a dataset without samples or targets, want both")
	case o.Batch < 0 || o.Steps < 0:
		return errors.Errorf("vanishtest: got Batch %d and Steps %d, want positive numbers, or 0 for the defaults", o.Batch, o.Steps)
	}
	if o.Optimizer == nil {
		o.Optimizer = &optim.Adam{}
	}
	if o.Loss == nil && len(o.Losses) == 0 {
		o.Loss, err = LossFor(ds)
	}
	return err
}

// Sick lists the findings that make a network sick: the critical ones, those of its verdict, and one for the verdict undetermined.
// It is empty for a network that is not sick.
func Sick(d vanishing.Diagnosis) []vanishing.Finding {
	var list []vanishing.Finding
	for _, f := range d.Findings {
		if f.Severity == vanishing.Critical || verdictOf[f.Rule] == d.Verdict && d.Verdict != vanishing.Undetermined {
			list = append(list, f)
		}
	}
	if d.Verdict == vanishing.Undetermined {
		list = append(list, vanishing.Finding{Rule: d.Verdict.String(), Severity: vanishing.Critical, Sentence: d.Sentence})
	}
	return list
}

// verdictOf are the verdicts of rules. A network with such a verdict is sick, even if its optimiser compensates for it.
var verdictOf = map[string]vanishing.Verdict{
	"vanishing": vanishing.Vanishing, "exploding": vanishing.Exploding, "non-finite": vanishing.NonFinite, "stuck": vanishing.Stuck,
}

// stop is a callback that ends a run after some steps.
type stop struct {
	train.Base
	after int
}

func (s *stop) AfterStep(r *train.Run) error {
	if r.Step+1 >= s.after {
		return train.ErrStop
	}
	return nil
}
