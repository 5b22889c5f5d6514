package vanishing

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// The norms before clipping equal those of a run without clipping, even where the factor or the clipped gradients are subnormal
// in float32, or 0. Numbers that cannot be recovered are NaN.
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
					t.Errorf("%sall clipped elements are 0: got largest %g and mean %g, want NaN", what, got.GradMax, got.GradMeanAbs)
				}
			} else if limit >= 1e-30 {
				within(t, what+"maximum", got.GradMax, want.GradMax, 1e-5)
				within(t, what+"mean", got.GradMeanAbs, want.GradMeanAbs, 1e-5)
			}
		}
	}
}

// A record has the gradients before and after clipping. Norm clipping scales them all by one factor, and their total norm
// afterwards is the limit.
func TestClippedNorms(t *testing.T) {
	for name, optimizer := range map[string]optim.Optimizer{
		"measuring": &optim.SGD{LearningRate: 0.1}, "foreign": struct{ optim.Optimizer }{&optim.SGD{LearningRate: 0.1}},
	} {
		r, clip := &Recorder{Details: Every(1)}, &train.ClipNorm{Max: 0.01}
		fit(t, r, func(trainer *train.Trainer) {
			trainer.Optimizer, trainer.Callbacks = optimizer, []train.Callback{r, clip}
		})
		for _, record := range r.Profile().Records {
			within(t, name+": factor", record.Clip, 0.01/(record.GradL2()+1e-6), 1e-6)
			sum := 0.0
			for i, p := range record.Params {
				clipped, detail := record.Details.Clipped[i], record.Details.Params[i]
				sum += float64(clipped.L2 * clipped.L2)
				within(t, name+": norm", clipped.L2, record.Clip*p.GradL2, 1e-6)
				within(t, name+": RMS", clipped.RMS, record.Clip*p.GradRMS, 1e-6)
				within(t, name+": maximum", clipped.Max, record.Clip*detail.GradMax, 1e-6)
				within(t, name+": mean", clipped.MeanAbs, record.Clip*detail.GradMeanAbs, 1e-6)
			}
			within(t, name+": all", math.Sqrt(sum), 0.01*record.GradL2()/(record.GradL2()+1e-6), 1e-6)
		}
	}
}

// Records without details take the norms from the optimiser and undo the clipping.
func TestNormsBeforeClippingWithoutDetails(t *testing.T) {
	full, light := &Recorder{Details: Every(1)}, &Recorder{Details: Never, Histograms: Never}
	for _, r := range []*Recorder{full, light} {
		fit(t, r, func(trainer *train.Trainer) {
			trainer.Callbacks = []train.Callback{&train.ClipNorm{Max: 0.01}, r}
		})
	}
	for i, want := range full.Profile().Records {
		for k, p := range light.Profile().Records[i].Params {
			within(t, "norm", p.GradL2, want.Params[k].GradL2, 1e-6)
		}
	}
}
