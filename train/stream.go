package train

import (
	"context"
	"fmt"
	"iter"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
)

// FitStream is [Trainer.Fit] for a training set that need not fit into memory. A goroutine reads up to 2·Workers batches before
// their steps, where Workers 0 means 1. The stream is shuffled in its buffer unless NoShuffle is set. Augment is not available:
// change samples in Stream.Open. StandardizeInputs and StandardizeTargets each read the stream once before the first epoch.
func (t *Trainer) FitStream(ctx context.Context, train *data.Stream, val *data.Dataset) (History, error) {
	if isNil(ctx) {
		return History{}, errNoContext
	}
	if t.ranks() > 1 {
		return History{}, errors.New("train: Trainer.Comm: got several ranks for a stream, want one (Fit trains on several)")
	}
	if len(t.Augment) > 0 {
		return History{}, errors.New("train: Trainer.Augment: got transforms for a stream, want none (change samples in Stream.Open)")
	}
	head, err := train.Head(ctx)
	if err != nil {
		return History{}, errors.Wrap(err, "train: the training set")
	}
	return t.fit(ctx, head, train, val)
}

// samples is the number of samples of a training set.
func samples(ds *data.Dataset, stream *data.Stream) int {
	if stream != nil {
		return stream.Samples
	}
	return ds.Len()
}

// validateBatches returns an error unless the training set makes batches. A stream tells when it is read.
func (f *fit) validateBatches() error {
	if f.stream != nil {
		return nil
	}
	return f.loader.Validate(f.train)
}

// fitsBatch returns an error if a loss finds fault with the targets or weights of a batch of a stream, of which the first sample alone was
// seen before training. Those of a dataset were checked before.
func (f *fit) fitsBatch(batch data.Batch) error {
	p := f.programs[batch.Len()]
	if f.stream == nil || p == nil {
		return nil
	}
	column := func(name string) *tensor.Dense { return batch.Columns[name] }
	for _, part := range p.Parts {
		if err := fitsLoss(part, column, fmt.Sprintf("stream, batch %d of epoch %d", f.batch, f.run.Epoch)); err != nil {
			return err
		}
	}
	return nil
}

// batches walks through an epoch of the training set, from a batch on.
func (f *fit) batches(ctx context.Context, epoch, first int) iter.Seq2[data.Batch, error] {
	f.loader.Waiting = &f.run.Waiting
	if f.stream == nil {
		return f.loader.From(ctx, f.train, epoch, first)
	}
	l := data.StreamLoader{Batches: f.loader.Batches, Ahead: 2 * orDefault(f.Workers, 1), Waiting: f.loader.Waiting}
	return l.From(ctx, f.stream, epoch, first)
}
