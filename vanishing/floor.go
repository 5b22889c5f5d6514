package vanishing

import "math"

// A search is what the search for the floor remembers from one record to the next.
type search struct {
	step      float64 // along the gradient, of the last floor
	unbounded bool    // whether the loss falls on and on
}

// Bounds of the search for the floor.
const (
	stride   = 4    // factor between the steps that are tried
	farthest = 40   // strides, at most
	levelled = 0.01 // share of the fall so far, below which a longer step no longer counts
)

// floor is the least loss that outputs have which are moved for each sample along its own gradient, all by the same multiple: what the batch
// leaves to be learnt is the loss above it. It is 0 for squared errors, and for cross-entropies of whole classes, and the same distance below
// the loss if a constant is added to it. It is NaN for a loss that has no least value, or no gradient that can be read.
func (g *guesser) floor(loss float64) float64 {
	size := 0.0
	for _, o := range g.outputs {
		if len(o.slope) != len(o.value) {
			return math.NaN()
		}
		for _, v := range o.slope {
			size += v * v
		}
	}
	if g.search.unbounded || math.IsNaN(size) || math.IsInf(size, 0) {
		return math.NaN()
	}
	if size == 0 {
		return loss
	}
	if g.search.step == 0 {
		g.search.step = 1 / math.Sqrt(size)
	}
	return g.descend(loss)
}

// moved is the loss of outputs that are moved against their gradients by a multiple of them.
func (g *guesser) moved(step float64) float64 {
	v := g.lossOf(func(o *freeOutput) []float64 {
		x := make([]float64, len(o.value))
		for i := range x {
			x[i] = o.value[i] - step*o.slope[i]
		}
		return x
	})
	if math.IsNaN(v) {
		return math.Inf(1)
	}
	return v
}

// descend looks for the best step, from that of the last record on: first for one that helps, then for one that a longer one does not better.
func (g *guesser) descend(loss float64) float64 {
	step, low := g.search.step, g.moved(g.search.step)
	for n := 0; low >= loss; n++ {
		if n == farthest {
			return loss // nothing helps: rounding hides what is left
		}
		step /= stride
		low = g.moved(step)
	}
	shorter, longer := g.moved(step/stride), g.moved(step*stride)
	for n := 0; longer < low; n++ {
		if n == farthest {
			g.search.unbounded = true
			return math.NaN()
		}
		fallen := loss - low
		shorter, low, step = low, longer, step*stride
		if loss-low < (1+levelled)*fallen {
			break
		}
		longer = g.moved(step * stride)
	}
	for n := 0; shorter < low && n < farthest; n++ {
		longer, low, step = low, shorter, step/stride
		shorter = g.moved(step / stride)
	}
	g.search.step = step
	return min(low, g.moved(vertex(step, shorter-low, longer-low)))
}

// vertex is the least point of the parabola through a step, the next shorter and the next longer one, of which the heights above that of the
// step are given.
func vertex(step, shorter, longer float64) float64 {
	a, b := step/stride-step, step*stride-step
	if at := step + (shorter*b*b-longer*a*a)/(2*(shorter*b-longer*a)); at > 0 && !math.IsInf(at, 0) {
		return at
	}
	return step
}
