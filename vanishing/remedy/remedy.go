package remedy

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/train/schedule"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Config is the network and the batch to try remedies on. Model, Loss, X and Y are required. Losses may take the place of Loss,
// and Columns that of X or Y.
type Config struct {
	Model graph.Model
	Loss  graph.Loss
	X, Y  *tensor.Dense // one batch, as in a data.Batch

	Losses  []graph.Objective // several losses, as in a train.Trainer
	Columns []data.Column     // of the batch, as in a data.Dataset

	// Optimizer makes the steps of the trials, each with a copy without its state; nil means &optim.Adam{}.
	Optimizer optim.Optimizer
	// Params are the initial parameters for remedies that do not change the model; nil means new ones. A remedy that changes the
	// model or its initialisation always begins with new parameters: compare it with an untrained network.
	Params *graph.Params
	Seed   uint64 // of new parameters
	Steps  int    // updates on the batch in each trial; 0 means 10
	// Context stops the trials when it is done; nil means that they run to the end.
	Context context.Context
}

// Unchanged is the name of the trial without a remedy.
const Unchanged = "as it is"

// A candidate is one remedy.
type candidate struct {
	name, code string
	note       string // why it cannot be tried, or a remark
	model      graph.Model
	init       initializer.Initializer // redraws the weights; nil leaves them
	rate       float64                 // factor of the learning rate; 0 means 1
	clip       bool
	warm       bool // the learning rate rises from zero over the trial
	kept       bool // begins with Config.Params
}

// Try tries all remedies for the model, and the model without any, which is called [Unchanged]. The best come first:
//
//  1. those whose gradient neither vanishes nor explodes, by |Change| < diagnose.Threshold, in the order of the loss after
//     the steps;
//  2. the others, in the order of |Change|, the flattest first;
//  3. those whose gradient or loss was not a finite number, and those that could not be tried, with the reason in their Note.
//
// Try changes nothing that the Config refers to, and the same Config gives the same trials, bit by bit. When Config.Context is
// done, Try returns the finished trials and an error that wraps the context's.
func Try(c Config) ([]profile.Trial, error) {
	noSamples := c.X == nil && len(c.Columns) == 0
	noTargets := c.Y == nil && len(c.Losses) == 0
	if c.Model == nil || c.Loss == nil && len(c.Losses) == 0 || noSamples || noTargets {
		return nil, errors.New("remedy: incomplete configuration: want Model, Loss, X and Y (a model, its loss and one batch)")
	}
	if c.Steps < 0 {
		return nil, errors.Errorf("remedy: Steps: got %d, want a number of updates, or 0 for 10", c.Steps)
	}
	if c.Optimizer == nil {
		c.Optimizer = &optim.Adam{}
	}
	if c.Context == nil {
		c.Context = context.Background()
	}
	unchanged, err := c.try(candidate{name: Unchanged, model: c.Model, kept: true})
	if err != nil {
		return nil, errors.Wrap(err, "remedy: the model as it is")
	}
	traits, err := c.traits()
	if err != nil {
		return nil, errors.Wrap(err, "remedy")
	}
	trials := []profile.Trial{unchanged}
	for _, candidate := range c.candidates(traits) {
		trial := profile.Trial{Name: candidate.name, Code: candidate.code, Note: candidate.note}
		if candidate.model != nil {
			if trial, err = c.try(candidate); err != nil {
				trial = profile.Trial{Name: candidate.name, Code: candidate.code, Note: err.Error()}
			}
		}
		if c.Context.Err() != nil {
			break // the trial may be incomplete
		}
		trials = append(trials, trial)
	}
	slices.SortStableFunc(trials, order)
	return trials, errors.Wrapf(c.Context.Err(), "remedy: stopped after %d trials", len(trials))
}

// order compares trials in the order of Try.
func order(a, b profile.Trial) int {
	if byClass := cmp.Compare(class(a), class(b)); byClass != 0 || a.Outcome == nil || b.Outcome == nil {
		return byClass
	}
	if class(a) == 1 {
		return cmp.Compare(a.Outcome.After, b.Outcome.After)
	}
	return cmp.Compare(math.Abs(float64(a.Outcome.Change)), math.Abs(float64(b.Outcome.Change)))
}

