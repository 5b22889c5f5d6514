package dist

import (
	stderrors "errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/pool"
)

// Local runs a function once for each of n ranks, as goroutines of this process, and returns the errors of all. A rank that returns an error
// ends the work of the others. The ranks share the cores: with as many ranks as cores each computes on one.
func Local(n int, rank func(Comm) error) error {
	if n <= 0 {
		return errors.Errorf("dist: got %d ranks, want at least 1", n)
	}
	defer pool.Share(n)()
	g := newGroup(n)
	failed := make([]error, n)
	var ranks sync.WaitGroup
	for i := range n {
		ranks.Go(func() {
			c := &local{group: g, rank: i}
			if err := rank(c); err != nil {
				failed[i] = errors.Wrapf(err, "rank %d", i)
				c.Abort(failed[i])
			}
			g.leave(i)
		})
	}
	ranks.Wait()
	if g.reason != nil { // what it has ended tells no more than that
		return g.reason
	}
	return stderrors.Join(failed...)
}

// A group is what the ranks of Local share.
type group struct {
	mu       sync.Mutex
	arrived  *sync.Cond
	waiting  int          // ranks at the barrier
	gone     int          // ranks that have returned
	passed   atomic.Int64 // barriers that all ranks have passed
	ended    atomic.Bool  // a rank has returned, or there is a reason
	reason   error
	given    []Values // by rank, of the current operation
	bytes    [][]byte // by rank, of the current Gather
	mistaken error    // of the current operation
}

func newGroup(n int) *group {
	g := &group{given: make([]Values, n), bytes: make([][]byte, n)}
	g.arrived = sync.NewCond(&g.mu)
	return g
}

// leave notes that a rank has returned. Others must not wait for it.
func (g *group) leave(rank int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended.Store(true)
	if g.gone++; g.waiting > 0 {
		g.end(errors.Errorf("dist: rank %d has returned while others wait for it", rank))
	}
}

// end ends the work of all ranks. The first reason counts.
func (g *group) end(reason error) {
	if g.reason == nil {
		g.reason = reason
	}
	g.ended.Store(true)
	g.arrived.Broadcast()
}

