// Package mpi connects ranks that mpirun, Slurm (srun --mpi=pmix) or Kubernetes have started, by Open MPI 4 or 5. The library is loaded while
// the program runs: no C compiler, cgo or build tag is needed, and a program runs without it as long as it asks for one process only.
//
//	comm, err := mpi.Open()
//
// gives a [dist.Single] where one process was started alone.
package mpi
