//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package mpi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gradflow/gradflow/train/dist"
)

// taskVariable names what a rank does, in a process that a test has started by mpirun.
const taskVariable = "GRADFLOW_MPI_TASK"

// tasks are what ranks do.
var tasks = map[string]func(dist.Comm) error{
	"collectives": collectives,
	"fails": func(c dist.Comm) error {
		if c.Rank() == 1 {
			return errors.New("the disk is full")
		}
		return c.Barrier()
	},
	"dies": func(c dist.Comm) error {
		if c.Rank() == 1 {
			os.Exit(3)
		}
		return c.Barrier()
	},
	"closed": func(c dist.Comm) error {
		if err := c.Close(); err != nil {
			return err
		}
		fmt.Println("then:", c.Barrier())
		time.Sleep(100 * time.Millisecond) // nothing of the library's faults meanwhile
		os.Exit(0)
		return nil
	},
	"nil": func(c dist.Comm) error { // a fault is still a panic of Go's
		defer func() { fmt.Println("recovered:", recover()) }()
		var p *int
		return fmt.Errorf("got %d", *p)
	},
}

func TestMain(m *testing.M) {
	task := tasks[os.Getenv(taskVariable)]
	if task == nil {
		os.Exit(m.Run())
	}
	c, err := Open()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if err := task(c); err != nil {
		c.Abort(err)
	}
	if err := c.Close(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

// mpirun runs a task on some ranks.
func mpirun(t *testing.T, ranks int, task string) (string, error) {
	t.Helper()
	if _, err := exec.LookPath("mpirun"); err != nil {
		t.Skip("SKIPPED: nothing was run under MPI, as there is no mpirun (Debian: apt-get install openmpi-bin)")
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, "mpirun", "--oversubscribe", "--mca", "mpi_yield_when_idle", "1", "--mca", "btl_vader_single_copy_mechanism", "none", "-np", fmt.Sprint(ranks), os.Args[0])
	command.Env = append(os.Environ(), taskVariable+"="+task, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	out, err := command.CombinedOutput()
	return string(out), err
}

// collectives calls each of them and checks what it gives.
func collectives(c dist.Comm) error {
	n := c.Size()
	for _, count := range []int{1, 0, 100_000} {
		x, y := make([]float32, count), make([]float64, count)
		for i := range x {
			x[i], y[i] = float32(c.Rank()+i%7), float64(c.Rank()*i)
		}
		if err := errors.Join(c.AllReduce(dist.Of(x)), c.AllReduce(dist.Of(y))); err != nil {
			return err
		}
		for i := range x {
			if wantX, wantY := float32(n*(n-1)/2+n*(i%7)), float64(n*(n-1)/2*i); x[i] != wantX || y[i] != wantY {
				return fmt.Errorf("number %d: got sums %g and %g, want %g and %g", i, x[i], y[i], wantX, wantY)
			}
		}
	}
	z := []float64{float64(c.Rank()), 2}
	if err := c.Broadcast(dist.Of(z), n-1); err != nil || z[0] != float64(n-1) {
		return fmt.Errorf("broadcast: got %v and error %v, want %d", z, err, n-1)
	}
	all, err := c.Gather([]byte(strings.Repeat("x", c.Rank())), 0)
	if err != nil {
		return err
	}
	var want [][]byte
	for rank := 0; c.Rank() == 0 && rank < n; rank++ {
		want = append(want, []byte(strings.Repeat("x", rank)))
	}
	if !reflect.DeepEqual(all, want) {
		return fmt.Errorf("gather: rank %d: got %q, want %q", c.Rank(), all, want)
	}
	if err := c.Broadcast(dist.Of(z), n); err == nil {
		return errors.New("broadcast of a rank that is none: got no error")
	}
	if allocated := testing.AllocsPerRun(10, func() { err = errors.Join(err, c.AllReduce(dist.Of(z))) }); allocated > 1 && !racing {
		return fmt.Errorf("got %v allocations for an AllReduce, want no more than purego's", allocated)
	}
	fmt.Printf("rank %d of %d is done\n", c.Rank(), n)
	return errors.Join(err, c.Barrier())
}

func TestCollectives(t *testing.T) {
	for _, ranks := range []int{2, 4} {
		out, err := mpirun(t, ranks, "collectives")
		if err != nil || strings.Count(out, "is done") != ranks {
			t.Errorf("%d ranks: got error %v and\n%s", ranks, err, out)
		}
	}
}

// A rank that fails or dies ends the job within seconds, with its reason and a status.
func TestJobsThatEnd(t *testing.T) {
	for task, want := range map[string]string{"fails": "rank 1: the disk is full", "dies": "exit"} {
		began := time.Now()
		out, err := mpirun(t, 2, task)
		if err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: got error %v and\n%s\nwant a status and %q", task, err, out, want)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: the job ended after %v", task, took)
		}
	}
}

func TestFaultsStayPanics(t *testing.T) {
	out, err := mpirun(t, 2, "nil")
	if err != nil || strings.Count(out, "recovered: runtime error: invalid memory address") != 2 {
		t.Errorf("got error %v and\n%s\nwant two recovered panics", err, out)
	}
}

func TestClosed(t *testing.T) {
	out, err := mpirun(t, 2, "closed")
	if err != nil || strings.Count(out, "then: mpi: the connection is closed") != 2 {
		t.Errorf("got error %v and\n%s\nwant two errors of a closed connection", err, out)
	}
}

func TestOutsideAJob(t *testing.T) {
	for _, name := range []string{"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS", "SLURM_STEP_ID"} {
		t.Setenv(name, "")
	}
	c, err := Open()
	if err != nil || c.Size() != 1 || c.Rank() != 0 {
		t.Errorf("got rank %d of %d and error %v, want one process alone", c.Rank(), c.Size(), err)
	}
	t.Setenv("SLURM_NTASKS", "4")
	if InJob() {
		t.Error("the script of a Slurm job counts as one of its tasks")
	}
	t.Setenv("SLURM_STEP_ID", "0")
	if !InJob() {
		t.Error("a task of Slurm's does not count as one")
	}
}
