// Package tensors makes tensors: [Zeros], [Ones], [Full], [Eye], [Arange], [Linspace], [FromSlice], and random ones by [Rand]
// and [Randn]. A shape or a number that makes no sense is an error, never a panic.
//
// The dtype is tensor.Float32 or tensor.Float64; [Labels] makes the integer targets of a classification. Each result is
// contiguous and row-major, owns its memory and has exactly the given shape: (5), (5, 1) and (1, 5) stay apart. No shape at
// all makes a scalar, whose Data() is a number and not a slice. A dimension must be at least 1, because
// gorgonia.org/tensor cannot hold an empty tensor. A number too large for Float32 is an error; NaN and the infinities pass.
package tensors
