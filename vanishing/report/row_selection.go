package report

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A table of more than maxRows layers shows the first and the last endRows of them, and between those as many as maxOdd
// that stand out.
const (
	maxRows = 40
	endRows = 16
	maxOdd  = 8
)

// pick gives the layers to show of n, ascending. Those between the ends that stand out the most are shown too: by oddness,
// from 0 for what is like the others.
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

// gap is the remark for layers left out between two rows; nil if there are none.
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

// oddness is how much more or less than the others a layer changes the gradient that comes from the next layer on the path,
// in decades beyond a factor of two: the median of all changes is like the others.
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
		if off := math.Abs(change[l] - typical); off > factorOfTwo && !p.Layers[l].OnSkip { // not for NaN
			odd[l] = off - factorOfTwo
		}
	}
	return odd
}
