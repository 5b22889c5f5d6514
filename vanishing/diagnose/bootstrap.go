package diagnose

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// resamples is how often the profile is resampled: enough for the 2.5 % ends of an interval.
const resamples = 400

// A bootstrap is the line of a profile fitted again to resamples of it: as many records, and as many layers, drawn with
// replacement (Efron & Tibshirani 1993, ch. 6). The records tell how much the slope owes to the steps that happened to be
// recorded, the layers how well a line describes them.
type bootstrap struct{ slopes []float64 } // ascending

// newBootstrap resamples the fitted layers. The source is always seeded alike: the same profile gives the same numbers.
func newBootstrap(r *ruleInput) bootstrap {
	if len(r.d.levels) < 2 || len(r.sample) == 0 {
		return bootstrap{}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	columns := newColumns(r)
	times := make([]int, len(r.sample)) // how often each record was drawn
	depths, logs := make([]float64, len(columns)), make([]float64, len(columns))
	var b bootstrap
	for range resamples {
		clear(times)
		for range times {
			times[rng.IntN(len(times))]++
		}
		for i := range columns {
			c := columns[rng.IntN(len(columns))]
			depths[i], logs[i] = c.depth, c.median(times)
		}
		// A draw in which one layer is all there is has no slope, and neither has one whose gradient is zero in half of the
		// records drawn.
		if slope := fitLine(depths, logs).slope; stat.Finite(slope) {
			b.slopes = append(b.slopes, slope)
		}
	}
	slices.Sort(b.slopes)
	return b
}

// A column is the gradient of one layer in the sampled records.
type column struct {
	depth float64
	logs  []float64 // log10 DeltaRMS, ascending
	at    []int     // the records they are from
}

func newColumns(r *ruleInput) []column {
	columns := make([]column, len(r.d.Fitted))
	for i, l := range r.d.Fitted {
		c := column{depth: float64(r.Layers[l].Depth), at: make([]int, len(r.sample))}
		values := make([]float64, len(r.sample))
		for k, record := range r.sample {
			c.at[k], values[k] = k, stat.Log10(float64(record.Layers[l].DeltaRMS))
		}
		slices.SortStableFunc(c.at, func(a, b int) int {
			switch {
			case values[a] < values[b]:
				return -1
			case values[a] > values[b]:
				return 1
			}
			return 0
		})
		for _, k := range c.at {
			c.logs = append(c.logs, values[k])
		}
		columns[i] = c
	}
	return columns
}

// median is that of a resample: the middle one, or the mean of the two in the middle.
func (c column) median(times []int) float64 {
	n, seen, low := len(times), 0, math.NaN()
	for i, k := range c.at {
		if times[k] == 0 {
			continue
		}
		seen += times[k]
		switch {
		case !math.IsNaN(low):
			return (low + c.logs[i]) / 2
		case 2*seen > n:
			return c.logs[i]
		case 2*seen == n:
			low = c.logs[i]
		}
	}
	return low
}

// interval is what 95 of 100 resampled slopes lie in; NaN if there are none.
func (b bootstrap) interval() (low, high float64) {
	n := len(b.slopes)
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	return b.slopes[n*25/1000], b.slopes[n-1-n*25/1000]
}

// share is the part of the resampled slopes for which something holds.
func (b bootstrap) share(holds func(slope float64) bool) float64 {
	n := 0
	for _, s := range b.slopes {
		if holds(s) {
			n++
		}
	}
	return float64(n) / float64(max(len(b.slopes), 1))
}
