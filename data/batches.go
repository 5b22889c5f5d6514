package data

import (
	"iter"
	"math/rand/v2"

	"github.com/pkg/errors"
)

// defaultBatchSize is the meaning of Size 0.
const defaultBatchSize = 64

// shuffleStream keeps the shuffles apart from other random draws with the same seed.
const shuffleStream = 0x73687566666c6500

// Batches says how an epoch is cut into mini-batches. The zero value gives batches of 64 in the order of the data, the last
// of them smaller if need be.
type Batches struct {
	// Size is the number of samples in a batch; 0 means 64.
	Size int
	// Shuffle draws a new order for each epoch. The order depends on Seed, the epoch and the number of samples alone.
	Shuffle bool
	// Seed is the source of the shuffles.
	Seed uint64
	// DropLast leaves out the last batch of an epoch if it is smaller than Size.
	DropLast bool
	// Shard gives a part of each batch in place of all of it. The zero value gives all.
	Shard Shard
}

// Count is the number of batches that n samples make, 0 if n or Size is negative.
func (b Batches) Count(n int) int {
	size := b.size()
	if n <= 0 || size < 0 {
		return 0
	}
	if b.DropLast {
		return n / size
	}
	return (n-1)/size + 1
}

// All walks through one epoch of ds, giving the index of each batch and the batch. Epochs count from 0.
//
// The tensors of a batch share no memory with the dataset. The next batch reuses them: copy what must outlive the iteration.
// A walk allocates when it starts and for a smaller last batch, not in between.
//
// All returns an error if the parts of the dataset do not fit together, or if Size makes no batch of it.
func (b Batches) All(ds *Dataset, epoch int) (iter.Seq2[int, Batch], error) {
	if err := b.validate(ds); err != nil {
		return nil, err
	}
	return func(yield func(int, Batch) bool) { b.walk(ds, b.order(ds.Len(), epoch), yield) }, nil
}

// validate returns an error unless an epoch of ds has a batch.
func (b Batches) validate(ds *Dataset) error {
	if b.Size < 0 {
		return errors.Errorf("data: batch size: got %d, want 1 or more, or 0 for %d", b.Size, defaultBatchSize)
	}
	if err := ds.validateLayout(); err != nil {
		return err
	}
	if err := b.Shard.validate(); err != nil {
		return err
	}
	n := ds.Len()
	if b.Count(n) == 0 {
		return errors.Errorf("data: DropLast drops all samples: got batch size %d, want at most %d, the number of samples "+
			"(or keep the last batch)", b.size(), n)
	}
	return nil
}

func (b Batches) size() int {
	if b.Size == 0 {
		return defaultBatchSize
	}
	return b.Size
}

// order is the order in which an epoch visits n samples.
func (b Batches) order(n, epoch int) []int {
	if b.Shuffle {
		return rand.New(rand.NewPCG(b.Seed, shuffleStream+uint64(epoch))).Perm(n)
	}
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

func (b Batches) walk(ds *Dataset, order []int, yield func(int, Batch) bool) {
	buffer := newBatchBuffer(ds, b.largest(len(order)))
	for i := range b.Count(len(order)) {
		if !yield(i, buffer.fill(b.pick(order, i))) {
			return
		}
	}
}

// Samples are the numbers of the samples that make a batch, in an epoch of n samples. Both count from 0.
func (b Batches) Samples(n, epoch, batch int) []int { return b.pick(b.order(n, epoch), batch) }

// pick is the part of an epoch's order that makes batch i.
func (b Batches) pick(order []int, i int) []int {
	return b.Shard.pick(order[i*b.size() : min((i+1)*b.size(), len(order))])
}

// largest is the number of samples in the largest batch of n samples.
func (b Batches) largest(n int) int { return b.Shard.largest(min(b.size(), n)) }
