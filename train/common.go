package train

import (
	"math"
	"runtime"
	"sync/atomic"
	"time"
	"unsafe"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/dist"
)

// A common is the memory of ranks on one machine: the gradients of all ranks, which the machine of each writes there, and how far each rank is.
// Every rank sums a share of the gradients of all, in place, with no copy and no message.
type common struct {
	sharer dist.Sharer
	rank   int
	cells  []cell        // by rank
	slabs  []dist.Values // by rank
	before uint64        // buckets in all steps before the current one
	next   int           // the first bucket of this step of which this rank has not summed its share
}

// A cell holds how far a rank has got, for the others to read. It fills cache lines of its own. The counts of buckets go on from step to step.
type cell struct {
	computed atomic.Uint64 // buckets whose gradients the rank has computed
	summed   atomic.Uint64 // buckets of which the rank has summed its share
	factor   atomic.Uint64 // bits of the factor of the rank's gradients in the sums of this step
	_        [104]byte
}

// newCommon makes common memory with slabs of a size; nil if the ranks have none. It is collective.
func newCommon(comm dist.Comm, dtype tensor.Dtype, size int) (*common, error) {
	sharer, is := comm.(dist.Sharer)
	if !is {
		return nil, nil
	}
	n, head, bytes := comm.Size(), int(unsafe.Sizeof(cell{})), size*int(dtype.Size())
	memory, err := sharer.Share(n * (head + bytes))
	if memory == nil || err != nil {
		return nil, err
	}
	c := &common{sharer: sharer, rank: comm.Rank(), cells: unsafe.Slice((*cell)(unsafe.Pointer(&memory[0])), n)}
	for rank := range n {
		slab := unsafe.Pointer(&memory[n*head+rank*bytes])
		if dtype == tensor.Float32 {
			c.slabs = append(c.slabs, dist.Of(unsafe.Slice((*float32)(slab), size)))
		} else {
			c.slabs = append(c.slabs, dist.Of(unsafe.Slice((*float64)(slab), size)))
		}
	}
	return c, nil
}

// begin begins the sums of a step: all gradients of this rank are multiplied by a factor, those of a factor of 0 left out.
func (c *common) begin(factor float64) {
	c.next = 0
	c.cells[c.rank].factor.Store(math.Float64bits(factor))
}

// computed tells the others that the first n buckets of the step are computed, and sums what all have computed.
func (c *common) computed(buckets []*bucket, n int) {
	c.cells[c.rank].computed.Store(c.before + uint64(n))
	for c.next < n && c.ready() {
		c.sum(buckets[c.next])
	}
}

// ready tells whether all ranks have computed the next bucket.
func (c *common) ready() bool {
	for i := range c.cells {
		if c.cells[i].computed.Load() <= c.before+uint64(c.next) {
			return false
		}
	}
	return true
}

// finish waits until all buckets are summed.
func (c *common) finish(buckets []*bucket) error {
	c.computed(buckets, len(buckets))
	for spins := 0; c.next < len(buckets); spins++ {
		if c.ready() {
			c.sum(buckets[c.next])
			spins = 0
		} else if err := c.pause(spins); err != nil {
			return err
		}
	}
	c.before += uint64(len(buckets))
	for spins := 0; !c.whole(); spins++ {
		if err := c.pause(spins); err != nil {
			return err
		}
	}
	return nil
}

// whole tells whether all ranks have summed their shares of all buckets so far.
func (c *common) whole() bool {
	for i := range c.cells {
		if c.cells[i].summed.Load() < c.before {
			return false
		}
	}
	return true
}

// pause lets others work while this rank waits: the longer it has waited, the more.
func (c *common) pause(spins int) error {
	const short, long = 100, 1000
	switch {
	case spins < short:
		return nil
	case spins < long:
		runtime.Gosched()
	default:
		time.Sleep(20 * time.Microsecond)
	}
	return c.sharer.Ended()
}

// sum sums this rank's share of the next bucket, and writes the sums to all slabs.
func (c *common) sum(b *bucket) {
	first, end := c.share(b)
	if b.values.F32 != nil {
		sumSlabs(c, first, end, func(v dist.Values) []float32 { return v.F32 })
	} else {
		sumSlabs(c, first, end, func(v dist.Values) []float64 { return v.F64 })
	}
	c.next++
	c.cells[c.rank].summed.Store(c.before + uint64(c.next))
}

// share is the part of the slabs that this rank sums of a bucket, in whole lines of the cache.
func (c *common) share(b *bucket) (first, end int) {
	const line = 16
	lines := (b.end - b.starts[0] + line - 1) / line
	part := func(k int) int { return min(b.end, b.starts[0]+line*(lines*k/len(c.cells))) }
	return part(c.rank), part(c.rank + 1)
}

// sumSlabs adds the numbers of all ranks from first to end, each times the rank's factor, in the order of ranks.
func sumSlabs[T kernel.Float](c *common, first, end int, of func(dist.Values) []T) {
	part := func(rank int) []T { return of(c.slabs[rank])[first:end] }
	for rank := range c.slabs {
		if c.factor(rank) == 0 { // the numbers may be anything
			clear(part(rank))
		}
	}
	total, alpha := part(0), c.factor(0)
	for rank := 1; rank < len(c.slabs); rank++ {
		kernel.Merge(total, part(rank), alpha, c.factor(rank))
		alpha = 1
	}
	for rank := 1; rank < len(c.slabs)-1; rank++ { // the last one has the total
		copy(part(rank), total)
	}
}

// factor is that of the gradients of a rank in the sums of this step.
func (c *common) factor(rank int) float64 { return math.Float64frombits(c.cells[rank].factor.Load()) }
