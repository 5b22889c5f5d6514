//go:build noopenblas

package openblas

// Missing tells why this build cannot load the library. With the build tag noopenblas the program needs no C
// library: it does not import purego, which links to one.
const Missing = "OpenBLAS is left out by the build tag noopenblas"
