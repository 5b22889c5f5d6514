package vanishing

import (
	"slices"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A Recorder is a callback that records the gradients of a network during training. The zero value records the norms of every
// step, the details of every tenth step and the histograms of every hundredth; see [Record].
//
// It reads gradients and activations through taps on the program, without copying them. An optimiser that is an
// [optim.Measurer] measures parameters and updates while it moves them, in float32. The recorder does nothing in steps that are
// not recorded. It does not affect the training: all numbers are the same, bit by bit.
//
// The default settings cost some per cent of a step; docs/performance.md has figures, with the command that measures them.
//
// The number of records is bounded, however long the run. At MaxRecords records, every other record is dropped and the sampling
// interval doubles. At most 100 records keep their histograms. The profile's Sampling describes the kept records.
//
// A step of several batches (Trainer.Accumulate) has the gradients of parameters of all together. The sizes of the layers' gradients are root mean
// squares over the batches, by their weights in the update. All else of a layer is of the first batch whose samples have weight.
//
// In a training by several processes it records on rank 0: layers and histograms from the samples of this rank, gradients of parameters from
// those of all, and the norms of each rank's own gradients.
//
// A recorder follows one run at a time. A new run begins a new profile; one that goes on from a checkpoint goes on with its profile.
type Recorder struct {
	train.Base
	Name string // name of the network in reports

	// Steps are the steps to record; nil means every step. The last planned step is always recorded.
	Steps Schedule
	// Details are the recorded steps with details; nil means at least 10 steps apart. [Never] saves the cost of watching
	// activations.
	Details Schedule
	// Histograms are the recorded steps with histograms, which include details; nil means at least 100 steps apart.
	Histograms Schedule

	// Paths are the steps in which the path-length spectrum of a residual network is computed as well, see [PathSpectrum]; nil
	// means none. A spectrum takes many times as long as a step.
	Paths Schedule

	// Sharpness are the steps in which the curvature of the loss is measured as well, see [Sharpness]; nil means none. It takes
	// tens of gradients for each layer. Steps in which the optimiser has no sizes of gradients yet are left out.
	Sharpness Schedule

	// NoTheory skips the prediction of mean-field theory. The prediction takes some hundredths of a second, once, at the first
	// step of untrained parameters.
	NoTheory bool

	// Layers is a pattern for the paths of the layers to watch, such as "block*/dense1" (see path.Match); empty means all. The
	// profile holds only these layers and their parameters.
	Layers string
	// MaxRecords bounds the number of kept records; 0 means 1000, or 200,000 divided by the number of layers if that is less,
	// but at least 50.
	MaxRecords int

	profile   profile.Profile // without the records
	kept      []profile.Record
	probes    map[*graph.Program]*probe
	selection *stepSelection
	meter     optim.Measurer // measures parameters and updates in this step; nil if the recorder does
	targets   baseline
	before    map[string]*tensor.Dense // the parameters before the update; reused

	stepping bool        // a step has begun
	due      bool        // it is recorded
	tiers    tiers       // with these
	batches  accumulated // of a step of several batches

	epochs    epochLog
	steps     int
	began     time.Time     // start of the current step
	stepTime  time.Duration // of all steps
	extraTime time.Duration // of it, for the prediction of theory, the path spectra and the sharpness
	earlier   time.Duration // of recording, before the run was resumed
}

var _ train.RankZero = (*Recorder)(nil)

// RankZero says that one rank alone records.
func (r *Recorder) RankZero() {}

// Profile returns the profile recorded so far. Later steps do not change it.
func (r *Recorder) Profile() profile.Profile {
	p := r.profile
	p.Records = r.kept[:len(r.kept):len(r.kept)]
	if r.selection != nil {
		p.Sampling = r.sampling()
	}
	p.History = slices.Clone(r.epochs.list)
	p.Baseline, p.BaselineAccuracy, p.Targets = r.targets.loss(), r.targets.accuracy(), r.targets.size()
	p.Losses = r.targets.losses()
	p.Paths = withExpectation(p.Paths, p.Theory)
	if r.steps > 0 {
		p.Cost = &profile.Cost{Run: r.stepTime.Seconds(), Recording: r.recording().Seconds(), Once: r.extraTime.Seconds()}
	}
	return p
}

// recording estimates the time of all records.
func (r *Recorder) recording() time.Duration {
	cost := r.earlier
	for _, w := range r.probes {
		cost += w.clock.total()
	}
	return cost
}

func (r *Recorder) sampling() profile.Sampling {
	return profile.Sampling{
		Norms: r.selection.norms.String(), Details: r.selection.details.String(), Histograms: r.selection.histograms.String(),
		Layers: r.Layers, Steps: r.steps, Recorded: r.selection.due, Kept: len(r.kept),
	}
}

// Begin forgets an earlier run.
func (r *Recorder) Begin(*train.Run) error {
	if r.MaxRecords < 0 || r.MaxRecords == 1 {
		return errors.Errorf("vanishing: Recorder.MaxRecords: got %d, want at least 2, or 0 for the default", r.MaxRecords)
	}
	for _, s := range []Schedule{r.Steps, r.Details, r.Histograms, r.Paths, r.Sharpness} {
		if err := checkSchedule(s); err != nil {
			return err
		}
	}
	r.profile, r.kept = profile.Profile{Name: r.Name}, nil
	r.probes, r.before = make(map[*graph.Program]*probe), make(map[string]*tensor.Dense)
	r.stepping, r.batches = false, accumulated{}
	r.selection, r.targets, r.epochs, r.steps, r.stepTime, r.extraTime, r.earlier = nil, baseline{}, epochLog{}, 0, 0, 0, 0
	return nil
}

// Compiled attaches the taps to a program.
func (r *Recorder) Compiled(run *train.Run, p *graph.Program) error {
	details := r.Details != Never || r.Histograms != Never
	w, err := newProbe(p, r.Layers, r.measurer(run) == nil, details)
	if err != nil {
		return err
	}
	if len(r.probes) == 0 {
		r.profile = w.describe(r.Name)
		r.profile.Optimizer = optimizerOf(run.Optimizer)
		r.selection = newStepSelection(r, len(w.layers))
	}
	r.probes[p] = w
	return nil
}

// measurer returns the optimiser if it can measure what it moves. It returns nil in float64, where a sum of squares may
// overflow or underflow.
func (r *Recorder) measurer(run *train.Run) optim.Measurer {
	if m, ok := run.Optimizer.(optim.Measurer); ok && run.Params.Dtype() == tensor.Float32 {
		return m
	}
	return nil
}

// BeforeStep opens a record if this step is one to record.
func (r *Recorder) BeforeStep(run *train.Run) error {
	if r.open(run); !r.due {
		return nil
	}
	if r.meter = r.measurer(run); r.meter != nil {
		r.meter.Measure(optim.MeasureGradient)
		if r.tiers.details {
			r.meter.Measure(optim.MeasureAll)
		}
	}
	return nil
}

// open opens a record for the next batch if its step is one to record. Of later batches of a step it takes the norms alone.
func (r *Recorder) open(run *train.Run) {
	w := r.probes[run.Program]
	if !r.stepping {
		r.stepping, r.began = true, time.Now()
		r.tiers, r.due = r.selection.decide(run.Step, run.Steps)
	}
	if !r.due {
		w.idle()
		return
	}
	t := r.tiers
	if r.batches.record != nil {
		t = tiers{}
	}
	w.clock.begin(t.highest())
	defer w.clock.stop(w.clock.start())
	w.begin(t)
	if run.Step == 0 && !run.Params.Trained() && !r.NoTheory && r.batches.record == nil {
		w.overlay, w.overTime = newOverlay(run.Program), newTimeOverlay(run.Program, w.sequences)
	}
}

// BeforeUpdate records the values from before the parameters move.
func (r *Recorder) BeforeUpdate(run *train.Run) error {
	w := r.probes[run.Program]
	if err := r.recordPaths(run); err != nil {
		return err
	}
	if err := r.recordSharpness(run); err != nil {
		return err
	}
	source := w
	if run.Batches > 1 {
		if r.batches.add(w, run.BatchWeight); r.batches.record != nil {
			w.record, source = r.batches.whole(), r.batches.source
		}
	}
	record := w.record
	if record == nil {
		return nil
	}
	defer w.clock.stop(w.clock.start())
	record.Step, record.Epoch, record.Loss = run.Step, run.Epoch, number(run.BatchLoss)
	w.measureGuess(record, run.Program.LossValue())
	record.Losses, r.targets.program = lossesOf(run.Program), run.Program
	record.LearningRate, record.Batch = number(run.LearningRate), source.program.Input.Shape()[0]
	record.Ranks = ranksOf(run)
	if (run.Batches > 1 || run.Ranks > 1) && r.meter == nil {
		w.remeasure(run)
	}
	r.targets.add(run.Program)
	for i, b := range w.params {
		if record.Histograms != nil {
			record.Histograms.Params[i].Value = w.histogram(b.Value)
		}
		if r.meter == nil && record.Details != nil {
			if err := r.keep(b.Param); err != nil {
				return err
			}
		}
	}
	return nil
}

// keep copies the value of a parameter, for comparison after the update.
func (r *Recorder) keep(p *graph.Param) error {
	if r.before[p.Name] == nil {
		r.before[p.Name] = p.Value.Clone().(*tensor.Dense)
		return nil
	}
	return errors.Wrapf(tensor.Copy(r.before[p.Name], p.Value), "vanishing: copy of %s", p.Name)
}

// AfterStep measures the update and closes the record.
func (r *Recorder) AfterStep(run *train.Run) error {
	r.steps++
	switch w := r.probes[run.Program]; {
	case w.record != nil && run.Weightless: // there is nothing to see
		w.idle()
	case w.record != nil:
		r.close(w, run)
	}
	r.stepTime += time.Since(r.began)
	r.stepping, r.batches = false, accumulated{norms: r.batches.norms[:0]}
	return nil
}

// close completes the open record and keeps it.
func (r *Recorder) close(w *probe, run *train.Run) {
	start := w.clock.start()
	w.record.Clip = number(run.Clip)
	if r.meter != nil {
		w.recordSums(r.meter.Sums(), run)
		r.meter.Measure(optim.MeasureNothing)
	} else {
		w.recordUpdates(r.before)
	}
	record, source := w.record, r.batches.source
	if source != nil { // which has ended it
		w.record = nil
	} else {
		record, source = w.end(), w
	}
	r.kept = r.selection.keep(r.kept, *record)
	w.clock.stop(start)
	if source.overlay != nil {
		now := time.Now()
		r.profile.Theory, r.profile.Sequences = source.predict(record), source.predictOverTime(r.profile.Sequences)
		r.extraTime += time.Since(now)
	}
}

// AfterEpoch notes the scores of the epoch.
func (r *Recorder) AfterEpoch(run *train.Run) error {
	batch := 0
	for program := range r.probes {
		batch = max(batch, program.Input.Shape()[0])
	}
	r.epochs.add(epochOf(run, batch))
	return nil
}

// End removes the taps from the run's programs.
func (r *Recorder) End(*train.Run) error {
	for _, w := range r.probes {
		w.detach()
	}
	return nil
}
