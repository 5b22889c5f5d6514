// Package fpu restores the floating-point mode of a thread.
//
// The kernels of package kernel set the thread's mode so that subnormal numbers count as zeros, and set it back when they end. A
// fault within one, which the Go runtime turns into a panic, ends it early. Package kernel checks the lengths of all slices before a
// kernel starts, so a nil or short slice never causes one. A slice over memory that is no longer mapped, such
// as that of a truncated file, still does, in a goroutine that has called debug.SetPanicOnFault; elsewhere such a fault ends the
// process.
//
// A function that recovers from a panic which a kernel may have caused therefore calls [Restore] in its deferred function. This
// mends the right thread as long as the goroutine is still on the thread of the fault. The runtime may move the goroutine between
// the fault and the deferred function, if it preempts it at that moment; only runtime.LockOSThread rules that out.
package fpu
