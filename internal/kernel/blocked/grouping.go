package blocked

import "fmt"

// A grouping tells which channels of the source the results of a pass read.
type grouping struct {
	from, to int  // blocks of a group, in the source and in the results
	lanes    int  // channels of a group in a block; less than 16 if several groups share it
	paired   bool // each result reads the channel with its number alone; the packed weights of a place are then one vector
}

// newGrouping groups the channels of a convolution. Groups fill blocks, or divide them equally, or have one channel each.
func newGrouping(in, out, groups int) (grouping, error) {
	if groups < 1 || in%groups != 0 || out%groups != 0 {
		return grouping{}, fmt.Errorf("blocked: got %d groups for %d and %d channels, want a divisor of both", groups, in, out)
	}
	from, to := in/groups, out/groups
	switch {
	case groups == 1:
		return grouping{from: blocks(in), to: blocks(out), lanes: Block}, nil
	case from == 1 && to == 1:
		return grouping{from: 1, to: 1, lanes: 1, paired: true}, nil
	case from%Block == 0 && to%Block == 0:
		return grouping{from: from / Block, to: to / Block, lanes: Block}, nil
	case from == to && Block%from == 0:
		return grouping{from: 1, to: 1, lanes: from}, nil
	}
	return grouping{}, fmt.Errorf("blocked: got groups of %d and %d channels, want multiples of %d, or equal divisors of it", from, to, Block)
}

// reversed is the grouping of the gradient by the input.
func (g grouping) reversed() grouping {
	g.from, g.to = g.to, g.from
	return g
}

// first is the first block of the source that a block of results reads.
func (g grouping) first(to int) int { return to / g.to * g.from }

// end is the block after the last that reads the same blocks as a block of results, and at most limit.
func (g grouping) end(to, limit int) int { return min((to/g.to+1)*g.to, limit) }

// square is the number of weights between a block of results and a block, or plane, of the source with some channels.
func (g grouping) square(depth int) int {
	if g.paired {
		return Block
	}
	return depth * Block
}
