package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing"
)

// deepChecker are TheDeepChecker's rules. It checks every tenth step, from step 10 on.
func deepChecker() []Rule {
	const source = "Ben Braiek & Khomh 2022, TheDeepChecker, config/settings.yaml"
	rule := func(name, finds, note string, fires func(vanishing.Profile) Result) Rule {
		return Rule{"TheDeepChecker", name, finds, source, note, fires}
	}
	const asRecorded = "checks the recorded steps instead of every tenth"
	return []Rule{
		rule("vanishing gradient", "vanishing", asRecorded, func(p vanishing.Profile) Result {
			return gradientSeries(p, below(1e-6), func(ratio float64) bool { return ratio <= 0.5 })
		}),
		rule("exploding gradient", "exploding", asRecorded, func(p vanishing.Profile) Result {
			return gradientSeries(p, above(1e6), func(ratio float64) bool { return ratio >= 2 })
		}),
		rule("dead neurons", "dead-relu", "a unit counts as dead if no sample of the batch activates it", func(p vanishing.Profile) Result {
			return anyLayer(p, "dead share", func(l vanishing.Layer, r vanishing.LayerRecord) float64 {
				if l.Activation != "relu" {
					return math.NaN()
				}
				return r.Dead
			}, above(0.5))
		}),
		rule("update too fast", "learning-rate-too-large", "ratio of L2 norms instead of mean absolute values", func(p vanishing.Profile) Result {
			return meanUpdate(p, above(-1))
		}),
		rule("update too slow", "learning-rate-too-small", "ratio of L2 norms instead of mean absolute values", func(p vanishing.Profile) Result {
			return meanUpdate(p, below(-4))
		}),
		rule("activation scale", "bad-init-scale", "without its F-test", func(p vanishing.Profile) Result {
			return anyLayer(p, "deviation of the activations", func(_ vanishing.Layer, r vanishing.LayerRecord) float64 { return r.ActStd },
				func(v float64) bool { return v < 0.5 || v > 2 })
		}),
	}
}

// gradientSeries fires if mean |g| of a weight is beyond a limit, or changes by a factor beyond a limit five times in a row.
func gradientSeries(p vanishing.Profile, bad, changes func(float64) bool) Result {
	const windows = 5
	before, run := make([]float64, len(p.Params)), make([]int, len(p.Params))
	return first(p, func(r vanishing.Record) (known bool, evidence string) {
		if !r.Details {
			return false, ""
		}
		for i, param := range r.Params {
			v := param.GradMeanAbs
			if p.Params[i].Role != "weight" || math.IsNaN(v) {
				continue
			}
			known = true
			if before[i] != 0 && changes(v/before[i]) {
				run[i]++
			} else {
				run[i] = 0
			}
			before[i] = v
			if bad(v) {
				return true, fmt.Sprintf("mean |g| of %s is %.2g", p.Params[i].Name, v)
			}
			if run[i] >= windows {
				return true, fmt.Sprintf("mean |g| of %s has changed by %.2g or more %d times in a row", p.Params[i].Name, v/before[i], windows)
			}
		}
		return known, ""
	})
}

// meanUpdate tests the mean over the records of log10 of each weight's update ratio.
func meanUpdate(p vanishing.Profile, bad func(float64) bool) Result {
	var result Result
	for i, param := range p.Params {
		sum, n := 0.0, 0
		for _, r := range p.Records {
			if u := r.Params[i].UpdateRatio; param.Role == "weight" && !math.IsNaN(u) {
				sum, n = sum+math.Log10(u), n+1
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
