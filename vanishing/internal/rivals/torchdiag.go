package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// torchDiag are the checks of torchdiag that a profile has data for.
func torchDiag() []Rule {
	rule := func(name, finds, note string, fires func(profile.Profile) Result) Rule {
		return Rule{"torchdiag", name, finds, "torchdiag 0.1.0 of May 2026, torchdiag/diagnostics.py", note, fires}
	}
	const asRecorded = "in the recorded steps with details instead of one"
	largest := func(d profile.ParamDetail) float64 { return float64(d.GradMax) }
	return []Rule{
		rule("vanishing", "vanishing", asRecorded, func(p profile.Profile) Result {
			return anyParam(p, "largest |g|", largest, below(1e-7))
		}),
		rule("exploding", "exploding", asRecorded, func(p profile.Profile) Result {
			return anyParam(p, "largest |g|", largest, above(100))
		}),
		rule("dead neurons", "dead-relu", asRecorded, func(p profile.Profile) Result {
			return anyLayer(p, "dead share", func(l profile.Layer, d profile.LayerDetail) float64 {
				if l.Activation.Kind != profile.ReLU {
					return math.NaN()
				}
				return float64(d.Dead)
			}, above(0.2))
		}),
		rule("loss not finite", "non-finite", "in all recorded steps instead of one", func(p profile.Profile) Result {
			return first(p, func(r profile.Record) (bool, string) {
				if infinite(r.Loss) {
					return true, fmt.Sprintf("the loss is %g", r.Loss)
				}
				return true, ""
			})
		}),
		rule("no parameter changed", "layer-not-training", "of weights, in the recorded steps with details instead of one", noWeightChanged),
	}
}

// noWeightChanged fires if an update changes no weight at all.
func noWeightChanged(p profile.Profile) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		changed := false
		known, _ = anyWeight(p, "update ratio", above(math.Inf(1)), func(i int) float64 {
			ratio := r.UpdateRatio(i)
			changed = changed || ratio > 0
			return ratio
		})
		if known && !changed {
			return true, "no weight has changed"
		}
		return known, ""
	})
}
