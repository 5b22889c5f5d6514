package train

import (
	"sync/atomic"
	"unsafe"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/train/dist"
)

// A common is the memory of ranks on one machine: how far each rank is, a few numbers of each, and the gradients of all ranks, which the machine
// of each writes there.
type common struct {
	sharer dist.Sharer
	rank   int
	cells  []cell         // by rank
	rows   [2][][]float64 // by rank, for every other call of reduce
	slabs  []dist.Values  // gradients, by rank

	met  uint64 // calls of meet
	turn int    // of the rows
}

// A cell holds how far a rank has got, for the others to read. It fills cache lines of its own.
type cell struct {
	met    atomic.Uint64 // calls of meet
	factor atomic.Uint64 // bits of the factor of the rank's gradients in the sums of this step
	_      [112]byte
}

// rowSize is the number of numbers that reduce sums at once.
const rowSize = 1 << 12

// newCommon makes common memory with slabs of a size; nil if the ranks have none. It is collective.
func newCommon(comm dist.Comm, dtype tensor.Dtype, size int) (*common, error) {
	sharer, is := comm.(dist.Sharer)
	if !is {
		return nil, nil
	}
	n, head, row, slab := comm.Size(), int(unsafe.Sizeof(cell{})), 8*rowSize, size*int(dtype.Size())
	memory, err := sharer.Share(n * (head + 2*row + slab))
	if memory == nil || err != nil {
		return nil, err
	}
	take := func(bytes int) unsafe.Pointer {
		part := unsafe.Pointer(unsafe.SliceData(memory))
		memory = memory[bytes:]
		return part
	}
	c := &common{sharer: sharer, rank: comm.Rank(), cells: unsafe.Slice((*cell)(take(n*head)), n)}
	for turn := range c.rows {
		for range n {
			c.rows[turn] = append(c.rows[turn], unsafe.Slice((*float64)(take(row)), rowSize))
		}
	}
	for range n {
		c.slabs = append(c.slabs, valuesAt(take(slab), dtype, size))
	}
	return c, nil
}

// valuesAt are numbers in memory.
func valuesAt(at unsafe.Pointer, dtype tensor.Dtype, n int) dist.Values {
	if dtype == tensor.Float32 {
		return dist.Of(unsafe.Slice((*float32)(at), n))
	}
	return dist.Of(unsafe.Slice((*float64)(at), n))
}

// meet waits until all ranks have called it. What a rank has written before, all can read after it.
func (c *common) meet() error {
	c.met++
	c.cells[c.rank].met.Store(c.met)
	for i := range c.cells {
		for calls := 0; c.cells[i].met.Load() < c.met; calls++ {
			if err := c.sharer.Pause(calls); err != nil && c.cells[i].met.Load() < c.met { // else it has returned after the meeting
				return err
			}
		}
	}
	return nil
}

// reduce replaces numbers by their sums over the ranks, in the order of ranks. A rank that has met the others has read the rows of the call
// before, so that two rows of each rank do.
func (c *common) reduce(numbers []float64) error {
	for first := 0; first < len(numbers); first += rowSize {
		part := numbers[first:min(len(numbers), first+rowSize)]
		rows := c.rows[c.turn]
		c.turn = 1 - c.turn
		copy(rows[c.rank], part)
		if err := c.meet(); err != nil {
			return err
		}
		clear(part)
		for _, row := range rows {
			for i := range part {
				part[i] += row[i]
			}
		}
	}
	return nil
}
