package train

import (
	"context"
	stderrors "errors"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/fpu"
	"github.com/gradflow/gradflow/train/optim"
)

// Fit moves the parameters, w <- w - α·dL/dw in mini-batches, until the planned epochs are over, and scores each epoch. It
// begins at the current parameters: a second Fit goes on where the first ended, but shuffles and dropout begin anew.
// The validation set may be nil.
//
// Fit stops after the current step when ctx is done. It then returns the history so far and an error that wraps
// ctx.Err(). A loss that becomes NaN or infinite does not stop it: the history shows it.
//
// With Trainer.Checkpoints, Fit goes on from the newest checkpoint.
func (t *Trainer) Fit(ctx context.Context, train, val *data.Dataset) (History, error) {
	return t.fit(ctx, train, nil, val)
}

// fit is Fit with a training set, or with a stream and its first sample.
func (t *Trainer) fit(ctx context.Context, train *data.Dataset, stream *data.Stream, val *data.Dataset) (History, error) {
	f, err := t.newFit(ctx, train, stream, val)
	if err == nil {
		err = f.open()
	}
	if err != nil {
		t.abort(err)
		return History{}, err
	}
	err = f.begin()
	if err == nil {
		err = f.epochs(ctx)
	}
	err = stderrors.Join(f.conclude(ctx, err), f.end())
	t.abort(err)
	return f.run.History, err
}

// A fit is one call of Fit.
type fit struct {
	*Trainer
	run        Run
	train, val *data.Dataset
	stream     *data.Stream // in place of train, which is its first sample; nil if there is none
	loader     data.Loader
	programs   map[int]*graph.Program // by batch size
	callbacks  []Callback
	begun      int // number of callbacks whose Begin was called

	tally *tally // of the batches of the epoch so far
	batch int    // number of the next batch of the epoch
	saving

	waiting  accumulator // gradients of earlier batches of the current step
	exchange *exchange   // with the other ranks; nil in a process alone

	// Of the current step, by parameter.
	params []*graph.Param
	grads  []*tensor.Dense
}

