package pool

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// counts counts how often each piece was done.
type counts []atomic.Int32

func (c counts) Do(i int) { c[i].Add(1) }

func (c counts) check(t *testing.T, want int32) {
	t.Helper()
	for i := range c {
		if got := c[i].Load(); got != want {
			t.Fatalf("piece %d of %d was done %d times, want %d", i, len(c), got, want)
		}
	}
}

// withProcs runs f under several numbers of processors, also more than there are.
func withProcs(t *testing.T, f func(t *testing.T)) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 2, 4} {
		runtime.GOMAXPROCS(procs)
		f(t)
	}
}

func TestRunDoesEachPieceOnce(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		for n := range 20 {
			c := make(counts, n)
			for range 50 {
				Run(n, c)
			}
			c.check(t, 50)
		}
	})
}

// Run wakes a sleeping worker, or does its pieces without it.
func TestRunWithSleepingWorkers(t *testing.T) {
	c := make(counts, 4)
	for range 20 {
		Run(len(c), c)
		time.Sleep(4 * awake)
	}
	c.check(t, 20)
}

func TestRunFromManyGoroutines(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		c := make(counts, 5)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range 100 {
					Run(len(c), c)
				}
			})
		}
		wg.Wait()
		c.check(t, 400)
	})
}

// nested is a task whose pieces run a task.
type nested struct{ inner counts }

func (n nested) Do(int) { Run(len(n.inner), n.inner) }

func TestRunInsideRun(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		n := nested{make(counts, 3)}
		Run(4, n)
		n.inner.check(t, 4)
	})
}

// failing panics in one piece.
type failing struct {
	counts
	at int
}

func (f failing) Do(i int) {
	f.counts.Do(i)
	if i == f.at {
		panic("piece failed")
	}
}

func TestPanicComesBack(t *testing.T) {
	withProcs(t, func(t *testing.T) {
		for at := range 6 {
			f := failing{make(counts, 6), at}
			func() {
				defer func() {
					if r := recover(); r != "piece failed" {
						t.Fatalf("recovered %v, want the panic of the piece", r)
					}
				}()
				Run(6, f)
			}()
			c := make(counts, 6)
			Run(6, c)
			c.check(t, 1)
		}
	})
}

// meeting needs two pieces at the same time.
type meeting struct{ arrived *atomic.Int32 }

func (m meeting) Do(int) {
	m.arrived.Add(1)
	for m.arrived.Load() < 2 {
		runtime.Gosched()
	}
}

func TestPiecesRunTogether(t *testing.T) {
	if runtime.NumCPU() < 2 {
		t.Skip("one core")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for range 20 {
		Run(2, meeting{new(atomic.Int32)})
	}
}

func TestRunAllocatesNothing(t *testing.T) {
	c := make(counts, 4)
	var task Task = c
	if n := testing.AllocsPerRun(100, func() { Run(len(c), task) }); n != 0 {
		t.Errorf("%v allocations per run, want 0", n)
	}
}

func TestWorkers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if Workers() != 1 {
		t.Errorf("%d workers on one processor", Workers())
	}
	runtime.GOMAXPROCS(runtime.NumCPU() + 3)
	if Workers() != runtime.NumCPU() {
		t.Errorf("%d workers on %d cores", Workers(), runtime.NumCPU())
	}
}

// BenchmarkRun is the cost of sharing two empty pieces with a worker that is awake.
func BenchmarkRun(b *testing.B) {
	var task Task = make(counts, 2)
	for b.Loop() {
		Run(2, task)
	}
}
