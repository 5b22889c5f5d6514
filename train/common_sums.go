package train

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/train/dist"
)

// begin tells by which factor all gradients of this rank are multiplied in the next sum; those of a factor of 0 are left out.
func (c *common) begin(factor float64) {
	c.cells[c.rank].factor.Store(math.Float64bits(factor))
}

// sum sums the gradients in all slabs, in place, when all ranks have computed theirs: each rank a share. Beginning earlier, with what all have
// computed, takes longer: the numbers then still lie in the cache of another core.
func (c *common) sum() error {
	if err := c.meet(); err != nil {
		return err
	}
	first, end := c.share()
	if c.slabs[0].F32 != nil {
		sumSlabs(c, first, end, func(v dist.Values) []float32 { return v.F32 })
	} else {
		sumSlabs(c, first, end, func(v dist.Values) []float64 { return v.F64 })
	}
	return c.meet()
}

// share is the part of the slabs that this rank sums, in whole lines of the cache.
func (c *common) share() (first, end int) {
	const line = 16
	n := c.slabs[0].Len() // whole lines
	part := func(rank int) int { return n / line * rank / len(c.cells) * line }
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

// factor returns the number by which the gradients of a rank are multiplied in the sums of this step.
func (c *common) factor(rank int) float64 { return math.Float64frombits(c.cells[rank].factor.Load()) }
