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
	if err := t.checkSettings(train, val); err != nil {
		return nil, err
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

// checkSettings checks the optimiser, the schedule and the data. The optimiser is Adam if none is set.
func (t *Trainer) checkSettings(train, val *data.Dataset) error {
	if t.Optimizer == nil {
		t.Optimizer = &optim.Adam{}
	}
	if err := t.Optimizer.Validate(); err != nil {
		return err
	}
	if t.Schedule != nil {
		if err := t.Schedule.Validate(); err != nil {
			return errors.Wrap(err, "train: Trainer.Schedule")
		}
	}
	if err := t.check(train, "training set"); err != nil {
		return err
	}
	if val != nil {
		if err := t.check(val, "validation set"); err != nil {
			return err
		}
	}
	if t.Monitor != "" && val == nil {
		return errors.Errorf("train: Trainer.Monitor is %q, but there is no validation data to compute it on", t.Monitor)
	}
	return nil
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