// newFit checks all that can be checked before anything is built.
func (t *Trainer) newFit(ctx context.Context, train *data.Dataset, stream *data.Stream, val *data.Dataset) (*fit, error) {
	if err := t.prepare(ctx); err != nil {
		return nil, err
	}
	if t.Optimizer == nil {
		t.Optimizer = &optim.Adam{}
	}
	if err := t.Optimizer.Validate(); err != nil {
		return nil, err
	}
	if t.Schedule != nil {
		if err := t.Schedule.Validate(); err != nil {
			return nil, errors.Wrap(err, "train: Trainer.Schedule")
		}
	}
	if err := t.check(train, "training set"); err != nil {
		return nil, err
	}
	if val != nil {
		if err := t.check(val, "validation set"); err != nil {
			return nil, err
		}
	}
	if t.Monitor != "" && val == nil {
		return nil, errors.Errorf("train: Trainer.Monitor is %q, but there is no validation data to compute it on", t.Monitor)
	}
	if err := t.measure(ctx, train, stream); err != nil {
		return nil, err
	}
	n := samples(train, stream)
	size, err := t.batchSize(n)
	if err != nil {
		return nil, err
	}
	f := &fit{
		Trainer: t, train: train, stream: stream, val: val, callbacks: t.callbacksOfRank(), programs: make(map[int]*graph.Program),
		loader: data.Loader{
			Batches: data.Batches{Size: size, Shuffle: !t.NoShuffle, Seed: t.Seed, DropLast: t.DropLast, Shard: t.shard()},
			Augment: t.Augment, Workers: t.workers(),
		},
	}
	if err := f.validateBatches(); err != nil {
		return nil, errors.Wrap(err, "train: the batches of the training set")
	}
	f.exchange = newExchange(t.Comm, t.SyncBatchNorm)
	epochs := orDefault(t.Epochs, 10)
	f.run = Run{
		Rank: f.loader.Shard.Index, Ranks: t.ranks(), synced: f.syncedRanks() != nil,
		Params: t.Params, Averaged: t.Averaged, Optimizer: t.Optimizer, LearningRate: t.Optimizer.Rate(), HasVal: val != nil,
		Epochs: epochs, Steps: epochs * ceilDiv(f.loader.Count(n), max(1, t.Accumulate)),
	}
	for _, m := range t.Metrics {
		f.run.metrics = append(f.run.metrics, m.Name())
	}
	if t.Checkpoints != nil && t.Checkpoints.Best != "" {
		if err := f.run.checkScore(t.Checkpoints.Best, "Trainer.Checkpoints.Best"); err != nil {
			return nil, err
		}
	}
	if stream == nil {
		f.run.samples = func(batch int) []int { return f.loader.Samples(n, f.run.Epoch, batch) }
	}
	return f, nil
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

// begin opens the callbacks and builds the programs.
func (f *fit) begin() error {
	if err := f.call("Begin", func(c Callback, r *Run) error {
		f.begun++
		return c.Begin(r)
	}); err != nil {
		return err
	}
	n, size := samples(f.train, f.stream), f.loader.Size
	if err := f.build(f.own(size)); err != nil {
		return err
	}
	if err := f.checkAverages(); err != nil {
		return err
	}
	if last := n % size; last != 0 && !f.DropLast && f.programs[f.own(last)] == nil {
		if err := f.build(f.own(last)); err != nil {
			return err
		}
	}
	if err := f.restore(); err != nil || f.exchange == nil {
		return err
	}
	return f.exchange.begin(f.Params)
}

// build makes the training program for a batch size.
func (f *fit) build(size int) error {
	p, err := graph.Build(graph.Config{
		Model: f.model(), Params: f.Params, Inputs: f.inputs(f.train, size), Loss: f.loss(), Losses: f.Losses, Seed: f.seedOfRank(), Ranks: f.syncedRanks(),
	})
	if err != nil {
		return errors.Wrapf(err, "train: the program for batches of %d", size)
	}
	f.programs[size] = p
	if err := fits(p, f.train, "training set"); err != nil {
		return err
	}
	if err := f.checkMetrics(p); err != nil {
		return err
	}
	if err := optim.CheckPatterns(f.Optimizer, f.Params.All()); err != nil {
		return err
	}
	if f.val != nil {
		if err := fits(p, f.val, "validation set"); err != nil {
			return err
		}
	}
	if f.exchange != nil {
		if err := f.exchange.attach(p); err != nil {
			return err
		}
	}
	f.restoreUpdates()
	return f.call("Compiled", func(c Callback, r *Run) error { return c.Compiled(r, p) })
}

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

// call tells all callbacks of an event.
func (f *fit) call(hook string, method func(Callback, *Run) error) error {
	var stop error
	for _, c := range f.callbacks {
		err := guard(func() error { return method(c, &f.run) })
		if errors.Is(err, ErrStop) {
			stop = ErrStop
		} else if err != nil {
			return errors.Wrapf(err, "train: %s of callback %T, epoch %d, step %d", hook, c, f.run.Epoch, f.run.Step)
		}
	}
	return stop
}

// guard turns a panic into an error, so that the run can be ended in good order.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fpu.Restore()
			err = errors.Errorf("panic: %v", r)
		}
	}()
	return f()
}

// end closes the callbacks that were begun, each even if another fails, and the programs.
func (f *fit) end() error {
	var all error
	for _, c := range f.callbacks[:f.begun] {
		if err := guard(func() error { return c.End(&f.run) }); err != nil && !errors.Is(err, ErrStop) {
			all = stderrors.Join(all, errors.Wrapf(err, "train: End of callback %T", c))
		}
	}
	if f.exchange != nil {
		f.exchange.backward.end()
	}
	for _, p := range f.programs {
		all = stderrors.Join(all, p.Close())
	}
	return all
}
