package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// megatron is Megatron-LM's rule for repeating a step: a value is unexpectedly large if it is more than ten times the largest of
// the first hundred.
func megatron() []Rule {
	const source = "Megatron-LM, core/rerun_state_machine.py"
	return []Rule{{"Megatron-LM", "unexpectedly large gradient", "exploding", source, "the first hundred recorded steps", func(p profile.Profile) Result {
		return unexpectedlyLarge(p, "gradient", profile.Record.GradL2)
	}}, {"Megatron-LM", "unexpectedly large loss", "learning-rate-too-large", source, "the first hundred recorded steps", func(p profile.Profile) Result {
		return unexpectedlyLarge(p, "loss", func(r profile.Record) float64 { return math.Abs(float64(r.Loss)) })
	}}}
}

func unexpectedlyLarge(p profile.Profile, name string, of func(profile.Record) float64) Result {
	const samples, factor = 100, 10
	largest, seen := 0.0, 0
	return first(p, func(r profile.Record) (bool, string) {
		v := of(r)
		if seen++; seen <= samples {
			largest = max(largest, v)
			return false, ""
		}
		if v > factor*largest {
			return true, fmt.Sprintf("the %s is %.2g, the largest of the first %d was %.2g", name, v, samples, largest)
		}
		return true, ""
	})
}

// umlaut are UMLAUT's rules about the learning rate. It has none about gradients.
func umlaut() []Rule {
	const source = "Schoop et al. 2021, UMLAUT (CHI), umlaut/heuristics.py"
	rate := func(bad func(float64) bool) func(profile.Profile) Result {
		return func(p profile.Profile) Result {
			return first(p, func(r profile.Record) (bool, string) {
				if r.LearningRate == 0 {
					return false, ""
				}
				if bad(float64(r.LearningRate)) {
					return true, fmt.Sprintf("the learning rate is %g", r.LearningRate)
				}
				return true, ""
			})
		}
	}
	return []Rule{
		{"UMLAUT", "learning rate high", "learning-rate-too-large", source, "", rate(above(0.01))},
		{"UMLAUT", "learning rate low", "learning-rate-too-small", source, "", rate(below(1e-7))},
	}
}
