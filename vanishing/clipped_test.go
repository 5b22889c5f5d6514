package vanishing

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/train"
)

// However small the factor, the norms before clipping are those without any: also where it or the clipped gradients are
// subnormal in float32, or 0. What cannot be known any more is NaN.
func TestNormsBeforeClippingByAnyFactor(t *testing.T) {
	plain := &Recorder{Details: Every(1)}
	fit(t, plain, nil)
	for _, limit := range []float64{1e-3, 1e-30, 1e-38, 1e-42, 1e-60, 1e-310} {
		r := &Recorder{Details: Every(1)}
		fit(t, r, func(trainer *train.Trainer) {
			trainer.Callbacks = []train.Callback{&train.ClipNorm{Max: limit}, r}
		})
		got, want := r.Profile().Records[0], plain.Profile().Records[0]
		for k := range got.Params {
			what := fmt.Sprintf("limit %g: ", limit)
			within(t, what+"norm", got.Params[k].GradL2, want.Params[k].GradL2, 1e-5)
			within(t, what+"RMS", got.Params[k].GradRMS, want.Params[k].GradRMS, 1e-5)
			got, norm, want := got.Details.Params[k], got.Details.Clipped[k].L2, want.Details.Params[k]
			if norm == 0 && plain.Profile().Records[0].Params[k].GradL2 != 0 {
				if !math.IsNaN(float64(got.GradMax)) || !math.IsNaN(float64(got.GradMeanAbs)) {
					t.Errorf("%sthe largest element was %g and the mean %g, though nothing is left of any", what, got.GradMax, got.GradMeanAbs)
				}
			} else if limit >= 1e-30 {
				within(t, what+"maximum", got.GradMax, want.GradMax, 1e-5)
				within(t, what+"mean", got.GradMeanAbs, want.GradMeanAbs, 1e-5)
			}
		}
	}
}
