package train

import (
	"context"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
)

// step computes the gradient of one batch and moves the parameters against it.
func (f *fit) step(ctx context.Context, batch data.Batch, t *tally) error {
	f.whole = false
	r := &f.run
	r.Program, r.Clip, r.Unclipped, r.Uneven = f.programs[batch.Len()], 1, nil, false
	if err := guard(f.setRate); err != nil {
		return errors.Wrapf(err, "train: schedule %T, step %d", f.Schedule, r.Step)
	}
	if err := f.call("BeforeStep", Callback.BeforeStep); err != nil {
		return err
	}
	n := f.counted(batch)
	if f.exchange != nil && f.waiting.n == 0 {
		f.exchange.overlap(r.Program)
	}
	if err := r.Program.RunNamed(batch.Columns); err != nil {
		return errors.Wrapf(err, "train: step %d", r.Step)
	}
	r.Batches = f.waiting.n + 1
	t.add(r.Program, n)
	r.BatchWeight = f.waiting.weightOf(r.Program, n)
	loss, weight := f.waiting.finish(r.Program, r.BatchWeight)
	if f.exchange != nil {
		var err error
		if loss, err = f.exchange.sum(r.Program, weight, loss); err != nil {
			return errors.Wrapf(err, "train: step %d", r.Step)
		}
		r.Exchange = f.exchange.times
		r.RankWeights, r.RankNorms = f.exchange.ofRanks()
		weight = sumOf(r.RankWeights)
	}
	r.BatchLoss, r.Weightless = loss, weight == 0
	r.History.addLoss(r.Step, r.BatchLoss)
	if err := f.call("BeforeUpdate", Callback.BeforeUpdate); err != nil {
		return err
	}
	if err := f.update(); err != nil {
		return err
	}
	err := f.agreeOn(ctx, f.call("AfterStep", Callback.AfterStep))
	if err == nil || errors.Is(err, ErrStop) || agreed(err) {
		f.reached(r.Step+1, r.Epoch, nil)
	}
	if err == nil || agreed(err) {
		r.Step++
	}
	return err
}

// update moves the parameters, unless no sample of the step has a weight.
func (f *fit) update() error {
	if f.run.Weightless {
		return nil
	}
	f.collect()
	if err := guard(func() error { return f.Optimizer.Step(f.params, f.grads, f.run.LearningRate) }); err != nil {
		return errors.Wrapf(err, "train: step %d", f.run.Step)
	}
	f.count()
	f.average()
	return nil
}

// setRate lets the schedule set the learning rate of the step.
func (f *fit) setRate() error {
	if f.Schedule != nil {
		f.run.LearningRate = f.Optimizer.Rate() * f.Schedule.At(f.run.Step, f.run.Steps)
	}
	return nil
}

// collect lists the program's parameters with their gradients.
func (f *fit) collect() {
	f.params, f.grads = f.params[:0], f.grads[:0]
	for _, w := range f.run.Program.Weights {
		f.params, f.grads = append(f.params, w.Param), append(f.grads, gradientOf(w))
	}
}

// count adds an update to the parameters that have a gradient.
func (f *fit) count() {
	for i, p := range f.params {
		if f.grads[i] != nil {
			p.Updates++
		}
	}
}
