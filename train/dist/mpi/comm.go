//go:build (linux || darwin) && (amd64 || arm64) && !noopenblas

package mpi

import (
	"fmt"
	"math"
	"os"
	"runtime"
	"sync"
	"unsafe"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/dist"
)

// A comm is this process's end of the job. One thread of the system calls MPI, as MPI_THREAD_FUNNELED wants.
type comm struct {
	*library
	rank, size int
	calls      chan func() error // for the thread
	returned   chan error
	closed     bool     // after MPI_Finalize; read and written on the thread alone
	shared     [][]byte // memory in common with the other ranks

	// What the sums and broadcasts work on, so that none needs memory of its own.
	values dist.Values
	args   [6]uintptr
	root   int
	sum    func() error
	spread func() error
	once   sync.Once
}

// connect loads and starts MPI.
func connect() (dist.Comm, error) {
	l, err := load()
	if err != nil {
		return nil, err
	}
	c := &comm{library: l, calls: make(chan func() error), returned: make(chan error)}
	c.sum, c.spread = c.sumNow, c.spreadNow
	go c.serve()
	err = c.do(func() (err error) { c.rank, c.size, err = l.start(); return err })
	if err != nil {
		return nil, errors.Wrap(err, "mpi")
	}
	return c, nil
}

// serve makes the calls, on one thread. It never ends: the system would end the thread with it, and what the library has left in the thread
// may fault then.
func (c *comm) serve() {
	runtime.LockOSThread()
	for call := range c.calls {
		if c.closed {
			c.returned <- errors.New("the connection is closed")
			continue
		}
		c.returned <- call()
	}
}

// do lets the thread make a call, and waits for it.
func (c *comm) do(call func() error) error {
	c.calls <- call
	return <-c.returned
}

func (c *comm) Rank() int { return c.rank }
func (c *comm) Size() int { return c.size }

// AllReduce is MPI_Allreduce in place.
func (c *comm) AllReduce(values dist.Values) error {
	return c.with(values, 0, c.sum)
}

// Broadcast is MPI_Bcast.
func (c *comm) Broadcast(values dist.Values, root int) error {
	if err := c.checkRoot(root); err != nil {
		return err
	}
	return c.with(values, root, c.spread)
}

// with makes a call on values.
func (c *comm) with(values dist.Values, root int, call func() error) error {
	if values.F32 != nil && values.F64 != nil || values.Len() > math.MaxInt32 {
		return errors.Errorf("mpi: got %d numbers, want at most %d of one type", values.Len(), math.MaxInt32)
	}
	if values.Len() == 0 {
		return nil
	}
	c.values, c.root = values, root
	err := c.do(call)
	c.values = dist.Values{}
	if err == nil {
		return nil
	}
	return errors.Wrapf(err, "mpi: rank %d of %d, %v", c.rank, c.size, values)
}

func (c *comm) sumNow() error {
	const inPlace = 1 // MPI_IN_PLACE
	at, typ := c.address()
	c.args = [6]uintptr{inPlace, at, uintptr(c.values.Len()), typ, c.library.sum, c.world}
	return c.call(c.allReduce, c.args[:]...)
}

func (c *comm) spreadNow() error {
	at, typ := c.address()
	c.args = [6]uintptr{at, uintptr(c.values.Len()), typ, uintptr(c.root), c.world}
	return c.call(c.broadcast, c.args[:5]...)
}

// address is that of the current values, which c keeps reachable, and their type.
func (c *comm) address() (at, typ uintptr) {
	if c.values.F64 != nil {
		return uintptr(unsafe.Pointer(unsafe.SliceData(c.values.F64))), c.double
	}
	return uintptr(unsafe.Pointer(unsafe.SliceData(c.values.F32))), c.float
}

// Gather is MPI_Gather of the sizes, and MPI_Gatherv of the bytes.
func (c *comm) Gather(values []byte, root int) (all [][]byte, err error) {
	if err := c.checkRoot(root); err != nil {
		return nil, err
	}
	if len(values) > math.MaxInt32/c.size {
		return nil, errors.Errorf("mpi: got %d bytes to gather, want at most %d", len(values), math.MaxInt32/c.size)
	}
	err = c.do(func() error {
		sizes, offsets := make([]int32, c.size), make([]int32, c.size+1)
		mine := int32(len(values))
		err := c.call(c.gatherSizes, uintptr(unsafe.Pointer(&mine)), 1, c.int32s, uintptr(unsafe.Pointer(&sizes[0])), 1, c.int32s, uintptr(root), c.world)
		if err != nil {
			return err
		}
		for i, n := range sizes {
			offsets[i+1] = offsets[i] + n
		}
		sent, received := append(values[:len(values):len(values)], 0), make([]byte, offsets[c.size]+1)
		err = c.call(c.gather, uintptr(unsafe.Pointer(&sent[0])), uintptr(mine), c.bytes, uintptr(unsafe.Pointer(&received[0])),
			uintptr(unsafe.Pointer(&sizes[0])), uintptr(unsafe.Pointer(&offsets[0])), c.bytes, uintptr(root), c.world)
		if err != nil {
			return err
		}
		if c.rank != root {
			return nil
		}
		for i, n := range sizes {
			all = append(all, received[offsets[i]:offsets[i]+n:offsets[i]+n])
		}
		return nil
	})
	return all, errors.Wrapf(err, "mpi: rank %d of %d", c.rank, c.size)
}

func (c *comm) Barrier() error {
	return errors.Wrap(c.do(func() error { return c.call(c.barrier, c.world) }), "mpi")
}

// Abort prints the reason and ends all processes of the job. It does not wait for a call that waits for other ranks, so it is the one that
// may come from another thread.
func (c *comm) Abort(reason error) {
	c.once.Do(func() {
		fmt.Fprintf(os.Stderr, "rank %d: %v\n", c.rank, reason)
		_ = c.call(c.abort, c.world, 1)
	})
	os.Exit(1)
}

// Close is MPI_Finalize.
func (c *comm) Close() error {
	c.unshare()
	err := c.do(func() error {
		err := c.call(c.finalize)
		c.closed = true
		return err
	})
	return errors.Wrap(err, "mpi")
}

func (c *comm) checkRoot(root int) error {
	if root < 0 || root >= c.size {
		return errors.Errorf("mpi: got rank %d, want one from 0 to %d", root, c.size-1)
	}
	return nil
}

var _ dist.Comm = (*comm)(nil)
