package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// medianDeltaRMS is the typical DeltaRMS of each layer: the median of log10 DeltaRMS over the records, as a number that
// is no logarithm. Half of the recorded steps lie above it, half below, so that a few odd steps do not matter, and it
// does not matter either whether one speaks of the gradient or of its logarithm. Without records it is NaN.
func medianDeltaRMS(layers int, records []profile.Record) []float64 {
	medians := make([]float64, layers)
	values := make([]float64, len(records))
	for l := range medians {
		for i := range records {
			values[i] = float64(records[i].Layers[l].DeltaRMS)
		}
		medians[l] = stat.GeometricMedian(values)
	}
	return medians
}
