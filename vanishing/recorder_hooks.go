package vanishing

import (
	"cmp"
	"math"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

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

// End removes the taps from the run's programs. It notes a NaN or an infinity that has ended the run, and keeps the record of that step.
func (r *Recorder) End(run *train.Run) error {
	if run.NonFinite != "" || math.IsNaN(run.BatchLoss-run.BatchLoss) {
		r.keepBroken(run)
	}
	for _, w := range r.probes {
		w.detach()
	}
	return nil
}

// keepBroken notes what ended the run, and keeps the record of a step that was left before the parameters moved.
func (r *Recorder) keepBroken(run *train.Run) {
	step := run.Step
	if !r.stepping && step > 0 { // the last one is over
		step--
	}
	r.profile.NonFinite = &profile.NonFiniteEvent{Step: step, What: cmp.Or(run.NonFinite, "loss"), Layer: -1}
	w := r.probes[run.Program]
	if w == nil || w.record == nil || run.Batches > 1 || run.Ranks > 1 {
		return
	}
	record := w.end()
	record.Step, record.Epoch, record.Loss = run.Step, run.Epoch, number(run.BatchLoss)
	record.LearningRate, record.Batch = number(run.LearningRate), run.Program.Input.Shape()[0]
	for i := range record.Params {
		if r.meter != nil { // it measures in an update
			record.Params[i].GradL2 = number(math.NaN())
		}
	}
	r.kept = r.selection.keep(r.kept, *record)
}
