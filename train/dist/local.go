package dist

import (
	stderrors "errors"
	"sync"

	"github.com/pkg/errors"
)

// Local runs a function once for each of n ranks, as goroutines of this process, and returns the errors of all. A rank that returns an error
// ends the work of the others.
func Local(n int, rank func(Comm) error) error {
	if n <= 0 {
		return errors.Errorf("dist: got %d ranks, want at least 1", n)
	}
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
	waiting  int // ranks at the barrier
	gone     int // ranks that have returned
	passed   int // barriers that all ranks have passed
	reason   error
	given    []Values // by rank, of the current operation
	bytes    [][]byte // by rank, of the current Gather
	sum32    []float32
	sum64    []float64
	mistaken error // of the current operation
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
	if g.gone++; g.waiting > 0 {
		g.end(errors.Errorf("dist: rank %d has returned while others wait for it", rank))
	}
}

// end ends the work of all ranks. The first reason counts.
func (g *group) end(reason error) {
	if g.reason == nil {
		g.reason = reason
	}
	g.arrived.Broadcast()
}

// wait waits until all ranks have called it. The last one to arrive runs between, if there is something.
func (g *group) wait(between func()) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.gone > 0 {
		g.end(errors.New("dist: a rank has returned while others wait for it"))
	}
	if g.reason != nil {
		return errors.Wrap(ErrAborted, g.reason.Error())
	}
	if g.waiting++; g.waiting == len(g.given) {
		if between != nil {
			between()
		}
		g.waiting = 0
		g.passed++
		g.arrived.Broadcast()
		return nil
	}
	for mine := g.passed; g.passed == mine; {
		if g.reason != nil {
			return errors.Wrap(ErrAborted, g.reason.Error())
		}
		g.arrived.Wait()
	}
	return nil
}

// A local is one rank of a group.
type local struct {
	*group
	rank int
}

func (c *local) Rank() int { return c.rank }
func (c *local) Size() int { return len(c.given) }

// AllReduce sums a part of the values on each rank, in the order of ranks.
func (c *local) AllReduce(values Values) error {
	if err := c.give(values); err != nil {
		return err
	}
	first, end := share(values.Len(), c.rank, c.Size())
	sum(c.sum32, c.given, first, end, func(v Values) []float32 { return v.F32 })
	sum(c.sum64, c.given, first, end, func(v Values) []float64 { return v.F64 })
	if err := c.wait(nil); err != nil {
		return err
	}
	copy(values.F32, c.sum32)
	copy(values.F64, c.sum64)
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

// compare notes whether all ranks have given as many numbers, and makes room for their sums.
func (g *group) compare() {
	g.mistaken = nil
	first := g.given[0]
	for rank, v := range g.given {
		if len(v.F32) != len(first.F32) || len(v.F64) != len(first.F64) {
			g.mistaken = errors.Errorf("dist: got %v from rank %d and %v from rank 0, want as many of one type", v, rank, first)
		}
	}
	g.sum32, g.sum64 = resize(g.sum32, len(first.F32)), resize(g.sum64, len(first.F64))
}

func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n)
	}
	return s[:n]
}

// share is the part of n numbers that a rank sums.
func share(n, rank, size int) (first, end int) {
	part := func(k int) int { return int(int64(n) * int64(k) / int64(size)) }
	return part(rank), part(rank + 1)
}

// sum adds the numbers of all ranks from first to end.
func sum[T float32 | float64](into []T, given []Values, first, end int, of func(Values) []T) {
	if len(into) == 0 {
		return
	}
	into = into[first:end]
	copy(into, of(given[0])[first:end])
	for _, v := range given[1:] {
		for i, x := range of(v)[first:end] {
			into[i] += x
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

func (c *local) Barrier() error { return c.wait(nil) }

// Abort ends the work of all ranks. The first reason counts.
func (c *local) Abort(reason error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.end(reason)
}

func (c *local) Close() error { return c.wait(nil) }

var _ Comm = (*local)(nil)
