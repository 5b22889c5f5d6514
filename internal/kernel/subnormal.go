package kernel

import "sync/atomic"

// The kernels treat subnormal numbers as zeros, as operands and as results: processors take up to a hundred times longer to
// compute with them. In float32 these are the numbers below 1.2e-38, which a vanishing gradient reaches soon.

var keep atomic.Bool

// KeepSubnormals makes the kernels compute with subnormal numbers as IEEE 754 specifies (on), or flush them to zero (off). The
// setting holds for the whole process.
func KeepSubnormals(on bool) { keep.Store(on) }

// Flushed records that a kernel flushed a result to zero because it was too small for its type. Each caller passes its own, or
// nil if it does not need to know. A kernel that runs on several cores sets it from all of them.
type Flushed struct{ atomic.Bool }

// The control register of the vector unit: all exceptions masked, and subnormals flushed to zero in results (FTZ) and in
// operands (DAZ), or not. Bit 4 tells afterwards whether a result was too small for its type.
const (
	ieeeMode   = 0x1f80
	flushMode  = 0x9fc0
	underflows = 0x10
)

// mode is the value of the control register during a kernel.
func mode() uint32 {
	if keep.Load() {
		return ieeeMode
	}
	return flushMode
}

// note sets f if the flags that a kernel raised tell that it flushed a result.
func (f *Flushed) note(flags uint32) {
	if flags&underflows != 0 && f != nil && !keep.Load() && !f.Load() {
		f.Store(true)
	}
}