// class is the number of a trial's group in the order of Try.
func class(t profile.Trial) int {
	if t.Outcome == nil {
		return 3
	}
	change, after := math.Abs(float64(t.Outcome.Change)), float64(t.Outcome.After)
	switch {
	case math.IsNaN(after), math.IsInf(after, 0):
		return 3
	case math.IsNaN(change) && len(t.Outcome.Delta) < 3: // too few layers for a change
		return 1
	case math.IsNaN(change):
		return 3
	case change < diagnose.Threshold:
		return 1
	}
	return 2
}

// try runs one trial. It takes the profile of the first step, and the loss of the batch before and after the steps.
func (c Config) try(remedy candidate) (profile.Trial, error) {
	params, err := c.params(remedy)
	if err != nil {
		return profile.Trial{}, err
	}
	optimizer, err := fresh(c.Optimizer, cmp.Or(remedy.rate, 1))
	if err != nil {
		return profile.Trial{}, err
	}
	recorder := &vanishing.Recorder{Name: remedy.name}
	trainer := &train.Trainer{
		Model: remedy.model, Loss: c.Loss, Losses: c.Losses, Params: params, Optimizer: optimizer, Seed: c.Seed,
		Epochs: c.steps() + 1, BatchSize: c.batch().Len(), NoShuffle: true, // one more step, for the loss after Steps
		Callbacks: []train.Callback{recorder},
	}
	if remedy.warm {
		trainer.Schedule = schedule.Warmup(c.steps(), schedule.Constant{})
	}
	if remedy.clip {
		trainer.Callbacks = append(trainer.Callbacks, &train.ClipNorm{})
	}
	history, err := trainer.Fit(c.Context, c.batch(), nil)
	if err != nil {
		return profile.Trial{}, err
	}
	p := recorder.Profile()
	p.Records, p.NonFinite = p.Records[:1], nil
	return measure(remedy, p, history.Losses), nil
}

// steps is the number of updates in a trial.
func (c Config) steps() int { return cmp.Or(c.Steps, 10) }

// batch is the batch that trials learn.
func (c Config) batch() *data.Dataset { return &data.Dataset{X: c.X, Y: c.Y, Columns: c.Columns} }

// inputs describes the columns of the batch that the model may read.
func (c Config) inputs() (list []graph.Input) {
	for _, column := range (&data.Dataset{X: c.X, Columns: c.Columns}).AllColumns() {
		list = append(list, graph.Input{Name: column.Name, Shape: column.Values.Shape().Clone(), Dtype: column.Values.Dtype()})
	}
	return list
}

// measure returns the trial of a remedy with its outcome.
func measure(remedy candidate, p vanishing.Profile, losses []float64) profile.Trial {
	d := vanishing.Diagnose(p)
	o := &profile.Outcome{Change: profile.Number(d.Change), Loss: profile.Number(losses[0]), After: profile.Number(losses[len(losses)-1])}
	if d.Verdict == vanishing.Vanishing && math.IsNaN(d.Change) {
		o.Change = profile.Number(math.Inf(-1)) // the gradient is lost entirely
	}
	for _, l := range p.Path() {
		o.Delta = append(o.Delta, p.Records[0].Layers[l].DeltaRMS)
	}
	o.Early, o.Late = updateRatio(p, d.First), updateRatio(p, d.Last)
	return profile.Trial{Name: remedy.name, Code: remedy.code, Note: remedy.note, Outcome: o}
}

// updateRatio is the update ratio of a layer's weight in the first record; NaN without a weight, or for a negative layer.
func updateRatio(p vanishing.Profile, layer int) profile.Number {
	weight := -1
	if layer >= 0 {
		weight = p.Weights()[layer]
	}
	return profile.Number(p.Records[0].UpdateRatio(weight))
}
