//go:build race && (linux || darwin) && (amd64 || arm64) && !noopenblas

package mpi

// racing says that the race detector runs, under which a sync.Pool drops some of what it is given, so that calls allocate by chance.
const racing = true
