package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

const deepCheckerTool = "TheDeepChecker"

// deepCheckerRule makes one of TheDeepChecker's rules. The tool checks every tenth step, from step 10 on, while it overfits a
// single batch.
func deepCheckerRule(name, finds, note string, fires func(profile.Profile) Result) Rule {
	const source = "Ben Braiek & Khomh 2022, TheDeepChecker, hooks.py, checkers.py and config/settings.yaml"
	return Rule{deepCheckerTool, name, finds, source, note, fires}
}

// deepChecker are TheDeepChecker's rules about gradients, updates, activations, parameters and the loss.
func deepChecker() []Rule {
	var all []Rule
	all = append(all, deepCheckerGradients()...)
	all = append(all, deepCheckerActivations()...)
	all = append(all, deepCheckerParams()...)
	return append(all, deepCheckerLoss()...)
}

// deepCheckerGradients are those about the gradients of weights and about updates.
func deepCheckerGradients() []Rule {
	const asRecorded = "checks the recorded steps with details instead of every tenth"
	const ratio = "ratio of L2 norms instead of mean absolute values, over the run instead of ten steps"
	of := func(_ profile.Param, d profile.ParamDetail) float64 { return float64(d.GradMeanAbs) }
	return []Rule{
		deepCheckerRule("vanishing gradient", "vanishing", asRecorded, func(p profile.Profile) Result {
			return series(p, "weight", "mean |g|", of, below(1e-6), func(ratio float64) bool { return ratio <= 0.5 })
		}),
		deepCheckerRule("exploding gradient", "exploding", asRecorded, func(p profile.Profile) Result {
			return series(p, "weight", "mean |g|", of, above(1e6), func(ratio float64) bool { return ratio >= 2 })
		}),
		deepCheckerRule("update too fast", "learning-rate-too-large", ratio, func(p profile.Profile) Result {
			return meanUpdate(p, above(-1))
		}),
		deepCheckerRule("update too slow", "learning-rate-too-small", ratio, func(p profile.Profile) Result {
			return meanUpdate(p, below(-4))
		}),
		deepCheckerRule("untrained weight", "layer-not-training", ratio, func(p profile.Profile) Result {
			return meanUpdate(p, func(v float64) bool { return v == 0 })
		}),
	}
}

// series fires if a number of a parameter of some role is beyond a limit, or if its ratio to the previous record is beyond a limit
// in four consecutive records.
func series(p profile.Profile, role, name string, of func(profile.Param, profile.ParamDetail) float64, bad, changes func(float64) bool) Result {
	const ratios = 4 // in a window of five records
	before, run := make([]float64, len(p.Params)), make([]int, len(p.Params))
	return first(p, func(r profile.Record) (known bool, evidence string) {
		if r.Details == nil {
			return false, ""
		}
		for i, param := range r.Details.Params {
			v := of(p.Params[i], param)
			if p.Params[i].Role != role || math.IsNaN(v) {
				continue
			}
			known = true
			if before[i] != 0 && changes(v/before[i]) {
				run[i]++
			} else {
				run[i] = 0
			}
			last := before[i]
			before[i] = v
			if bad(v) {
				return true, fmt.Sprintf("%s of %s is %.2g", name, p.Params[i].Name, v)
			}
			if run[i] >= ratios {
				return true, fmt.Sprintf("%s of %s has changed %d times in a row, by %.2g at last", name, p.Params[i].Name, ratios, v/last)
			}
		}
		return known, ""
	})
}

// meanUpdate tests the mean of log10 of each weight's update ratio over the records. A ratio of 0 counts as 0, so the mean of a
// weight that never moves is 0.
func meanUpdate(p profile.Profile, bad func(float64) bool) Result {
	var result Result
	for i, param := range p.Params {
		sum, n := 0.0, 0
		for _, r := range p.Records {
			if u := r.UpdateRatio(i); param.Role == "weight" && !math.IsNaN(u) {
				n++
				if u > 0 {
					sum += math.Log10(u)
				}
			}
		}
		if n == 0 {
			continue
		}
		result.Known = true
		if mean := sum / float64(n); bad(mean) {
			return Result{Known: true, Fires: true, Step: p.Records[0].Step, Evidence: fmt.Sprintf("mean log10 update ratio of %s is %.2g", param.Name, mean)}
		}
	}
	return result
}
