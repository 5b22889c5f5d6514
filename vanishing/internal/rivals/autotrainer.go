package rivals

import (
	"fmt"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

const autoTrainerSource = "Zhang et al. 2021, AUTOTRAINER (ICSE), utils/monitor.py"

// AutoTrainer returns AutoTrainer's rules about gradients. They compare the Frobenius norms of the gradients of the first and
// the last weight. AutoTrainer applies them only to runs that fail. With the accuracy of each epoch the rules are gated in this
// way, and called "gated", and its two rules about the accuracy are added; with nil they always apply.
func AutoTrainer(accuracy []float64) []Rule {
	suffix, silent := "", false
	if accuracy != nil {
		suffix, silent = " (gated)", !fails(accuracy)
	}
	rule := func(name, finds, note string, fires func(profile.Profile) Result) Rule {
		return Rule{"AutoTrainer", name + suffix, finds, autoTrainerSource, note, func(p profile.Profile) Result {
			result := fires(p)
			if silent {
				return Result{Known: result.Known}
			}
			return result
		}}
	}
	rules := []Rule{
		rule("vanish", "vanishing", "", func(p profile.Profile) Result {
			return ends(p, func(r, g float64) bool { return r < 1e-3 && g < 1e-4 })
		}),
		rule("explode", "exploding", "", func(p profile.Profile) Result {
			if result := ends(p, func(r, _ float64) bool { return r > 70 }); result.Fires {
				return result
			}
			return blownUp(p)
		}),
		rule("dying ReLU", "dead-relu", "needs histograms", dyingReLU),
		rule("abnormal activation", "bad-init-scale", "the size of the mean activation instead of the mean size", func(p profile.Profile) Result {
			return anyLayer(p, "mean activation", func(_ profile.Layer, d profile.LayerDetail) float64 { return math.Abs(float64(d.ActMean)) },
				func(v float64) bool { return v >= 10 })
		}),
	}
	if accuracy != nil {
		rules = append(rules, accuracyRules(accuracy)...)
	}
	return rules
}

// dyingReLU fires if at least seven of ten elements of all gradients are exactly zero.
func dyingReLU(p profile.Profile) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		if r.Histograms == nil {
			return false, ""
		}
		zero, all := 0, 0
		for i, param := range r.Histograms.Params {
			if param.Grad == nil {
				return false, ""
			}
			zero, all = zero+param.Grad.Zero, all+p.Params[i].Size
		}
		if share := float64(zero) / float64(all); share >= 0.7 {
			return true, fmt.Sprintf("%.2g of all gradients are zero", share)
		}
		return true, ""
	})
}

// fails tells whether a run fails: its best accuracy is below 0.6, or has grown by less than 0.01 since 30 % of the epochs.
func fails(accuracy []float64) bool {
	if len(accuracy) == 0 || slices.Max(accuracy) < 0.6 {
		return true
	}
	early := accuracy[:max(1, len(accuracy)*3/10)]
	return len(accuracy) > len(early) && slices.Max(accuracy)-slices.Max(early) < 0.01
}

// ends compares the gradient of the first weight with that of the last.
func ends(p profile.Profile, bad func(ratio, first float64) bool) Result {
	return first(p, func(r profile.Record) (bool, string) {
		var norms []float64
		for i, param := range r.Params {
			if p.Params[i].Role == "weight" {
				norms = append(norms, float64(param.GradL2))
			}
		}
		if len(norms) < 2 {
			return false, ""
		}
		ratio := norms[0] / norms[len(norms)-1]
		if bad(ratio, norms[0]) {
			return true, fmt.Sprintf("the first weight's gradient is %.2g, %.2g of the last one's", norms[0], ratio)
		}
		return !math.IsNaN(ratio), ""
	})
}

// blownUp fires if the loss is NaN or at least 1000, and a weight or a gradient is NaN.
func blownUp(p profile.Profile) Result {
	return first(p, func(r profile.Record) (bool, string) {
		if r.Loss < 1e3 {
			return true, ""
		}
		for i, param := range r.Params {
			if isNaN(param.GradL2) || r.Details != nil && isNaN(r.Details.Params[i].NormL2) {
				return true, fmt.Sprintf("the loss is %g and %s is NaN", r.Loss, p.Params[i].Name)
			}
		}
		return true, ""
	})
}
