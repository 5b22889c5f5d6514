package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A table of more than maxRows layers shows the first and the last endRows of them, and up to maxOdd layers between those that
// stand out.
const (
	maxRows = 40
	endRows = 16
	maxOdd  = 8
)

// pick returns the layers to show of n, ascending. Of those between the ends it shows the oddest; an oddness of 0 means that a
// layer is like the others.
func pick(n int, oddness []float64) []int {
	var picked, between []int
	for i := range n {
		if n <= maxRows || i < endRows || i >= n-endRows {
			picked = append(picked, i)
		} else if i < len(oddness) && oddness[i] > 0 {
			between = append(between, i)
		}
	}
	slices.SortStableFunc(between, func(a, b int) int { return cmp.Compare(oddness[b], oddness[a]) })
	picked = append(picked, between[:min(len(between), maxOdd)]...)
	slices.Sort(picked)
	return picked
}

// gap is the remark about layers left out before the i-th row; nil if there are none.
func gap(say vanishing.Language, picked []int, i int, noun string) []string {
	if i == 0 || picked[i] == picked[i-1]+1 {
		return nil
	}
	n := picked[i] - picked[i-1] - 1
	if n == 1 {
		return []string{"...", say.Sprintf("%s is not shown", say.Count(n, noun))}
	}
	return []string{"...", say.Sprintf("%s are not shown", say.Count(n, noun))}
}

// oddness is how far each layer's change of the gradient, from the next layer on the path, is from the median change of all
// layers: in decades, less a factor of two.
func oddness(p vanishing.Profile, deltas []float64) []float64 {
	odd := make([]float64, len(p.Layers))
	change := make([]float64, len(p.Layers))
	var known []float64
	next := math.NaN()
	for l := len(p.Layers) - 1; l >= 0; l-- {
		if p.Layers[l].OnSkip {
			continue
		}
		change[l] = stat.Log10(deltas[l]) - stat.Log10(next)
		next = deltas[l]
		if !math.IsNaN(change[l]) && !math.IsInf(change[l], 0) {
			known = append(known, change[l])
		}
	}
	if len(known) == 0 {
		return odd
	}
	slices.Sort(known)
	typical := known[len(known)/2]
	const factorOfTwo = 0.301
	for l := range odd {
		if distance := math.Abs(change[l] - typical); distance > factorOfTwo && !p.Layers[l].OnSkip { // false for NaN
			odd[l] = distance - factorOfTwo
		}
	}
	return odd
}
