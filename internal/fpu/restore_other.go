//go:build !amd64

package fpu

// Restore is nothing where there are no kernels that change the mode.
func Restore() {}
