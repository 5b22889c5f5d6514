package diagnose

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// resamples is the number of bootstrap resamples: enough for the 2.5 % quantiles.
const resamples = 400

// A bootstrap holds the slopes of lines fitted to resamples of a profile: as many records and as many layers, drawn with
// replacement (Efron & Tibshirani 1993, ch. 6). Resampled records show how much the slope depends on the choice of recorded
// steps, and resampled layers how well a line describes them.
type bootstrap struct{ slopes []float64 } // ascending

// newBootstrap resamples the fitted layers. The seed is fixed, so the same profile gives the same slopes.
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
		// The slope is not finite if all layers drawn are at one depth, or if a layer's gradient is zero in half of the records
		// drawn.
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
	at    []int     // the records of logs, by index in the sample
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

// median is the median of a resample that holds record k times[k] times.
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

// interval holds 95 % of the resampled slopes; NaN if there are none.
func (b bootstrap) interval() (low, high float64) {
	n := len(b.slopes)
	if n == 0 {
		return math.NaN(), math.NaN()
	}
	return b.slopes[n*25/1000], b.slopes[n-1-n*25/1000]
}

// share is the share of the resampled slopes for which holds is true.
func (b bootstrap) share(holds func(slope float64) bool) float64 {
	n := 0
	for _, s := range b.slopes {
		if holds(s) {
			n++
		}
	}
	return float64(n) / float64(max(len(b.slopes), 1))
}
