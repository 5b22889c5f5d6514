package op

import "github.com/gradflow/gradflow/internal/kernel"

// A finish is an elementwise function that another op can apply to its result, in the same memory.
type finish struct {
	f32 func(flushed *kernel.Flushed, dst, x []float32)
	f64 func(flushed *kernel.Flushed, dst, x []float64)
}

// Fuse gives an op that computes o of inner, where o reads the output of inner as its first and only input, in one step and
// one piece of memory: the same numbers as one after the other. It takes the inputs of inner. It is nil if there is no such
// op: there is one for an activation of a [Linear] map.
func (o *Op) Fuse(inner *Op) *Op {
	if o.finish == nil || inner.finally == nil {
		return nil
	}
	return &Op{
		name: inner.name + " then " + o.name, types: inner.types, shape: inner.shape, work: inner.work,
		kernel: inner.finally(*o.finish),
	}
}
