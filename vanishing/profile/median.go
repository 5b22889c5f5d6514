package profile

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// MedianDeltaRMS is the typical DeltaRMS of each layer: the median of log10 DeltaRMS over the records, as a number that
// is no logarithm. Half of the recorded steps lie above it, half below, so that a few odd steps do not matter, and it
// does not matter either whether one speaks of the gradient or of its logarithm. Records from the first NaN or infinity
// on do not count; if that is all of them, or the profile is not valid, the medians are NaN.
func (p Profile) MedianDeltaRMS() []float64 {
	if p.Validate() != nil {
		return p.MedianDeltaRMSOf(nil)
	}
	records, _ := p.FiniteRecords()
	return p.MedianDeltaRMSOf(records)
}

// MedianDeltaRMSOf takes the medians over some records alone.
func (p Profile) MedianDeltaRMSOf(records []Record) []float64 {
	medians := make([]float64, len(p.Layers))
	values := make([]float64, len(records))
	for l := range medians {
		for i, r := range records {
			values[i] = r.Layers[l].DeltaRMS
		}
		medians[l] = stat.GeometricMedian(values)
	}
	return medians
}
