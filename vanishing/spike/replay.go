package spike

import (
	"cmp"
	"context"
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/checkpoint"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Replay repeats the steps around a spike with everything recorded.
type Replay struct {
	// Trainer is set up as in the run, without Checkpoints, and with those callbacks alone that change numbers, such as a train.ClipNorm.
	Trainer    *train.Trainer
	Train, Val *data.Dataset // of the run; Val may be nil if the run had none
	// From is a checkpoint of the run; nil means its beginning. At least fifteen steps must lie between it and the beginning of the
	// spike, from which the replay learns what is usual; fifty are better.
	From  *checkpoint.Checkpoint
	Step  int // of the spike
	After int // steps to repeat after it; 0 means 5
	// Losses are losses of the run's steps, to compare with; nil compares none.
	Losses map[int]float64
}

// Run repeats the steps, and looks for the beginning of the spike.
func (r Replay) Run(ctx context.Context) (Report, error) {
	if err := r.validate(); err != nil {
		return Report{}, err
	}
	recorder := &vanishing.Recorder{Name: "replay", Details: vanishing.Every(1), Histograms: vanishing.Never, NoTheory: true, MaxRecords: r.last() - r.first() + 2}
	samples := newSampleWatch()
	fault := new(train.StopOnNaN)
	r.Trainer.Resume = r.From
	r.Trainer.Callbacks = append(r.Trainer.Callbacks, recorder, samples, &ending{after: r.last()}, fault)
	history, err := r.Trainer.Fit(ctx, r.Train, r.Val)
	if err != nil && !errors.Is(err, train.ErrNonFinite) {
		return Report{}, errors.Wrap(err, "spike: replay")
	}
	report := Report{Step: r.Step, From: r.first(), Layer: -1, Profile: recorder.Profile(), NonFinite: fault.Node}
	if last := report.last(); last < r.Step && report.NonFinite == "" {
		return Report{}, errors.Errorf("spike: Replay.Step: got %d, want a step of the run, whose last one is %d", r.Step, last)
	}
	report.Compared, report.Same = r.compare(history)
	report.begin(samples)
	return report, nil
}

// first is the step at which the replay begins.
func (r Replay) first() int {
	if r.From == nil {
		return 0
	}
	return r.From.Step
}

func (r Replay) last() int { return r.Step + cmp.Or(r.After, 5) }

func (r Replay) validate() error {
	switch {
	case r.Trainer == nil || r.Train == nil:
		return errors.New("spike: Replay: want a Trainer and Train")
	case r.Trainer.Checkpoints != nil:
		return errors.New("spike: Replay.Trainer: got one with Checkpoints, which a replay would change; want none")
	case r.first() > r.Step:
		return errors.Errorf("spike: Replay.From: got the checkpoint of step %d, want one of at most step %d, the spike's", r.first(), r.Step)
	case r.After < 0:
		return errors.Errorf("spike: Replay.After: got %d, want a positive number, or 0 for 5", r.After)
	}
	return nil
}

// compare counts the steps whose loss is known from the run, and those of them with the same loss, bit by bit.
func (r Replay) compare(h train.History) (compared, same int) {
	for step := r.first(); step <= r.last(); step++ {
		want, known := r.Losses[step]
		if !known || step%h.LossInterval != 0 || step/h.LossInterval >= len(h.Losses) {
			continue
		}
		compared++
		if math.Float64bits(h.Losses[step/h.LossInterval]) == math.Float64bits(want) {
			same++
		}
	}
	return compared, same
}

// ending ends the replay.
type ending struct {
	train.Base
	after int
}

// AfterStep ends the run after the last step.
func (e *ending) AfterStep(r *train.Run) error {
	if r.Step >= e.after {
		return train.ErrStop
	}
	return nil
}

// A Report tells what began a spike.
type Report struct {
	Step int // of the spike
	From int // step of the checkpoint

	Began     bool     // whether the beginning was found
	Beginning int      // step in which it began
	Quantity  Quantity // what was unusual first
	Layer     int      // where, as an index in Profile.Layers; -1 for the whole network
	Times     float64  // the quantity over its usual value; NaN or infinite if it was
	Samples   []Sample // of that step's batch that stand out, the largest first
	NonFinite string   // the first node whose value was not finite, and what it was computed from; empty if all were finite

	Compared, Same int // steps whose loss in the run was known, and those of them with the same loss, bit by bit

	Profile profile.Profile // of the repeated steps
}

// begin finds the beginning.
func (r *Report) begin(samples *sampleWatch) {
	o, found := find(r.Profile, r.Step)
	if !found && r.NonFinite == "" {
		return
	}
	if !found { // the step that ended the replay has no record
		o = origin{step: samples.last, quantity: NonFinite, layer: -1, times: math.NaN()}
	}
	r.Began, r.Beginning, r.Quantity, r.Layer, r.Times = true, o.step, o.quantity, o.layer, o.times
	if o.quantity != Rate {
		r.Samples = samples.steps[o.step].outstanding()
	}
}
