package vanishing

import (
	"math"
	"slices"
	"sync"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// saturationLimit is the share of the largest |phi'| below which an activation counts as saturated.
const saturationLimit = 0.01

// A saturation measures how much of a layer is saturated. Computing phi' for each entry would cost half a training step. So the
// points where |phi'| crosses the limit are computed once, and entries are only compared with these borders.
type saturation struct {
	lowSaturated bool      // whether the activation is saturated at minus infinity
	borders      []float64 // the last z before each change, ascending
	stride       int       // number of columns per unit

	single counts[float32] // reused
	double counts[float64]
}

// counts hold numbers of entries by column, with stride columns per unit: the live entries, and those in one interval.
type counts[T kernel.Float] struct{ live, part []T }

// newSaturation prepares to measure a layer of the given number of units, each of stride adjacent columns.
func newSaturation(a graph.Activation, units, stride int) *saturation {
	b := bordersOf(a)
	return &saturation{
		lowSaturated: b.lowSaturated, borders: b.at, stride: stride,
		single: newCounts[float32](units * stride), double: newCounts[float64](units * stride),
	}
}

// borders are the points where an activation changes between saturated and live, from minus infinity up.
type borders struct {
	lowSaturated bool
	at           []float64
}

var knownBorders sync.Map // by activation: a search takes thousands of derivatives

func bordersOf(a graph.Activation) borders {
	if b, known := knownBorders.Load(a); known {
		return b.(borders)
	}
	b := findBorders(a)
	knownBorders.Store(a, b)
	return b
}

func findBorders(a graph.Activation) borders {
	limit := saturationLimit * a.MaxDerivative()
	saturated := func(z float64) bool { return math.Abs(a.Derivative(z)) < limit }
	const reach, step = 32, 1.0 / 64 // no activation changes beyond the reach, nor twice within a step
	b := borders{lowSaturated: saturated(-reach)}
	for z := -float64(reach); z < reach; z += step {
		if saturated(z) != saturated(z+step) {
			b.at = append(b.at, border(saturated, z, z+step))
		}
	}
	return b
}

func newCounts[T kernel.Float](units int) counts[T] {
	return counts[T]{make([]T, units), make([]T, units)}
}

// border returns the last number before the change of f between low and high.
func border(f func(float64) bool, low, high float64) float64 {
	for {
		middle := low + (high-low)/2
		if middle == low || middle == high {
			return low
		}
		if f(middle) == f(low) {
			low = middle
		} else {
			high = middle
		}
	}
}

// measure returns the share of saturated entries of z and the share of dead units, all of whose entries are saturated. Both are
// NaN if z contains a NaN.
func (s *saturation) measure(z gorgonia.Value) (saturated, dead float64) {
	single, double := elements(z)
	if single != nil {
		return shares(s, s.single, single)
	}
	return shares(s, s.double, double)
}

// shares counts the live entries of each unit, which lie between the borders where |phi'| is not small.
func shares[T kernel.Float](s *saturation, c counts[T], z []T) (saturated, dead float64) {
	if kernel.HasNaN(z) {
		return math.NaN(), math.NaN()
	}
	clear(c.live)
	low, isLive := math.Inf(-1), !s.lowSaturated
	for i := 0; i <= len(s.borders); i++ {
		high := math.Inf(1)
		if i < len(s.borders) {
			high = s.borders[i]
		}
		if isLive {
			kernel.CountBetween(c.part, z, below[T](low), below[T](high))
			kernel.Add(nil, c.live, c.live, c.part)
		}
		low, isLive = high, !isLive
	}
	n := float64(len(z))
	return (n - kernel.Sum(c.live)) / n, float64(deadUnits(c.live, s.stride)) / float64(len(c.live)/s.stride)
}

// deadUnits counts the units without a live entry, given the live entries by column.
func deadUnits[T kernel.Float](live []T, stride int) int {
	if stride == 1 {
		return kernel.CountZeros(live)
	}
	dead := 0
	for unit := range slices.Chunk(live, stride) {
		if kernel.CountZeros(unit) == stride {
			dead++
		}
	}
	return dead
}

// below rounds v down to a number of type T. Comparing a number of this type with v or with the result gives the same answer.
func below[T kernel.Float](v float64) T {
	t := T(v)
	if float64(t) <= v {
		return t
	}
	return T(math.Nextafter32(float32(t), float32(math.Inf(-1))))
}

// at reports whether the activation is saturated at z.
func (s *saturation) at(z float64) bool {
	saturated := s.lowSaturated
	for _, border := range s.borders {
		if z > border {
			saturated = !saturated
		}
	}
	return saturated
}
