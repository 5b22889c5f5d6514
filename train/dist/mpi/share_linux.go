//go:build (amd64 || arm64) && !noopenblas

package mpi

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/train/dist"
)

// sharedFiles is the folder of files in memory, which only processes of one machine can have in common.
const sharedFiles = "/dev/shm"

// Share maps a file in memory that rank 0 makes and the others find. It has no name once all have found it, so that nothing is left of it
// when the ranks end, however they do.
func (c *comm) Share(n int) ([]byte, error) {
	var memory []byte
	var failed error
	path, err := c.sharedFile(n)
	if err != nil {
		return nil, err
	}
	if path != "" {
		memory, failed = mapFile(path, n)
	}
	missing := []float64{0}
	if path == "" || failed != nil {
		missing[0] = 1
	}
	err = c.AllReduce(dist.Of(missing))
	if c.rank == 0 && path != "" {
		os.Remove(path)
	}
	if memory == nil || err != nil {
		return nil, err
	}
	if missing[0] > 0 {
		return nil, errors.Wrap(syscall.Munmap(memory), "mpi")
	}
	c.shared = append(c.shared, memory)
	return memory, nil
}

// sharedFile makes a file of n bytes on rank 0, and tells all ranks its path; none if there is no room.
func (c *comm) sharedFile(n int) (path string, err error) {
	name := make([]float64, 64)
	if c.rank == 0 {
		if path, err = createFile(n); err == nil {
			for i, b := range []byte(filepath.Base(path)) {
				name[i] = float64(b)
			}
		}
	}
	if err := c.Broadcast(dist.Of(name), 0); err != nil {
		return "", err
	}
	var text strings.Builder
	for _, b := range name {
		if b != 0 {
			text.WriteByte(byte(b))
		}
	}
	if text.Len() == 0 {
		return "", nil
	}
	return filepath.Join(sharedFiles, text.String()), nil
}

// createFile makes a file with room for n bytes: a write to memory that there is not would end the process.
func createFile(n int) (path string, err error) {
	f, err := os.CreateTemp(sharedFiles, "gradflow-")
	if err != nil {
		return "", err
	}
	defer f.Close()
	if err := files.Uninterrupted(func() error { return syscall.Fallocate(int(f.Fd()), 0, 0, int64(n)) }); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

func mapFile(path string, n int) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return syscall.Mmap(int(f.Fd()), 0, n, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
}

// Pause lets other goroutines, and then other processes, use the core. It never tells of an end: MPI kills the ranks that wait for one that
// has ended. A time.Sleep would last a millisecond at least where nothing else runs.
func (c *comm) Pause(calls int) error {
	const spinning, yielding, sleeping = 100, 2_000, 10_000
	switch {
	case calls < spinning:
	case calls < yielding:
		runtime.Gosched()
	case calls < sleeping:
		_, _, _ = syscall.RawSyscall(syscall.SYS_SCHED_YIELD, 0, 0, 0)
		runtime.Gosched()
	default:
		_ = syscall.Nanosleep(&syscall.Timespec{Nsec: 20_000}, nil) // a signal may end it early
	}
	return nil
}

// unshare ends the use of common memory.
func (c *comm) unshare() {
	for _, memory := range c.shared {
		_ = syscall.Munmap(memory)
	}
	c.shared = nil
}

var _ dist.Sharer = (*comm)(nil)
