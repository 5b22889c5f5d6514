package theory

import (
	"math"
	"slices"
)

// Kinks are searched between ±kinkRange, which covers all activations in use, in steps of kinkStep. kinkSkew shifts the steps away from
// round numbers, so that a kink at a round number lies inside a step.
const (
	kinkRange = 40
	kinkStep  = 0.25
	kinkSkew  = 0.043219280948873
	narrow    = 1e-5 // precision of the position of a jump of the curvature
)

// kinks lists the points at which a function's value, slope or curvature jumps, found from its derivative. Zero is always among them,
// as most activations change there. The integrals of this package are split at all kinks.
func kinks(derivative func(float64) float64) []float64 {
	found := []float64{0}
	for a := -kinkRange - kinkSkew; a < kinkRange; a += kinkStep {
		if at, ok := kinkIn(derivative, a, a+kinkStep); ok && math.Abs(at) > narrow {
			found = append(found, at)
		}
	}
	slices.Sort(found)
	return found
}

// kinkIn bisects an interval toward the larger second difference of the derivative. For a smooth function the difference falls like
// the square of the width, at a jump of the curvature like the width, at a jump of the slope not at all.
func kinkIn(derivative func(float64) float64, a, b float64) (at float64, ok bool) {
	bend := func(atA, atM, atB float64) float64 { return math.Abs(atA - 2*atM + atB) }
	m := (a + b) / 2
	atA, atM, atB := derivative(a), derivative(m), derivative(b)
	for b-a > narrow {
		l, r := (a+m)/2, (m+b)/2
		atL, atR := derivative(l), derivative(r)
		// The middle half overlaps both halves: a kink at m shows in none of them.
		left, middle, right := bend(atA, atL, atM), bend(atL, atM, atR), bend(atM, atR, atB)
		switch {
		case left >= middle && left >= right:
			m, b, atM, atB = l, m, atL, atM
		case right >= middle:
			a, m, atA, atM = m, r, atM, atR
		default:
			a, b, atA, atB = l, r, atL, atR
		}
	}
	size := bend(atA, atM, atB)
	if size < 1e-3*(b-a) { // a smooth function has some (b-a)^2
		return 0, false
	}
	if size < 1e-3 { // the slope is continuous: this precision is enough
		return (a + b) / 2, true
	}
	for range 60 {
		m := (a + b) / 2
		if math.Abs(derivative(m)-derivative(a)) > math.Abs(derivative(b)-derivative(m)) {
			b = m
		} else {
			a = m
		}
	}
	return (a + b) / 2, true
}
