package spike

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// An origin is the first thing that was unusual.
type origin struct {
	step     int
	quantity Quantity
	layer    int // index in Profile.Layers; -1 for the whole network
	times    float64
}

// A jump is a quantity that is unusual in a step.
type jump struct {
	quantity Quantity
	layer    int
	times    float64 // over what is usual; NaN or infinite if the value is
}

// steadily is the number of usual steps that may lie between the beginning of a spike and the spike.
const steadily = 2

// find looks for the beginning of the spike of a step: the first of the unusual steps that lead to it. It reports false if that step, and
// those right before it, are usual or cannot be judged.
func find(p profile.Profile, step int) (origin, bool) {
	w := newWatch(p)
	var first []jump // of the first unusual step
	began, lastOdd := 0, math.MinInt/2
	for i, r := range p.Records {
		if r.Step > step {
			break
		}
		jumps := w.look(i)
		if len(jumps) == 0 {
			continue
		}
		if r.Step > lastOdd+1+steadily {
			first, began = jumps, r.Step
		}
		lastOdd = r.Step
	}
	if len(first) == 0 || lastOdd < step-steadily {
		return origin{}, false
	}
	return firstOf(first, began), true
}

// firstOf picks what comes first in a step: the learning rate is set before it; signals go forward, gradients come back, weights move.
func firstOf(jumps []jump, step int) origin {
	o := origin{step: step, layer: -1, quantity: Loss, times: math.NaN()}
	take := func(j jump) { o.quantity, o.layer, o.times = j.quantity, j.layer, j.times }
	for _, q := range []Quantity{Rate, Activation, Gradient, Update, Loss} {
		for _, j := range jumps {
			if j.quantity != q {
				continue
			}
			switch {
			case o.quantity != q || o.layer < 0:
				take(j)
			case q == Gradient: // jumps are in forward order: the last layer is the first that the gradient comes to
				take(j)
			case q == Update && compare(j.times, o.times) > 0:
				take(j)
			}
		}
		if o.quantity == q {
			if o.layer >= 0 || q == Rate || q == Loss {
				return o
			}
		}
	}
	return o
}

// A watch remembers what is usual of each quantity.
type watch struct {
	profile.Profile
	weights []int
	usual   map[Quantity][]usual // by layer
	loss    usual
}

func newWatch(p profile.Profile) *watch {
	w := &watch{Profile: p, weights: p.Weights(), usual: make(map[Quantity][]usual)}
	for _, q := range []Quantity{Activation, Gradient, Update} {
		w.usual[q] = make([]usual, len(p.Layers))
	}
	return w
}

// look lists what is unusual in a record. What is usual is remembered.
func (w *watch) look(i int) (jumps []jump) {
	r := w.Records[i]
	if i > 0 {
		if rise := float64(r.LearningRate / w.Records[i-1].LearningRate); rise > 1.5 {
			jumps = append(jumps, jump{Rate, -1, rise})
		}
	}
	for l := range w.Layers {
		for _, q := range []Quantity{Activation, Gradient, Update} {
			v, known := w.value(q, r, l)
			if !known {
				continue
			}
			jumps = w.judge(jumps, &w.usual[q][l], jump{quantity: q, layer: l}, v)
		}
	}
	return w.judge(jumps, &w.loss, jump{quantity: Loss, layer: -1}, float64(r.Loss))
}

// judge adds a jump to the list, or remembers a usual value.
func (w *watch) judge(jumps []jump, u *usual, j jump, v float64) []jump {
	if !u.jumps(v) {
		u.add(v)
		return jumps
	}
	j.times = v / u.median()
	return append(jumps, j)
}

// value is a quantity of a layer in a record.
func (w *watch) value(q Quantity, r profile.Record, l int) (float64, bool) {
	switch {
	case q == Gradient:
		return float64(r.Layers[l].DeltaRMS), true
	case r.Details == nil:
		return 0, false
	case q == Activation:
		return float64(r.Details.Layers[l].PreStd), true
	case w.weights[l] < 0 || r.Details.Updates == nil:
		return 0, false
	}
	return float64(r.Details.Updates[w.weights[l]].Ratio), true
}
