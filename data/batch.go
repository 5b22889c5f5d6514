package data

import "gorgonia.org/tensor"

// Batch is one mini-batch. X, Y and Columns hold some of the rows of the Dataset's.
type Batch struct {
	X, Y *tensor.Dense
	// Columns are all columns by name, X and Y among them as "input" and "target".
	Columns map[string]*tensor.Dense

	order []string // of the columns in the dataset; nil: by name
	size  int
}

// Len is the number of samples in the batch.
func (b Batch) Len() int { return b.size }

// A batchBuffer is the memory of a batch.
type batchBuffer struct {
	columns   []Column
	x, y      bool // whether the first column is X, and the last one Y
	gatherers []gatherer
	size      int
	full      Batch
}

// newBatchBuffer makes a buffer for batches of up to size samples of ds.
func newBatchBuffer(ds *Dataset, size int) *batchBuffer {
	b := &batchBuffer{columns: ds.AllColumns(), x: ds.X != nil, y: ds.Y != nil, size: size}
	for _, c := range b.columns {
		b.gatherers = append(b.gatherers, newGatherer(c.Values, size))
	}
	b.full = b.first(size)
	return b
}

// fill copies the given samples to the buffer and returns them as a batch. It allocates if there are fewer than size.
func (b *batchBuffer) fill(samples []int) Batch {
	for _, g := range b.gatherers {
		g.gather(samples)
	}
	if len(samples) < b.size {
		return b.first(len(samples))
	}
	return b.full
}

// first is a batch of the first n rows of the buffer.
func (b *batchBuffer) first(n int) Batch {
	batch := Batch{Columns: make(map[string]*tensor.Dense, len(b.columns)), size: n}
	for i, c := range b.columns {
		batch.Columns[c.Name] = b.gatherers[i].batch(n)
		batch.order = append(batch.order, c.Name)
	}
	if b.x { // otherwise a column may have this name
		batch.X = batch.Columns[inputName]
	}
	if b.y {
		batch.Y = batch.Columns[targetName]
	}
	return batch
}

// sized is the batch of the first n samples of the buffer.
func (b *batchBuffer) sized(n int) Batch {
	if n == b.size {
		return b.full
	}
	return b.first(n)
}
