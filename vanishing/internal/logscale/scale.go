package logscale

import (
	"fmt"
	"math"
)

// minDecades is the least height of a scale. On it a gradient that falls by the factor of 1000 that is called vanishing
// falls by half the height, and one that keeps its size looks level.
const minDecades = 6

// A Scale reaches from one power of ten to another.
type Scale struct{ Low, High int } // exponents

// Of is the scale that all positive, finite values fit in.
func Of(values ...[]float64) Scale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, list := range values {
		for _, v := range list {
			if Drawable(v) {
				low, high = min(low, Log10(v)), max(high, Log10(v))
			}
		}
	}
	if low > high {
		low, high = 0, 0
	}
	const rounding = 1e-9 // a power of ten is an end of its own, however its logarithm is rounded
	s := Scale{int(math.Floor(low + rounding)), int(math.Ceil(high - rounding))}
	missing := max(0, minDecades-s.Decades())
	s.Low -= missing - missing/2
	s.High += missing / 2
	return s
}

// Decades is the number of factors of ten between the ends.
func (s Scale) Decades() int { return s.High - s.Low }

// Fraction is where a value stands, from 0 at the lower end to 1 at the upper.
func (s Scale) Fraction(v float64) float64 {
	return (Log10(v) - float64(s.Low)) / float64(s.Decades())
}

// Ticks are the exponents to label: at most n, at equal steps, among them 0 if it is on the scale.
func (s Scale) Ticks(n int) []int {
	step := Step(s.Decades(), n, 1, 2, 3, 5)
	var list []int
	for e := s.Low; e <= s.High; e++ {
		if e%step == 0 {
			list = append(list, e)
		}
	}
	return list
}

// Power writes a power of ten, as "1e-24".
func Power(exponent int) string { return fmt.Sprintf("1e%d", exponent) }

// Log10 is math.Log10 for subnormal numbers too, where that is off by up to 15 on amd64 (Go 1.26).
func Log10(v float64) float64 { return math.Log2(v) * (math.Ln2 / math.Ln10) }

// Drawable tells whether a value has a place on a logarithmic scale.
func Drawable(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

// Step is the least step that goes into a length less than n times: one of the units, or it times 10, 100 and so on.
func Step(length, n int, units ...int) int {
	for power := 1; ; power *= 10 {
		for _, unit := range units {
			if length/(unit*power) < n {
				return unit * power
			}
		}
	}
}
