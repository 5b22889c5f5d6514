// Package dist connects the processes of one training, its ranks: a [Comm] sums, sends and gathers numbers over them. [Single] is one process
// alone, [Local] runs ranks as goroutines of one process, and package mpi connects processes that mpirun, Slurm or Kubernetes have started.
//
// Sums are the same bits on all ranks, and in every run with as many ranks.
package dist
