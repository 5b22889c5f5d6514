// Package fpu mends the floating-point mode of a thread.
//
// The kernels of package kernel set the thread's mode so that subnormal numbers count as zeros, and set it back when they end. A
// fault within one, which the Go runtime turns into a panic, ends it early. Package kernel checks the lengths of all slices before a
// kernel starts, so a nil or short slice never causes one. What is left are slices over memory that is no longer mapped, such
// as that of a file which was truncated, in a goroutine that has called debug.SetPanicOnFault; otherwise such a fault ends the
// process.
//
// Whoever recovers from a panic that a kernel may have caused therefore calls [Restore], in the deferred function. That is right as
// long as the goroutine is on the thread of the fault. The runtime may move it on its way from the fault to the deferred
// function, if it wants to preempt it at just that moment; only runtime.LockOSThread rules that out.
package fpu
