package data

import (
	"context"
	"iter"

	"github.com/pkg/errors"
)

// A Loader walks through a dataset as [Batches] do, changes the samples on their way, and prepares batches on goroutines of its own
// while the caller works on an earlier one.
//
// The batches and their order are the same, bit by bit, whatever the number of workers.
type Loader struct {
	Batches
	// Augment changes each sample of a batch, in this order. Its draws depend on Seed, the epoch and the number of the sample in
	// the dataset alone.
	Augment []Transform
	// Workers is the number of goroutines that prepare batches before the caller asks for them, at most 2·Workers batches. 0
	// prepares each batch when the caller asks for it.
	Workers int
	// Waiting counts how often, and how long, the caller waits for a batch; nil counts nothing.
	Waiting *Waiting
}

// Validate returns an error if the parts of the dataset do not fit together, if no batch can be made of it, or if a transform does
// not suit its samples.
func (l Loader) Validate(ds *Dataset) error {
	if l.Workers < 0 {
		return errors.Errorf("data: Workers: got %d, want 0 or more", l.Workers)
	}
	if err := l.Batches.validate(ds); err != nil {
		return err
	}
	if len(l.Augment) > 0 && ds.X == nil {
		return errors.New("data: Augment: got a dataset without X, want one to change (set X, or leave Augment out)")
	}
	for i, t := range l.Augment {
		if t == nil {
			return errors.Errorf("data: Augment[%d] is nil", i)
		}
		if err := t.Validate(ds); err != nil {
			return errors.Wrapf(err, "data: Augment[%d]", i)
		}
	}
	return nil
}

// All walks through one epoch of ds, giving each batch. Epochs count from 0. As with [Batches.All], the tensors of a batch share
// no memory with the dataset, and a later batch reuses them.
//
// It gives an error in place of a batch, and ends, if Validate has one, if a transform panics, or when ctx is done. The workers
// have ended when the iteration is over, however it ends.
func (l Loader) All(ctx context.Context, ds *Dataset, epoch int) iter.Seq2[Batch, error] {
	return l.From(ctx, ds, epoch, 0)
}

// From is [Loader.All] from a batch of the epoch on. The batches are those that All gives after so many others, bit by bit.
func (l Loader) From(ctx context.Context, ds *Dataset, epoch, first int) iter.Seq2[Batch, error] {
	return func(yield func(Batch, error) bool) {
		if ctx == nil {
			yield(Batch{}, errors.New("data: the context is nil: give context.Background() if nothing is to stop the walk"))
			return
		}
		if err := l.Validate(ds); err != nil {
			yield(Batch{}, err)
			return
		}
		w := &loading{Loader: l, ds: ds, epoch: epoch, order: l.order(ds.Len(), epoch), first: first}
		if first < 0 || first > w.count() {
			yield(Batch{}, errors.Errorf("data: got a walk from batch %d, want 0 to %d, the number of batches", first, w.count()))
			return
		}
		if l.Workers == 0 {
			w.alone(ctx, yield)
			return
		}
		w.ahead(ctx, yield)
	}
}
