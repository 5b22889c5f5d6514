//go:build noopenblas

package kernel

// With the build tag noopenblas the program needs no C library: it does not import purego, which links to one.
const whyNoOpenBLAS = "OpenBLAS is left out by the build tag noopenblas"
