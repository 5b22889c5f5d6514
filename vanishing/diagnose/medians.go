package diagnose

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// medianDeltaRMS is the typical DeltaRMS of each layer: the geometric median over the records, which is 10 to the median of
// log10 DeltaRMS. A few odd steps do not change it. Without records it is NaN.
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
