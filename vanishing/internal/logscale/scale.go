package logscale

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// minDecades is the smallest height of a scale. On it a gradient that just vanishes, by a factor of 1000, falls by half the
// height, and one that keeps its size looks level.
const minDecades = 6

// A Scale reaches from one power of ten to another.
type Scale struct{ Low, High int } // exponents

// Of is the scale of all positive, finite values.
func Of(values ...[]float64) Scale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, list := range values {
		for _, v := range list {
			if Drawable(v) {
				low, high = min(low, stat.Log10(v)), max(high, stat.Log10(v))
			}
		}
	}
	if low > high {
		low, high = 0, 0
	}
	const rounding = 1e-9 // a power of ten is an end, however its logarithm is rounded
	s := Scale{int(math.Floor(low + rounding)), int(math.Ceil(high - rounding))}
	missing := max(0, minDecades-s.Decades())
	s.Low -= missing - missing/2
	s.High += missing / 2
	return s
}

// Decades is the number of factors of ten between the ends.
func (s Scale) Decades() int { return s.High - s.Low }

// Fraction is the place of a value, from 0 at the lower end to 1 at the upper.
func (s Scale) Fraction(v float64) float64 {
	return (stat.Log10(v) - float64(s.Low)) / float64(s.Decades())
}

// Ticks are at most n equally spaced exponents to label, among them 0 if it is on the scale.
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

// Drawable tells whether a value has a place on a logarithmic scale.
func Drawable(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

// Step is the smallest step with length/step < n, of the units and their multiples by 10, 100 and so on.
func Step(length, n int, units ...int) int {
	for power := 1; ; power *= 10 {
		for _, unit := range units {
			if length/(unit*power) < n {
				return unit * power
			}
		}
	}
}
