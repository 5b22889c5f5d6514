package op

import "github.com/gradflow/gradflow/internal/kernel"

// A finish is an elementwise function that another op can apply to its result, in the same memory.
type finish struct {
	f32 func(flushed *kernel.Flushed, dst, x []float32)
	f64 func(flushed *kernel.Flushed, dst, x []float64)
}

// Fuse gives an op that computes inner and then o, whose only input is the output of inner, in one step and one piece of memory.
// It takes the inputs of inner, and gives the same numbers. It is nil if there is no such op; there is one for an activation of a
// [Linear] map or a convolution.
func (o *Op) Fuse(inner *Op) *Op {
	if o.finish == nil || inner.finally == nil {
		return nil
	}
	return &Op{
		name: inner.name + " then " + o.name, types: inner.types, shape: inner.shape, work: inner.work,
		kernel: inner.finally(*o.finish),
	}
}
