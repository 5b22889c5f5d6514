package report

import (
	"fmt"
	"math"
)

// minDecades is the least height of a scale. On it a gradient that falls by the factor of 1000 that is called vanishing
// falls by half the height, and one that keeps its size looks level.
const minDecades = 6

// A scale is a logarithmic one, between two powers of ten.
type scale struct{ low, high int }

// scaleOf is the scale that all positive, finite values fit in.
func scaleOf(values ...[]float64) scale {
	low, high := math.Inf(1), math.Inf(-1)
	for _, list := range values {
		for _, v := range list {
			if drawable(v) {
				low, high = min(low, log10(v)), max(high, log10(v))
			}
		}
	}
	if low > high {
		low, high = 0, 0
	}
	const rounding = 1e-9 // a power of ten is an end of its own, however its logarithm is rounded
	s := scale{int(math.Floor(low + rounding)), int(math.Ceil(high - rounding))}
	missing := max(0, minDecades-s.decades())
	s.low -= missing - missing/2
	s.high += missing / 2
	return s
}

func (s scale) decades() int { return s.high - s.low }

// fraction is where a value stands, from 0 at the lower end to 1 at the upper.
func (s scale) fraction(v float64) float64 {
	return (log10(v) - float64(s.low)) / float64(s.decades())
}

// ticks are the exponents to label: at most n, at equal steps, among them 0 if it is on the scale.
func (s scale) ticks(n int) []int {
	step := niceStep(s.decades(), n, 1, 2, 3, 5)
	var list []int
	for e := s.low; e <= s.high; e++ {
		if e%step == 0 {
			list = append(list, e)
		}
	}
	return list
}

// power writes a power of ten, as "1e-24".
func power(exponent int) string { return fmt.Sprintf("1e%d", exponent) }

// log10 is math.Log10 for subnormal numbers too, where that is off by up to 15 on amd64 (Go 1.26).
func log10(v float64) float64 { return math.Log2(v) * (math.Ln2 / math.Ln10) }

// drawable tells whether a value has a place on a logarithmic scale.
func drawable(v float64) bool { return v > 0 && !math.IsInf(v, 0) }

// niceStep is the least step that goes into a length less than n times: one of the units, or it times 10, 100 and so on.
func niceStep(length, n int, units ...int) int {
	for power := 1; ; power *= 10 {
		for _, unit := range units {
			if length/(unit*power) < n {
				return unit * power
			}
		}
	}
}

// spread gives the i-th of k indices at equal distances below n, 0 and n-1 among them.
func spread(i, k, n int) int {
	if k < 2 {
		return 0
	}
	return int(math.Round(float64(i) * float64(n-1) / float64(k-1)))
}