// wait waits until all ranks have called it. The last one to arrive runs between, if there is something.
func (g *group) wait(between func()) error {
	mine, last, err := g.arrive(between)
	if err != nil || last {
		return err
	}
	for range patience { // the others mostly come soon, and sleeping takes longer
		if g.passed.Load() != mine {
			return nil
		}
		runtime.Gosched()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.passed.Load() == mine {
		if g.reason != nil {
			return errors.Wrap(ErrAborted, g.reason.Error())
		}
		g.arrived.Wait()
	}
	return nil
}

// patience is how often a rank looks whether the others have come before it sleeps.
const patience = 200

// arrive notes that a rank waits, and tells how many barriers were passed before, or that the rank is the last one.
func (g *group) arrive(between func()) (passed int64, last bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone > 0 {
		g.end(errReturned)
	}
	if g.reason != nil {
		return 0, false, errors.Wrap(ErrAborted, g.reason.Error())
	}
	if g.waiting++; g.waiting < len(g.given) {
		return g.passed.Load(), false, nil
	}
	if between != nil {
		between()
	}
	g.waiting = 0
	g.passed.Add(1)
	g.arrived.Broadcast()
	return 0, true, nil
}

var errReturned = errors.New("dist: a rank has returned while others wait for it")

// A local is one rank of a group.
type local struct {
	*group
	rank   int
	room32 [block]float32
	room64 [block]float64
}

func (c *local) Rank() int { return c.rank }
func (c *local) Size() int { return len(c.given) }

// AllReduce sums a part of the values on each rank, in the order of ranks, and writes the sums to all.
func (c *local) AllReduce(values Values) error {
	if err := c.give(values); err != nil {
		return err
	}
	first, end := share(values.Len(), c.rank, c.Size())
	sum(&c.room32, c.given, first, end, func(v Values) []float32 { return v.F32 })
	sum(&c.room64, c.given, first, end, func(v Values) []float64 { return v.F64 })
	return c.wait(nil)
}

// Broadcast copies on each rank.
func (c *local) Broadcast(values Values, root int) error {
	if err := checkRoot(root, c.Size()); err != nil {
		return err
	}
	if err := c.give(values); err != nil {
		return err
	}
	if c.rank != root {
		copy(values.F32, c.given[root].F32)
		copy(values.F64, c.given[root].F64)
	}
	return c.wait(nil)
}

// give shows the other ranks the values, and waits for theirs.
func (c *local) give(values Values) error {
	if err := values.validate(); err != nil {
		return err
	}
	c.given[c.rank] = values
	if err := c.wait(c.compare); err != nil {
		return err
	}
	return c.mistaken
}

// compare notes whether all ranks have given as many numbers.
func (g *group) compare() {
	g.mistaken = nil
	first := g.given[0]
	for rank, v := range g.given {
		if len(v.F32) != len(first.F32) || len(v.F64) != len(first.F64) {
			g.mistaken = errors.Errorf("dist: got %v from rank %d and %v from rank 0, want as many of one type", v, rank, first)
		}
	}
}

// share is the part of n numbers that a rank sums.
func share(n, rank, size int) (first, end int) {
	part := func(k int) int { return int(int64(n) * int64(k) / int64(size)) }
	return part(rank), part(rank + 1)
}

// block is the number of numbers that are summed at once, in the cache.
const block = 1 << 10

// sum replaces the numbers from first to end, on all ranks, by their sums.
func sum[T float32 | float64](room *[block]T, given []Values, first, end int, of func(Values) []T) {
	if len(of(given[0])) == 0 {
		return
	}
	for ; first < end; first += block {
		last := min(end, first+block)
		total := room[:last-first]
		copy(total, of(given[0])[first:last])
		for _, v := range given[1:] {
			for i, x := range of(v)[first:last] {
				total[i] += x
			}
		}
		for _, v := range given {
			copy(of(v)[first:last], total)
		}
	}
}

// Gather copies on the root.
func (c *local) Gather(values []byte, root int) (all [][]byte, err error) {
	if err := checkRoot(root, c.Size()); err != nil {
		return nil, err
	}
	c.bytes[c.rank] = values
	if err := c.wait(nil); err != nil {
		return nil, err
	}
	if c.rank == root {
		for _, b := range c.bytes {
			all = append(all, append([]byte{}, b...))
		}
	}
	return all, c.wait(nil)
}

// Share gives the others memory of rank 0.
func (c *local) Share(n int) ([]byte, error) {
	if c.rank == 0 {
		const line = 64
		memory := make([]byte, n+line)
		skip := -int(uintptr(unsafe.Pointer(unsafe.SliceData(memory)))) & (line - 1)
		c.bytes[0] = memory[skip : skip+n : skip+n]
	}
	if err := c.wait(nil); err != nil {
		return nil, err
	}
	return c.bytes[0], c.wait(nil)
}

// Pause lets other goroutines run.
func (c *local) Pause(calls int) error {
	const spinning, yielding = 100, 10_000
	switch {
	case calls < spinning:
		return nil
	case calls < yielding:
		runtime.Gosched()
	default:
		time.Sleep(20 * time.Microsecond)
	}
	if !c.ended.Load() {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reason == nil {
		return errors.Wrap(ErrAborted, errReturned.Error())
	}
	return errors.Wrap(ErrAborted, c.reason.Error())
}

func (c *local) Barrier() error { return c.wait(nil) }

// Abort ends the work of all ranks. The first reason counts.
func (c *local) Abort(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(reason)
}

func (c *local) Close() error { return c.wait(nil) }

var _ Sharer = (*local)(nil)
