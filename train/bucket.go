package train

import (
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/dist"
)

// bucketBytes is the size from which gradients are summed over the ranks, together: large enough for the network, small enough for
// sums to begin before the backward pass has ended.
const bucketBytes = 1 << 20

// A bucket is a list of gradients that are summed over the ranks at once. They lie next to each other in the slab of all gradients.
type bucket struct {
	weights []*graph.Binding
	parts   []*tensor.Dense // of the slab, by weight
	placed  []bool          // whether the machine writes the gradient there
	starts  []int           // of the gradients in the slab
	end     int             // of the last one
	values  dist.Values
	square  float64 // of the norm of the gradients of this rank

	missing int           // gradients that the backward pass has not yet computed
	full    chan struct{} // gets one value when it has computed all
}

// bucketsOf puts the gradients of a program into buckets, those of the last layers, which are computed first, into the first. It
// also gives the size of the slab.
func bucketsOf(p *graph.Program) (list []*bucket, size int) {
	const line = 16 // numbers; two ranks never write one line of the cache
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
		b.weights, b.starts = append(b.weights, w), append(b.starts, size)
		b.end = size + w.Value.Size()
		size = (b.end + line - 1) / line * line
		bytes += w.Value.Size() * int(w.Value.Dtype().Size())
	}
	return list, size
}

// place lets the machine write the gradients into a slab.
func (b *bucket) place(p *graph.Program, slab dist.Values) error {
	b.values = sliced(slab, b.starts[0], b.end)
	b.placed = make([]bool, len(b.weights))
	for i, w := range b.weights {
		start, shape := b.starts[i], w.Grad.Shape()
		values := sliced(slab, start, start+w.Value.Size())
		backing := tensor.WithBacking(values.F32)
		if values.F64 != nil {
			backing = tensor.WithBacking(values.F64)
		}
		part := tensor.New(tensor.WithShape(shape...), backing, tensor.WithEngine(gorgonia.StandardEngine{}))
		if err := p.Machine().Place(w.Grad, part); err != nil {
			return err
		}
		b.parts = append(b.parts, part)
	}
	return nil
}

// sliced are the values from start to end.
func sliced(v dist.Values, start, end int) dist.Values {
	if v.F32 != nil {
		return dist.Values{F32: v.F32[start:end:end]}
	}
	return dist.Values{F64: v.F64[start:end:end]}
}

// take takes a gradient that was just computed: it measures its norm, and copies it into the slab if the machine has written it elsewhere.
func (b *bucket) take(i int, gradient gorgonia.Value) {
	g := gradient.(*tensor.Dense)
	l2 := norm(g)
	b.square += l2 * l2
	if b.placed[i] = g.Uintptr() == b.parts[i].Uintptr(); !b.placed[i] {
		copyNumbers(b.parts[i], g)
	}
}

// give copies the gradients that the machine has written elsewhere back from the slab.
func (b *bucket) give() {
	for i, w := range b.weights {
		if !b.placed[i] {
			copyNumbers(gradientOf(w), b.parts[i])
		}
	}
}

func copyNumbers(to, from *tensor.Dense) {
	if to.Dtype() == tensor.Float32 {
		copy(to.Float32s(), from.Float32s())
		return
	}
	copy(to.Float64s(), from.Float64s())
}

// scale multiplies the part of a bucket by a factor; 0 makes zeros of all numbers.
func (b *bucket) scale(i int, factor float64) {
	if b.values.F32 != nil {
		scaled(b.parts[i].Float32s(), b.parts[i].Float32s(), float32(factor))
		return
	}
	scaled(b.parts[i].Float64s(), b.parts[i].Float64s(), factor)
}

// scaled is into = factor·x.
func scaled[T float32 | float64](into, x []T, factor T) {
	switch {
	case factor == 0:
		clear(into)
	case factor != 1 || unsafe.SliceData(into) != unsafe.SliceData(x):
		kernel.Scale(nil, into, factor, x)
	}
}
