package data

import (
	"iter"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
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
}

// Batch is one mini-batch. X, Y and Columns hold some of the rows of the Dataset's.
type Batch struct {
	X, Y *tensor.Dense
	// Columns are all columns by name, X and Y among them as "input" and "target".
	Columns map[string]*tensor.Dense

	size int
}

// Len is the number of samples in the batch.
func (b Batch) Len() int { return b.size }

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
	if b.Size < 0 {
		return nil, errors.Errorf("data: batch size: got %d, want 1 or more, or 0 for %d", b.Size, defaultBatchSize)
	}
	if err := ds.validateLayout(); err != nil {
		return nil, err
	}
	n := ds.Len()
	if b.Count(n) == 0 {
		return nil, errors.Errorf("data: DropLast drops all samples: got batch size %d, want at most %d, the number of samples "+
			"(or keep the last batch)", b.size(), n)
	}
	return func(yield func(int, Batch) bool) { b.walk(ds, b.order(n, epoch), yield) }, nil
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
	size := min(b.size(), len(order))
	columns := ds.AllColumns()
	gatherers := make([]gatherer, len(columns))
	for i, c := range columns {
		gatherers[i] = newGatherer(c.Values, size)
	}
	full := newBatch(columns, gatherers, size)
	for i := range b.Count(len(order)) {
		picked := order[i*size : min((i+1)*size, len(order))]
		for _, g := range gatherers {
			g.gather(picked)
		}
		batch := full
		if len(picked) < size {
			batch = newBatch(columns, gatherers, len(picked))
		}
		if !yield(i, batch) {
			return
		}
	}
}

// newBatch is a batch of the first n rows of the gatherers' buffers.
func newBatch(columns []Column, gatherers []gatherer, n int) Batch {
	b := Batch{Columns: make(map[string]*tensor.Dense, len(columns)), size: n}
	for i, c := range columns {
		b.Columns[c.Name] = gatherers[i].batch(n)
	}
	b.X, b.Y = b.Columns[inputName], b.Columns[targetName]
	return b
}
