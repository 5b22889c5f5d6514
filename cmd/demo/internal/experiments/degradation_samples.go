package experiments

import (
	"fmt"
	"math"
	"slices"
)

// The numbers of a run that the page compares.
func trainError(r degradationRun) float64       { return lastOf(r.TrainError) }
func valError(r degradationRun) float64         { return lastOf(r.ValError) }
func firstRatio(r degradationRun) float64       { return gradientRatio(r.First) }
func trainingRatio(r degradationRun) float64    { return gradientRatio(r.Training) }
func unrelatedBefore(r degradationRun) float64  { return float64(r.Before.Unrelated) }
func neighboursBefore(r degradationRun) float64 { return float64(r.Before.Neighbours) }
func neighboursAfter(r degradationRun) float64  { return float64(r.After.Neighbours) }

func lastOf(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN()
	}
	return list[len(list)-1]
}

// A sample is a number over the seeds.
type sample struct{ mean, deviation, median float64 }

// sample is a number of a kind of network over its seeds.
func (r degradationResults) sample(depth int, residual bool, of func(degradationRun) float64) sample {
	var values []float64
	for _, run := range r.Runs {
		if run.Depth == depth && run.Residual == residual {
			values = append(values, of(run))
		}
	}
	return newSample(values)
}

func newSample(values []float64) (s sample) {
	if len(values) == 0 {
		return sample{math.NaN(), math.NaN(), math.NaN()}
	}
	n := float64(len(values))
	for _, v := range values {
		s.mean += v / n
	}
	for _, v := range values {
		s.deviation += (v - s.mean) * (v - s.mean) / max(n-1, 1)
	}
	s.deviation = math.Sqrt(s.deviation)
	sorted := slices.Sorted(slices.Values(values))
	s.median = sorted[len(sorted)/2]
	return s
}

func (s sample) percent() string { return fmt.Sprintf("%.1f ± %.1f %%", 100*s.mean, 100*s.deviation) }
func (s sample) number() string  { return fmt.Sprintf("%.3f ± %.3f", s.mean, s.deviation) }

// depths are those of the runs, in order.
func (r degradationResults) depths() []int {
	var list []int
	for _, run := range r.Runs {
		list = append(list, run.Depth)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// seeds is the number of seeds.
func (r degradationResults) seeds() int {
	seeds := make(map[uint64]bool)
	for _, run := range r.Runs {
		seeds[run.Seed] = true
	}
	return len(seeds)
}

// minutes is the time of all runs.
func (r degradationResults) minutes() (sum float64) {
	for _, run := range r.Runs {
		sum += run.Seconds / 60
	}
	return sum
}
