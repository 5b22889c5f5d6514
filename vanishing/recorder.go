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

// A Recorder follows the training of a network and records what its gradients do. Give a pointer to it to the Trainer as a
// callback. The zero value records the norms of every step, the details of every tenth and the histograms of every
// hundredth; see [Record] for what these are.
//
// It reads gradients and activations in passing, through taps on the program, and copies none of them; the optimiser tells
// the sizes of parameters and updates while it moves them, if it can (an [optim.Measurer], in float32). In steps that are not
// recorded it does nothing. It has no effect on the training: the same numbers come out, bit by bit.
//
// What it keeps is bounded, however long the run. When there are MaxRecords records, one of each two neighbours is dropped, and
// from then on only every second step that is due is recorded, and so on. Histograms stay in at most 100 records. The profile's
// Sampling says what was kept.
//
// A recorder follows one run at a time. A new run begins a new profile.
type Recorder struct {
	train.Base
	Name string // of the network, in reports

	// Steps are the steps to record; nil means every step. The last step planned is recorded in any case.
	Steps Schedule
	// Details are those of them with details; nil means none sooner than 10 steps after the last. [Never] saves the cost of
	// watching activations.
	Details Schedule
	// Histograms are those of them with histograms, and so with details; nil means none sooner than 100 steps after the last.
	Histograms Schedule

	// Paths are the steps in which the path-length spectrum of a residual network is taken, as [PathSpectrum] does, in
	// addition to what is recorded; nil means none. It takes many times as long as a step.
	Paths Schedule

	// NoTheory leaves out what mean-field theory expects of the network. It is computed once, at the first step of parameters
	// that have not been trained before, and takes some hundredths of a second.
	NoTheory bool

	// Layers is a pattern as in package path, such as "block*/dense1", for the paths of the layers to watch; empty means all.
	// The profile holds these layers and their parameters alone.
	Layers string
	// MaxRecords bounds the records that are kept; 0 means 1000, or fewer in a network of more than 200 layers: 200,000 layers
	// in all.
	MaxRecords int

	profile profile.Profile // without the records
	kept    []profile.Record
	probes  map[*graph.Program]*probe
	sampler *sampler
	meter   optim.Measurer // takes the sizes of parameters and updates in this step; nil: they are measured here
	targets baseline
	before  map[string]*tensor.Dense // the parameters before the update; reused

	epochs        epochLog
	steps         int
	began         time.Time     // of the current step
	running, once time.Duration // the steps; what is computed beside the records
}

var _ train.Callback = (*Recorder)(nil)

// Profile is what was recorded so far. Later steps do not change it.
func (r *Recorder) Profile() profile.Profile {
	p := r.profile
	p.Records = r.kept[:len(r.kept):len(r.kept)]
	if r.sampler != nil {
		p.Sampling = r.sampling()
	}
	p.History, p.Baseline = slices.Clone(r.epochs.list), r.targets.loss()
	p.Paths = withExpectation(p.Paths, p.Theory)
	if r.steps > 0 {
		cost := time.Duration(0)
		for _, w := range r.probes {
			cost += w.clock.total()
		}
		p.Cost = &profile.Cost{Run: r.running.Seconds(), Recording: cost.Seconds(), Once: r.once.Seconds()}
	}
	return p
}

func (r *Recorder) sampling() profile.Sampling {
	return profile.Sampling{
		Norms: r.sampler.norms.String(), Details: r.sampler.details.String(), Histograms: r.sampler.histograms.String(),
		Layers: r.Layers, Steps: r.steps, Recorded: r.sampler.due, Kept: len(r.kept),
	}
}

// Begin forgets an earlier run.
func (r *Recorder) Begin(*train.Run) error {
	if r.MaxRecords < 0 || r.MaxRecords == 1 {
		return errors.Errorf("vanishing: Recorder.MaxRecords is %d, expected at least 2, or 0 for the default", r.MaxRecords)
	}
	for _, s := range []Schedule{r.Steps, r.Details, r.Histograms, r.Paths} {
		if err := checkSchedule(s); err != nil {
			return err
		}
	}
	r.profile, r.kept = profile.Profile{Name: r.Name}, nil
	r.probes, r.before = make(map[*graph.Program]*probe), make(map[string]*tensor.Dense)
	r.sampler, r.targets, r.epochs, r.steps, r.running, r.once = nil, baseline{}, epochLog{}, 0, 0, 0
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
		r.sampler = newSampler(r, len(w.layers))
	}
	r.probes[p] = w
	return nil
}

// measurer is the optimiser, if it can take the sizes of what it moves. In float64 a sum of squares may leave the range, so
// that more care is needed.
func (r *Recorder) measurer(run *train.Run) optim.Measurer {
	if m, ok := run.Optimizer.(optim.Measurer); ok && run.Params.Dtype() == tensor.Float32 {
		return m
	}
	return nil
}

// BeforeStep opens a record if this step is one to record.
func (r *Recorder) BeforeStep(run *train.Run) error {
	r.began = time.Now()
	w := r.probes[run.Program]
	t, record := r.sampler.decide(run.Step, run.Steps)
	if !record {
		w.idle()
		return nil
	}
	w.clock.begin(t.highest())
	defer w.clock.stop(w.clock.start())
	w.begin(t)
	if run.Step == 0 && !run.Params.Trained() && !r.NoTheory {
		w.overlay = newOverlay(run.Program)
	}
	if r.meter = r.measurer(run); r.meter != nil {
		r.meter.Measure(optim.MeasureGradient)
		if t.details {
			r.meter.Measure(optim.MeasureAll)
		}
	}
	return nil
}

// BeforeUpdate notes what is known before the parameters move.
func (r *Recorder) BeforeUpdate(run *train.Run) error {
	w := r.probes[run.Program]
	if err := r.takePaths(run); err != nil {
		return err
	}
	record := w.record
	if record == nil {
		return nil
	}
	defer w.clock.stop(w.clock.start())
	record.Step, record.Epoch, record.Loss = run.Step, run.Epoch, number(run.BatchLoss)
	record.LearningRate, record.Batch = number(run.LearningRate), run.Program.Input.Shape()[0]
	if record.Details != nil {
		r.targets.see(run.Program)
	}
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

// keep copies a parameter.
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
	if w := r.probes[run.Program]; w.record != nil {
		r.close(w, run)
	}
	r.running += time.Since(r.began)
	return nil
}

// close keeps the open record.
func (r *Recorder) close(w *probe, run *train.Run) {
	start := w.clock.start()
	w.record.Clip = number(run.Clip)
	if r.meter != nil {
		w.takeSums(r.meter.Sums(), run.Unclipped)
		r.meter.Measure(optim.MeasureNothing)
	} else {
		w.takeUpdates(r.before)
	}
	record := w.end()
	r.kept = r.sampler.keep(r.kept, *record)
	w.clock.stop(start)
	if w.overlay != nil {
		now := time.Now()
		r.profile.Theory = w.expect(record)
		r.once += time.Since(now)
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

// End takes the taps off the run's programs.
func (r *Recorder) End(*train.Run) error {
	for _, w := range r.probes {
		w.detach()
	}
	return nil
}
