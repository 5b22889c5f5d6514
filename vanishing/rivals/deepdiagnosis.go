package rivals

import (
	"math"

	"github.com/gradflow/gradflow/vanishing"
)

// deepDiagnosis are DeepDiagnosis' rules about gradients and activations.
func deepDiagnosis() []Rule {
	const source = "Wardat et al. 2022, DeepDiagnosis (ICSE), callback/callbacks.py"
	rule := func(name, finds, note string, fires func(vanishing.Profile) Result) Rule {
		return Rule{"DeepDiagnosis", name, finds, source, note, fires}
	}
	return []Rule{
		rule("vanishing gradient", "vanishing", "", func(p vanishing.Profile) Result {
			return anyParam(p, "mean |g|", meanAbs, below(1e-7))
		}),
		rule("dead node", "dead-relu", "", func(p vanishing.Profile) Result {
			return anyLayer(p, "share of zeros", func(l vanishing.Layer, r vanishing.LayerRecord) float64 {
				if l.Activation != "relu" {
					return math.NaN()
				}
				return r.ActZero
			}, func(v float64) bool { return v >= 0.7 })
		}),
		rule("saturated activation", "saturation", "the share of pre-activations is that of a normal distribution", func(p vanishing.Profile) Result {
			return anyLayer(p, "share beyond 5", func(l vanishing.Layer, r vanishing.LayerRecord) float64 {
				if l.Activation != "tanh" && l.Activation != "sigmoid" {
					return math.NaN()
				}
				return outside(-5, 5)(r)
			}, above(0.5))
		}),
	}
}
