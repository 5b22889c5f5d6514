package mpi

import (
	"os"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/dist"
)

// Open connects this process with the others of its job. Without a job it gives a [dist.Single].
func Open() (dist.Comm, error) {
	if InJob() {
		return connect()
	}
	return dist.Single{}, nil
}

// InJob tells whether mpirun or srun has started this process as one of several: by the environment variables of Open MPI and of Slurm.
func InJob() bool {
	for _, name := range []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS"} {
		if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 1 && !inBatchScript(name) {
			return true
		}
	}
	return false
}

// StartedAs is the rank that mpirun or srun has given this process, before it is connected; 0 outside of a job.
func StartedAs() int {
	if !InJob() {
		return 0
	}
	for _, name := range []string{"OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID"} {
		if rank, err := strconv.Atoi(os.Getenv(name)); err == nil {
			return rank
		}
	}
	return 0
}

// inBatchScript tells whether Slurm runs this process as the job's script, and not as one of its tasks.
func inBatchScript(variable string) bool {
	return variable == "SLURM_NTASKS" && os.Getenv("SLURM_STEP_ID") == ""
}

// errNotHere tells how to install what is missing.
func errNotHere(cause error) error {
	return errors.Wrap(cause, "mpi: got a job of several processes, but no Open MPI 4 or 5 (libmpi.so.40; Debian has it in the package openmpi-bin)")
}
