package train

import (
	"context"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/train/dist"
)

// ranks is the number of processes that train together.
func (t *Trainer) ranks() int {
	if t.Comm == nil {
		return 1
	}
	return t.Comm.Size()
}

// shard is the part of each batch that this rank has.
func (t *Trainer) shard() data.Shard {
	if t.ranks() == 1 {
		return data.Shard{}
	}
	return data.Shard{Index: t.Comm.Rank(), Count: t.Comm.Size()}
}

// A RankZero is a callback for rank 0 alone, such as one that writes files. The other ranks leave it out.
type RankZero interface {
	Callback
	RankZero()
}

// callbacksOfRank are the callbacks that follow the run on this rank.
func (t *Trainer) callbacksOfRank() []Callback {
	if t.shard().Index == 0 {
		return t.Callbacks
	}
	var list []Callback
	for _, c := range t.Callbacks {
		if _, only := c.(RankZero); !only {
			list = append(list, c)
		}
	}
	return list
}

// seedOfRank is the seed of what is random inside the graph, such as dropout: other on each rank.
func (f *fit) seedOfRank() uint64 {
	const golden = 0x9e3779b97f4a7c15 // 2^64 divided by the golden ratio, which spreads the seeds
	return f.Seed + uint64(f.run.Rank)*golden
}

// own is the number of samples that this rank computes of a batch of all ranks.
func (f *fit) own(batch int) int { return max(1, f.loader.Shard.Samples(batch)) }

// counted is the number of these samples that count in the loss: none if the batch has fewer samples than there are ranks, and this rank
// has no part of it. It also tells the exchange, before the batch is computed.
func (f *fit) counted(batch data.Batch) int {
	if f.exchange == nil {
		return batch.Len()
	}
	n, size := samples(f.train, f.stream), f.loader.Size
	all := min(size, n-(f.batch-1)*size)
	f.exchange.own, f.exchange.all = f.loader.Shard.Samples(all), all
	return f.exchange.own
}

// agreeOn makes the end of the run that any rank has reached that of all: err of the step or epoch just done, or a ctx that is done.
func (f *fit) agreeOn(ctx context.Context, err error) error {
	if f.exchange == nil || err != nil && !errors.Is(err, ErrStop) {
		return err
	}
	stopped, done := err != nil, ctx.Err() != nil
	if err := f.exchange.agree(&stopped, &done); err != nil {
		return err
	}
	if err := f.exchange.plan(&f.run); err != nil {
		return err
	}
	switch {
	case stopped:
		return ErrStop
	case !done: // also if ctx has become done since
		return nil
	case ctx.Err() != nil:
		return agreedEnd{errors.Wrapf(ctx.Err(), "train: stopped after step %d of %d", f.run.Step, f.run.Steps)}
	}
	return agreedEnd{errors.Wrapf(context.Canceled, "train: another rank was stopped after step %d of %d", f.run.Step, f.run.Steps)}
}

// patient is a context for what must not end on one rank alone.
func (f *fit) patient(ctx context.Context) context.Context {
	if f.exchange == nil {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// An agreedEnd is the error of a run whose ranks have all been stopped after the same step, because the context of one of them is done.
type agreedEnd struct{ error }

func (e agreedEnd) Unwrap() error { return e.error }

// agreed tells whether an error is an agreedEnd.
func agreed(err error) bool {
	var end agreedEnd
	return errors.As(err, &end)
}

// abort tells the other ranks of an error that ends this one.
func (t *Trainer) abort(err error) {
	if t.ranks() > 1 && err != nil && !errors.Is(err, dist.ErrAborted) && !agreed(err) {
		t.Comm.Abort(err)
	}
}
