package op

import "github.com/gradflow/gradflow/internal/kernel"

// A finish is an elementwise function that another op can apply to its result, in the same memory.
type finish struct {
	f32 func(flushed *kernel.Flushed, dst, x []float32)
	f64 func(flushed *kernel.Flushed, dst, x []float64)
}

// Fuse gives an op that computes inner, and then o with the result as input i, in one step and one piece of memory. It takes the inputs of
// inner, then the other inputs of o, and gives the same numbers. It is nil if there is no such op. There is one for an activation of a
// [Linear] map or a convolution, and for what comes before and after a convolution of images in blocks.
func (o *Op) Fuse(inner *Op, i int) *Op {
	switch {
	case i == 0 && o.finish != nil && inner.finally != nil:
		return &Op{
			name: inner.name + " then " + o.name, types: inner.types, shape: inner.shape, work: inner.work,
			kernel: inner.finally(*o.finish),
		}
	case o.fixed == nil || inner.fixed == nil:
		return nil
	}
	return o.fuseImages(inner, i)
}
