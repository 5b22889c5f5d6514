package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// saturationLimit is the share of the largest |phi'| below which an activation counts as saturated.
const saturationLimit = 0.01

// A saturation measures how much of a layer is saturated. To compute phi' for each entry would cost as much as half a
// training step; instead the places where |phi'| crosses the limit are found once.
type saturation struct {
	begins  bool      // whether the activation is saturated at minus infinity
	borders []float64 // the last z before each change, ascending
	live    []bool    // by unit; reused
}

func newSaturation(a graph.Activation, units int) *saturation {
	limit := saturationLimit * a.MaxDerivative()
	saturated := func(z float64) bool { return math.Abs(a.Derivative(z)) < limit }
	const reach, step = 32, 1.0 / 64 // beyond the reach no activation changes any more, and none twice within a step
	s := &saturation{begins: saturated(-reach), live: make([]bool, units)}
	for z := -float64(reach); z < reach; z += step {
		if saturated(z) != saturated(z+step) {
			s.borders = append(s.borders, border(saturated, z, z+step))
		}
	}
	return s
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
		return shares(s, single)
	}
	return shares(s, double)
}

func shares[T float](s *saturation, z []T) (saturated, dead float64) {
	clear(s.live)
	entries, units := 0, 0
	for start := 0; start < len(z); start += len(s.live) {
		for i, v := range z[start : start+len(s.live)] {
			switch {
			case v != v:
				return math.NaN(), math.NaN()
			case s.at(float64(v)):
				entries++
			default:
				s.live[i] = true
			}
		}
	}
	for _, live := range s.live {
		if !live {
			units++
		}
	}
	return float64(entries) / float64(len(z)), float64(units) / float64(len(s.live))
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
