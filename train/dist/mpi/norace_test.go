//go:build !race && (linux || darwin) && (amd64 || arm64) && !noopenblas

package mpi

const racing = false
