package data

import (
	"context"
	"sync"
	"time"

	"github.com/pkg/errors"
)

// A loading is one walk of a Loader through an epoch.
type loading struct {
	Loader
	ds    *Dataset
	epoch int
	order []int
	first int // number of the first batch of the walk
}

// count is the number of batches.
func (l *loading) count() int { return l.Count(len(l.order)) }

func (l *loading) newBuffer() *batchBuffer { return newBatchBuffer(l.ds, l.largest(len(l.order))) }

func (l *loading) newChain() *chain { return newChain(l.ds, l.Augment, l.Seed, l.epoch) }

// alone prepares each batch when it is asked for.
func (l *loading) alone(ctx context.Context, yield func(Batch, error) bool) {
	buffer, c := l.newBuffer(), l.newChain()
	l.deliver(ctx, yield, func(i int) (Batch, error) {
		asked := time.Now()
		batch, err := l.prepare(ctx, c, buffer, i)
		l.Waiting.add(asked, true)
		return batch, err
	})
}

// A slot holds a batch that a worker prepares. Batch i is prepared in slot i modulo their number.
type slot struct {
	buffer *batchBuffer
	batch  Batch
	ready  chan error // gets one value when the batch is prepared, or has failed
}

// ahead lets workers prepare the batches. They take the numbers of the batches from a channel. A number is sent when its slot is
// free. The channel has room for one number for each slot, so that sending never blocks.
func (l *loading) ahead(ctx context.Context, yield func(Batch, error) bool) {
	slots := make([]*slot, min(2*l.Workers+1, l.count()-l.first))
	next := make(chan int, len(slots))
	for i := range slots {
		slots[i] = &slot{buffer: l.newBuffer(), ready: make(chan error, 1)}
		next <- l.first + i
	}
	ctx, cancel := context.WithCancel(ctx)
	var workers sync.WaitGroup
	for range min(l.Workers, len(slots)) {
		workers.Go(func() { l.work(ctx, slots, next) })
	}
	defer func() {
		cancel()
		close(next)
		workers.Wait()
	}()
	l.deliver(ctx, yield, func(i int) (Batch, error) {
		if free := i - 1 + len(slots); i > l.first && free < l.count() {
			next <- free // to the slot of batch i-1, which the caller has left
		}
		s := slots[i%len(slots)]
		asked, late := time.Now(), len(s.ready) == 0
		batch, err := s.wait(ctx)
		l.Waiting.add(asked, late)
		return batch, err
	})
}

// deliver yields the batches that get prepares, in order.
func (l *loading) deliver(ctx context.Context, yield func(Batch, error) bool, get func(i int) (Batch, error)) {
	for i := l.first; i < l.count(); i++ {
		batch, err := get(i)
		if ctx.Err() != nil {
			err = errors.Wrapf(ctx.Err(), "data: stopped before batch %d of %d", i, l.count())
		}
		if err != nil {
			yield(Batch{}, err)
			return
		}
		if !yield(batch, nil) {
			return
		}
	}
}

// work prepares batches until there are no more.
func (l *loading) work(ctx context.Context, slots []*slot, next <-chan int) {
	c := l.newChain()
	for i := range next {
		s := slots[i%len(slots)]
		var err error
		s.batch, err = l.prepare(ctx, c, s.buffer, i)
		s.ready <- err
	}
}

// wait returns the batch when it is prepared, and an error if it has failed or ctx is done.
func (s *slot) wait(ctx context.Context) (Batch, error) {
	select {
	case err := <-s.ready:
		return s.batch, err
	case <-ctx.Done():
		return Batch{}, ctx.Err()
	}
}

// prepare makes batch i in a buffer.
func (l *loading) prepare(ctx context.Context, c *chain, buffer *batchBuffer, i int) (Batch, error) {
	samples := l.pick(l.order, i)
	batch := buffer.fill(samples)
	if len(l.Augment) == 0 {
		return batch, nil
	}
	for row, number := range samples {
		if err := ctx.Err(); err != nil {
			return Batch{}, err
		}
		if err := c.apply(batch, row, number); err != nil {
			return Batch{}, err
		}
	}
	return batch, nil
}
