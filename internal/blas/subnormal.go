package blas

import "sync/atomic"

// The kernels treat subnormal numbers as zeros, in what they read and in what they write: processors take up to a hundred
// times longer over them. In float32 these are the numbers below 1.2e-38, which a vanishing gradient reaches soon.

var (
	keep    atomic.Bool
	flushed atomic.Bool
)

// KeepSubnormals makes the kernels compute with subnormal numbers as IEEE 754 has it, or again without them. It holds for
// the whole process.
func KeepSubnormals(on bool) { keep.Store(on) }

// TakeFlushed tells whether a kernel has flushed a result to zero since the last call.
func TakeFlushed() bool { return flushed.Load() && flushed.Swap(false) }
