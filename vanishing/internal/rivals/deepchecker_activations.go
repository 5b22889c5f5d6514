package rivals

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// fCritical is TheDeepChecker's bound for a ratio of two variances, at a significance of 0.1.
const fCritical = 2.70554

// fTest tells whether a standard deviation passes TheDeepChecker's F-test against a reference: the larger variance over the
// smaller one is at most fCritical, whatever the number of elements.
func fTest(std, reference float64) bool {
	ratio := (std / reference) * (std / reference)
	return max(ratio, 1/ratio) <= fCritical
}

// deepCheckerActivations are the rules about the output of each activation.
func deepCheckerActivations() []Rule {
	return []Rule{
		deepCheckerRule("dead neurons", "dead-relu", "a unit counts as dead if no sample of the batch activates it, instead of under 5 %", func(p profile.Profile) Result {
			return anyLayer(p, "dead share", func(l profile.Layer, d profile.LayerDetail) float64 {
				if l.Activation.Kind != profile.ReLU {
					return math.NaN()
				}
				return float64(d.Dead)
			}, above(0.5))
		}),
		deepCheckerRule("saturated neurons", "saturation", "the mean rho_B of a layer's units, for normal pre-activations, instead of the share of units whose own is above",
			func(p profile.Profile) Result { return anyLayer(p, "rho_B", rhoB, above(0.85)) }),
		deepCheckerRule("unstable activations", "bad-init-scale", "", func(p profile.Profile) Result {
			return anyLayer(p, "deviation of the activations", func(_ profile.Layer, d profile.LayerDetail) float64 { return float64(d.ActStd) },
				func(v float64) bool { return v < 0.5 && !fTest(v, 0.5) || v > 2 && !fTest(v, 2) })
		}),
		deepCheckerRule("numerical instability", "non-finite", "of activations by their mean and deviation", notFinite),
	}
}

// rhoB is the mean closeness of the outputs of a bounded activation to the ends of its range: 0 in the middle, 1 at the ends
// (Rakitianskaia & Engelbrecht 2015). The closeness is |tanh(z)| for tanh and |tanh(z/2)| for sigmoid.
func rhoB(l profile.Layer, d profile.LayerDetail) float64 {
	scale, bounded := map[profile.ActivationKind]float64{profile.Tanh: 1, profile.Sigmoid: 0.5}[l.Activation.Kind]
	if !bounded {
		return math.NaN()
	}
	const steps, reach = 400, 6.0 // standard deviations
	sum, weights := 0.0, 0.0
	for i := range steps {
		x := reach * (2*(float64(i)+0.5)/steps - 1)
		w := math.Exp(-x * x / 2)
		sum, weights = sum+w*math.Abs(math.Tanh(scale*(float64(d.PreMean)+x*float64(d.PreStd)))), weights+w
	}
	return sum / weights
}

// notFinite fires at a NaN or an infinity in activations, parameters, gradients or the loss.
func notFinite(p profile.Profile) Result {
	return first(p, func(r profile.Record) (bool, string) {
		if d := r.Details; d != nil {
			for i, layer := range d.Layers {
				if infinite(layer.ActMean) || infinite(layer.ActStd) {
					return true, "the activation of " + p.Layers[i].Path + " is not finite"
				}
			}
		}
		return true, brokenTensor(p, r)
	})
}
