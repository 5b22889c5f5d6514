package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// deepCheckerParams are the rules about the values of weights and biases, before and during training.
func deepCheckerParams() []Rule {
	const value = "root mean square instead of mean absolute value, in the recorded steps with details"
	grows := func(ratio float64) bool { return ratio >= 2 }
	return []Rule{
		deepCheckerRule("poor weight initialization", "bad-init-scale", "assumes that the weights' mean is zero", poorWeights),
		deepCheckerRule("biases not zero", "bad-init-scale", "of balanced classes", biasedFromTheStart),
		deepCheckerRule("dead weights", "bad-init-scale", "below 2^-17 = 0.8e-5 instead of 1e-5; needs histograms", func(p profile.Profile) Result {
			return weightShare(p, "weights near zero", nearZero)
		}),
		deepCheckerRule("negative weights", "dead-relu", "needs histograms", func(p profile.Profile) Result {
			return weightShare(p, "negative weights", func(h *profile.Histogram) int { return sum(h.Negative) })
		}),
		deepCheckerRule("diverging weights", "learning-rate-too-large", value, func(p profile.Profile) Result {
			return series(p, "weight", "size", rms, above(1e8), grows)
		}),
		deepCheckerRule("diverging biases", "learning-rate-too-large", value, func(p profile.Profile) Result {
			return series(p, "bias", "size", rms, above(1e8), grows)
		}),
	}
}

// poorWeights fires at an initial weight that is constant, or whose variance fails the F-test against that of the activation:
// He's 2/in for ReLU, Glorot's 2/(in+out) for tanh, LeCun's 1/in for sigmoid, and any of them for others.
func poorWeights(p profile.Profile) Result {
	return atTheStart(p, func(r profile.Record) (known bool, evidence string) {
		layers := make(map[string]profile.Layer)
		for _, l := range p.Layers {
			layers[l.Path] = l
		}
		for i, param := range p.Params {
			l, std := layers[param.Layer], rms(param, r.Details.Params[i])
			if param.Role != "weight" || l.FanIn == 0 || math.IsNaN(std) {
				continue
			}
			known = true
			if !suits(std, hiddenActivation(p), float64(l.FanIn), float64(param.Size/l.FanIn)) {
				return true, fmt.Sprintf("the deviation of %s is %.2g", param.Name, std)
			}
		}
		return known, ""
	})
}

// suits tells whether a weight's standard deviation suits an activation.
func suits(std float64, activation profile.ActivationKind, in, out float64) bool {
	lecun, he, glorot := fTest(std, math.Sqrt(1/in)), fTest(std, math.Sqrt(2/in)), fTest(std, math.Sqrt(2/(in+out)))
	switch {
	case std*std < 1e-8:
		return false
	case activation == profile.ReLU:
		return he
	case activation == profile.Tanh:
		return glorot
	case activation == profile.Sigmoid:
		return lecun
	}
	return lecun || he || glorot
}

// hiddenActivation is the activation of the first layer. The tool assumes that all hidden layers have the same.
func hiddenActivation(p profile.Profile) profile.ActivationKind {
	if len(p.Layers) == 0 {
		return ""
	}
	return p.Layers[0].Activation.Kind
}

// biasedFromTheStart fires at an initial bias that is not zero.
func biasedFromTheStart(p profile.Profile) Result {
	return atTheStart(p, func(r profile.Record) (known bool, evidence string) {
		for i, param := range p.Params {
			if v := r.Details.Params[i].NormL2; param.Role == "bias" && !isNaN(v) {
				known = true
				if v != 0 {
					return true, fmt.Sprintf("%s is %.2g, want 0", param.Name, v)
				}
			}
		}
		return known, ""
	})
}

// weightShare fires if count gives more than 95 % of a weight's elements.
func weightShare(p profile.Profile, name string, count func(*profile.Histogram) int) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		if r.Histograms == nil {
			return false, ""
		}
		for i, param := range r.Histograms.Params {
			if param.Value == nil || p.Params[i].Role != "weight" {
				continue
			}
			known = true
			if share := float64(count(param.Value)) / float64(p.Params[i].Size); share > 0.95 {
				return true, fmt.Sprintf("%.2g %s in %s", share, name, p.Params[i].Name)
			}
		}
		return known, ""
	})
}

// nearZero counts elements below 2^-17.
func nearZero(h *profile.Histogram) int {
	below := min(max(-17-h.Low, 0), len(h.Positive))
	return h.Zero + sum(h.Positive[:below]) + sum(h.Negative[:below])
}
