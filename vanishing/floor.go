package vanishing

import "math"

// A search holds what is kept from one search for the floor to the next.
type search struct {
	distance  float64 // L2 norm of the move of the outputs that reached the last floor; 0 before the first
	unbounded bool    // whether the loss falls on and on
}

// Bounds of the search for the floor.
const (
	stride   = 4    // factor between the steps that are tried
	farthest = 40   // strides, at most
	levelled = 0.01 // share of the fall so far, below which a longer step no longer counts
)

// floor is the least loss that is reached by a gradient step of the outputs themselves, with the best step size: each sample's output moves along
// its own gradient. The loss above the floor is what can still be learnt of the batch. It is 0 for squared errors, and for cross-entropies of whole classes, and the same distance below
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
	if g.search.distance == 0 {
		g.search.distance = 1
	}
	step, low := g.first(loss, g.search.distance/math.Sqrt(size))
	if step == 0 {
		return loss // nothing helps: rounding hides what is left
	}
	low, step = g.descend(loss, low, step)
	g.search.distance = step * math.Sqrt(size)
	return low
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

// first finds a step that lowers the loss: the given one or a shorter one, or else a longer one, as rounding may hide the effect of a short step.
// It is 0 if there is none.
func (g *guesser) first(loss, step float64) (found, low float64) {
	for _, factor := range []float64{1. / stride, stride} {
		for n, at := 0, step; n < farthest; n, at = n+1, at*factor {
			if low := g.moved(at); low < loss {
				return at, low
			}
		}
	}
	return 0, loss
}

// descend looks for the best step from one that lowers the loss. It is NaN if a longer step is always better.
func (g *guesser) descend(loss, low, step float64) (lowest, best float64) {
	shorter, longer := g.moved(step/stride), g.moved(step*stride)
	for n := 0; longer < low; n++ {
		if n == farthest {
			g.search.unbounded = true
			return math.NaN(), step
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
	return min(low, g.moved(vertex(step, shorter-low, longer-low))), step
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
