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

// A saturation measures how much of a layer is saturated. To compute phi' for each entry would cost as much as half a
// training step; instead the places where |phi'| crosses the limit are found once.
type saturation struct {
	begins  bool      // whether the activation is saturated at minus infinity
	borders []float64 // the last z before each change, ascending
	stride  int       // elements between one unit and the next

	single counts[float32] // reused
	double counts[float64]
}

// counts are numbers of entries by column, as many as the stride for each unit: those that are live, and those of one
// interval.
type counts[T kernel.Float] struct{ live, part []T }

// newSaturation prepares for layers of so many units, the elements of one of which lie a stride apart from those of the next.
func newSaturation(a graph.Activation, units, stride int) *saturation {
	b := bordersOf(a)
	return &saturation{
		begins: b.begins, borders: b.at, stride: stride,
		single: newCounts[float32](units * stride), double: newCounts[float64](units * stride),
	}
}

// borders are where an activation becomes saturated or live, going up from minus infinity.
type borders struct {
	begins bool
	at     []float64
}

var knownBorders sync.Map // by activation, as finding them takes thousands of derivatives

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
	const reach, step = 32, 1.0 / 64 // beyond the reach no activation changes any more, and none twice within a step
	b := borders{begins: saturated(-reach)}
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

// border is the last number before f changes between low and high.
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

// measure gives the share of saturated entries of z, and the share of units all of whose entries are saturated. If there
// is a NaN in z both are NaN.
func (s *saturation) measure(z gorgonia.Value) (saturated, dead float64) {
	single, double := elements(z)
	if single != nil {
		return shares(s, s.single, single)
	}
	return shares(s, s.double, double)
}

// shares counts the live entries of each unit: those between the borders where phi' is not small.
func shares[T kernel.Float](s *saturation, c counts[T], z []T) (saturated, dead float64) {
	if kernel.HasNaN(z) {
		return math.NaN(), math.NaN()
	}
	clear(c.live)
	low, isLive := math.Inf(-1), !s.begins
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

// deadUnits counts the units without a live entry, of the counts of their columns.
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

// below is the largest number of a type that is not above v, so that both lie on the same side of every number of the type.
func below[T kernel.Float](v float64) T {
	t := T(v)
	if float64(t) <= v {
		return t
	}
	return T(math.Nextafter32(float32(t), float32(math.Inf(-1))))
}

// at tells whether the activation is saturated at z.
func (s *saturation) at(z float64) bool {
	saturated := s.begins
	for _, border := range s.borders {
		if z > border {
			saturated = !saturated
		}
	}
	return saturated
}
