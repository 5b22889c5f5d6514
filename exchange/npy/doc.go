// Package npy reads and writes arrays in NumPy's formats NPY, versions 1 to 3, and NPZ: https://numpy.org/neps/nep-0001-npy-format.html.
//
//	x, err := npy.ReadFile("x.npy")
//	archive, err := npy.Open("set.npz")
//	x, err = archive.Tensor("x")
//
// float32 and float64 keep their type, float16 becomes float32, integers of 8 to 64 bits become int, and bool stays bool, in either
// byte order. Arrays in Fortran's order are brought to row-major order. Complex numbers, texts, structures and objects are errors:
// nothing in a file is executed.
//
// # Untrusted files
//
// Memory grows with the bytes that arrive, not with what a header announces. An archive may unpack to 100 times its size and a MiB
// more; [Reader] has another bound.
package npy
