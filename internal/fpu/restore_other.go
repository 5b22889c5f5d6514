//go:build !amd64

package fpu

// Restore does nothing: on this processor no kernel changes the mode.
func Restore() {}
