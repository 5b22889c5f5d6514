package train

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/dist"
)

// bucketBytes is the size from which gradients are summed over the ranks, together: large enough for the network, small enough for
// sums to begin before the backward pass has ended.
const bucketBytes = 1 << 20

// A bucket is a list of gradients that are summed over the ranks at once, in memory of their own.
type bucket struct {
	weights []*graph.Binding
	starts  []int // of the gradients among the values
	values  dist.Values
	square  float64 // of the norm of the gradients so far, without the factor

	missing int           // gradients that the backward pass has not yet computed
	full    chan struct{} // gets one value when it has computed all
}

// bucketsOf puts the gradients of a program into buckets, those of the last layers, which are computed first, into the first.
func bucketsOf(p *graph.Program) (list []*bucket) {
	bytes := bucketBytes
	for i := len(p.Weights) - 1; i >= 0; i-- {
		w := p.Weights[i]
		if w.Grad == nil {
			continue
		}
		if bytes >= bucketBytes {
			list, bytes = append(list, &bucket{full: make(chan struct{}, 1)}), 0
		}
		b := list[len(list)-1]
		b.weights = append(b.weights, w)
		bytes += w.Value.Size() * int(w.Value.Dtype().Size())
	}
	for _, b := range list {
		b.allocate()
	}
	return list
}

// allocate makes the memory of a bucket.
func (b *bucket) allocate() {
	n := 0
	for _, w := range b.weights {
		b.starts = append(b.starts, n)
		n += w.Value.Size()
	}
	if b.weights[0].Value.Dtype() == tensor.Float32 {
		b.values = dist.Of(make([]float32, n))
		return
	}
	b.values = dist.Of(make([]float64, n))
}

// gather copies all gradients into the bucket, times a factor.
func (b *bucket) gather(factor float64) {
	for i, w := range b.weights {
		b.take(i, w.Grad.Value(), factor)
	}
}

// take copies a gradient into the bucket, times a factor; as zeros for a factor of 0, whatever it is.
func (b *bucket) take(i int, gradient gorgonia.Value, factor float64) {
	g := gradient.(*tensor.Dense)
	if factor != 0 {
		l2 := norm(g)
		b.square += l2 * l2
	}
	start, end := b.starts[i], b.starts[i]+g.Size()
	if b.values.F32 != nil {
		scaled(b.values.F32[start:end], g.Float32s(), float32(factor))
		return
	}
	scaled(b.values.F64[start:end], g.Float64s(), factor)
}

// scatter copies the bucket back into the gradients, times a factor.
func (b *bucket) scatter(factor float64) {
	for i, w := range b.weights {
		g := gradientOf(w)
		start, end := b.starts[i], b.starts[i]+g.Size()
		if b.values.F32 != nil {
			scaled(g.Float32s(), b.values.F32[start:end], float32(factor))
		} else {
			scaled(g.Float64s(), b.values.F64[start:end], factor)
		}
	}
}

// scaled is into = factor·x.
func scaled[T float32 | float64](into, x []T, factor T) {
	if factor == 0 {
		clear(into)
		return
	}
	kernel.Scale(nil, into, factor, x)
}
