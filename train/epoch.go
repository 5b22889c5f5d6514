package train

import (
	"context"
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/train/schedule"
)

// epochs is the training loop.
func (f *fit) epochs(ctx context.Context) error {
	if f.finished {
		return ErrStop
	}
	for ; f.run.Epoch < f.run.Epochs; f.run.Epoch++ {
		if err := f.epoch(ctx); err != nil {
			return err
		}
	}
	return nil
}

// epoch walks through the training set once, or through what is left of it, then scores.
func (f *fit) epoch(ctx context.Context) error {
	if f.tally == nil {
		f.tally = new(tally)
	}
	loading := f.patient(ctx)
	if f.Accumulate > 1 { // all batches of a step that has begun are loaded
		loading = context.WithoutCancel(ctx)
	}
	for batch, err := range f.batches(loading, f.run.Epoch, f.batch) {
		if f.Accumulate > 1 && f.waiting.n == 0 && err == nil && f.exchange == nil {
			err = ctx.Err()
		}
		if err != nil {
			return errors.Wrapf(err, "train: stopped before step %d of %d", f.run.Step, f.run.Steps)
		}
		if err := f.take(ctx, batch); err != nil {
			return err
		}
	}
	return f.endEpoch(ctx)
}

// take uses the next batch of the epoch.
func (f *fit) take(ctx context.Context, batch data.Batch) error {
	if err := f.fitsBatch(batch); err != nil {
		return err
	}
	f.run.batch = f.batch
	f.batch++
	if f.early(f.batch - 1) {
		return f.accumulate(batch, f.tally)
	}
	if err := f.step(ctx, batch, f.tally); err != nil {
		return err
	}
	return f.saveIfDue()
}

// endEpoch scores an epoch whose batches are all used.
func (f *fit) endEpoch(ctx context.Context) error {
	if f.exchange != nil {
		if err := f.exchange.gather(f.tally); err != nil {
			return err
		}
	}
	scores := EpochScores{Epoch: f.run.Epoch, Train: f.tally.scores(), Val: Scores{Loss: math.NaN(), Accuracy: math.NaN()}}
	if f.val != nil {
		var err error
		if scores.Val, err = f.scoreValidation(f.patient(ctx)); err != nil {
			return err
		}
	}
	f.whole = false
	f.run.Train, f.run.Val = scores.Train, scores.Val
	if err := f.checkBest(); err != nil {
		return err
	}
	f.run.History.Epochs = append(f.run.History.Epochs, scores)
	if err := guard(f.observe); err != nil {
		return errors.Wrapf(err, "train: schedule %T after epoch %d", f.Schedule, f.run.Epoch)
	}
	err := f.agreeOn(ctx, f.call("AfterEpoch", Callback.AfterEpoch))
	if err == nil || errors.Is(err, ErrStop) || agreed(err) {
		f.tally, f.batch = nil, 0
		f.reached(f.run.Step, f.run.Epoch+1, savedNumbers(f.run.Scores()))
	}
	if err != nil {
		return err
	}
	return f.saveIfDue()
}

// scoreValidation scores the validation set: on each rank a share of it, whose sums are added. Some metrics, such as AUROC, need all samples
// at once: with them every rank scores all.
func (f *fit) scoreValidation(ctx context.Context) (Scores, error) {
	n, ranks := f.val.Len(), f.run.Ranks
	if f.exchange == nil || !f.newMeasures().summing() || n < ranks {
		return f.evaluate(ctx, f.val)
	}
	own, err := f.val.Slice(f.run.Rank*n/ranks, (f.run.Rank+1)*n/ranks)
	if err != nil {
		return Scores{}, err
	}
	sums, measures, err := f.evaluated(ctx, own)
	if err != nil {
		return Scores{}, err
	}
	if err := f.exchange.gather(sums); err != nil {
		return Scores{}, err
	}
	if err := f.exchange.gatherMeasures(measures); err != nil {
		return Scores{}, err
	}
	scores := sums.scores()
	scores.Metrics, err = measures.values(f.Trainer)
	return scores, err
}

// observe shows the score of the epoch to a schedule that wants it.
func (f *fit) observe() error {
	o, ok := f.Schedule.(schedule.Observer)
	if !ok {
		return nil
	}
	switch {
	case f.Monitor != "":
		o.Observe(f.run.Val.Metrics[f.Monitor])
	case f.run.HasVal:
		o.Observe(f.run.Val.Loss)
	default:
		o.Observe(f.run.Train.Loss)
	}
	return nil
}
