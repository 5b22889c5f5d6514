// Package pool shares short pieces of work, a few microseconds each, between the processor's cores.
//
// Its workers are goroutines that live as long as the process. Between two calls of [Run] they spin for a moment, so
// that the many calls of a training step find them awake, and then sleep until they are woken.
package pool

import (
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/gradflow/gradflow/internal/fpu"
)

// A Task is work that consists of independent pieces.
type Task interface {
	// Do does piece i. Pieces run at the same time, on any goroutine and in any order.
	Do(i int)
}

// Workers is the number of pieces that can run at the same time: the smaller of GOMAXPROCS and the number of cores, divided between those
// who share them.
func Workers() int {
	cores := min(runtime.GOMAXPROCS(0), runtime.NumCPU())
	return max(1, cores/max(1, int(sharers.Load())))
}

// Run calls t.Do(0) to t.Do(n-1), on the caller and on the workers, and returns when all calls have returned.
//
// While one Run uses the workers, others do their work on their own goroutine: a Task may therefore call Run itself.
// If a call of Do panics, Run panics with the same value after the other calls have returned. Run allocates nothing.
func Run(n int, t Task) {
	workers := Workers()
	if n <= 1 || workers <= 1 || !shared.busy.TryLock() {
		for i := range n {
			t.Do(i)
		}
		return
	}
	defer shared.busy.Unlock()
	shared.run(n, t, min(workers, n)-1)
}

var shared team

// A team is the workers and the task that they share. The groups of fields lie on cache lines of their own, because
// several cores write them.
type team struct {
	busy    sync.Mutex // held by the Run that uses the workers
	task    Task
	n       int
	started int // workers that exist
	wake    chan struct{}
	failure atomic.Pointer[failure]
	_       [64]byte
	left    atomic.Int64 // pieces that nobody has taken yet; below zero means none
	_       [64]byte
	undone  atomic.Int64 // pieces that have not returned yet
	_       [64]byte
	asleep  atomic.Int64 // workers that sleep, or are about to
	_       [64]byte
}

// A failure is the value that a piece panicked with.
type failure struct{ value any }

// run shares the n pieces of t between the caller and at most the given number of helpers.
//
// Only the counter left tells whether there is work. A goroutine that has taken a piece from it keeps the run open until the
// piece is done, so it may read task and n.
func (e *team) run(n int, t Task, helpers int) {
	for ; e.started < helpers; e.started++ {
		if e.wake == nil {
			e.wake = make(chan struct{}, runtime.NumCPU())
		}
		go e.work()
	}
	e.task, e.n = t, n
	e.undone.Store(int64(n))
	e.left.Store(int64(n))
	for range min(int64(helpers), e.asleep.Load()) {
		select {
		case e.wake <- struct{}{}:
		default: // enough wake-ups are pending
		}
	}
	for e.doOne() {
	}
	for spins := 0; e.undone.Load() > 0; spins++ {
		pause()
		if spins > patience {
			runtime.Gosched() // the piece takes long, or its worker has lost its core
		}
	}
	e.task = nil
	if f := e.failure.Swap(nil); f != nil {
		panic(f.value)
	}
}

// doOne takes a piece and does it, or reports that there is none.
func (e *team) doOne() bool {
	if e.left.Load() <= 0 {
		return false
	}
	left := e.left.Add(-1)
	if left < 0 {
		return false
	}
	defer e.finish()
	e.task.Do(e.n - 1 - int(left))
	return true
}

// finish counts a piece as done, even if it panicked.
func (e *team) finish() {
	if r := recover(); r != nil {
		fpu.Restore()
		e.failure.CompareAndSwap(nil, &failure{r})
	}
	e.undone.Add(-1)
}
