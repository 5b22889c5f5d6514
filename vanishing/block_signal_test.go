package vanishing

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Moments of channels along the last axis are what their definition says, also where float32 does not hold the squares. In float32 means and
// variances are rounded once, by 6e-8.
func TestMomentsOfColumns(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	const rows, channels = 40, 7
	for _, size := range []float64{1e-30, 1e-12, 1, 1e12, 1e30} {
		single, double := make([]float32, rows*channels), make([]float64, rows*channels)
		for i := range single {
			single[i] = float32(size * (rng.NormFloat64() + float64(i%channels)))
			double[i] = float64(single[i])
		}
		mean, variance := 0.0, 0.0
		for c := range channels {
			sum, squares := 0.0, 0.0
			for i := c; i < len(double); i += channels {
				sum, squares = sum+double[i], squares+double[i]*double[i]
			}
			mean += sum / rows * sum / rows / channels
			variance += (squares/rows - sum/rows*sum/rows) / channels
		}
		for what, moments := range map[string]func() (float64, float64){
			"float32": func() (float64, float64) { return channelMoments(single, []int{4, rows / 4, channels}, 2) },
			"float64": func() (float64, float64) { return channelMoments(double, []int{4, rows / 4, channels}, 2) },
		} {
			gotMean, gotVariance := moments()
			if !(math.Abs(gotMean-mean) <= 1e-6*mean) || !(math.Abs(gotVariance-variance) <= 1e-6*variance) {
				t.Errorf("%s of size %g: got %g and %g, want %g and %g", what, size, gotMean, gotVariance, mean, variance)
			}
		}
	}
}
