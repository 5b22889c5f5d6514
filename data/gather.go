package data

import "gorgonia.org/tensor"

// gatherer copies rows of a tensor, in any order, into a buffer of its own.
type gatherer interface {
	// gather copies the given rows to the front of the buffer.
	gather(rows []int)
	// batch is a tensor over the first n rows of the buffer.
	batch(n int) *tensor.Dense
}

// newGatherer returns a gatherer for t with room for size rows. It takes the types that Dataset allows.
func newGatherer(t *tensor.Dense, size int) gatherer {
	shape := t.Shape().Clone()
	switch v := t.Data().(type) {
	case []float32:
		return newRowBuffer(v, shape, size)
	case []float64:
		return newRowBuffer(v, shape, size)
	case []bool:
		return newRowBuffer(v, shape, size)
	default:
		return newRowBuffer(v.([]int), shape, size)
	}
}

type rowBuffer[T any] struct {
	source []T
	shape  tensor.Shape // of the source
	width  int          // values in a row
	buffer []T
}

func newRowBuffer[T any](source []T, shape tensor.Shape, size int) *rowBuffer[T] {
	width := len(source) / shape[0]
	return &rowBuffer[T]{source: source, shape: shape, width: width, buffer: make([]T, size*width)}
}

func (b *rowBuffer[T]) gather(rows []int) {
	for i, r := range rows {
		copy(b.buffer[i*b.width:(i+1)*b.width], b.source[r*b.width:])
	}
}

func (b *rowBuffer[T]) batch(n int) *tensor.Dense {
	shape := b.shape.Clone()
	shape[0] = n
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(b.buffer[:n*b.width]))
}

// copyRows copies a sample of one dataset over a sample of another that has the same columns.
func copyRows(to *Dataset, i int, from *Dataset, j int) {
	if to.X != nil {
		copyRow(to.X, i, from.X, j)
	}
	if to.Y != nil {
		copyRow(to.Y, i, from.Y, j)
	}
	for k, c := range to.Columns {
		copyRow(c.Values, i, from.Columns[k].Values, j)
	}
}

func copyRow(to *tensor.Dense, i int, from *tensor.Dense, j int) {
	width := to.Shape().TotalSize() / to.Shape()[0]
	switch to.Dtype() {
	case tensor.Float32:
		copy(to.Float32s()[i*width:(i+1)*width], from.Float32s()[j*width:])
	case tensor.Float64:
		copy(to.Float64s()[i*width:(i+1)*width], from.Float64s()[j*width:])
	case tensor.Int:
		copy(to.Ints()[i*width:(i+1)*width], from.Ints()[j*width:])
	default:
		copy(to.Bools()[i*width:(i+1)*width], from.Bools()[j*width:])
	}
}
