package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// deepDiagnosis are DeepDiagnosis' rules about gradients, activations, weights and the loss. The tool applies them at the end of
// each epoch.
func deepDiagnosis() []Rule {
	const source = "Wardat et al. 2022, DeepDiagnosis (ICSE), callback/callbacks.py"
	rule := func(name, finds, note string, fires func(profile.Profile) Result) Rule {
		return Rule{"DeepDiagnosis", name, finds, source, note, fires}
	}
	const advice = "given as advice when training fails"
	rate := func(bad func(float64) bool) func(profile.Profile) Result {
		return func(p profile.Profile) Result { return plainUpdate(p, bad) }
	}
	return []Rule{
		rule("vanishing gradient", "vanishing", "", func(p profile.Profile) Result {
			return anyParam(p, "mean |g|", meanAbs, below(1e-7))
		}),
		rule("dead node", "dead-relu", "", func(p profile.Profile) Result {
			return anyLayer(p, "share of zeros", func(l profile.Layer, d profile.LayerDetail) float64 {
				if l.Activation.Kind != profile.ReLU {
					return math.NaN()
				}
				return float64(d.ActZero)
			}, func(v float64) bool { return v >= 0.7 })
		}),
		rule("saturated activation", "saturation", "assumes that pre-activations are normally distributed", func(p profile.Profile) Result {
			return anyLayer(p, "share beyond 5", func(l profile.Layer, d profile.LayerDetail) float64 {
				if l.Activation.Kind != profile.Tanh && l.Activation.Kind != profile.Sigmoid {
					return math.NaN()
				}
				return outside(d, -5, 5)
			}, above(0.5))
		}),
		rule("numerical problem", "non-finite", "activations by their mean, weights' gradients by their norm", numericalProblem),
		rule("unchanged tensor", "layer-not-training", "in recorded steps with details instead of epochs", unchangedForward),
		rule("loss not decreasing", "learning-rate-too-small", "in recorded steps instead of epochs", lossStands),
		rule("poor weight", "bad-init-scale", advice+"; assumes that the weights' mean is zero", func(p profile.Profile) Result {
			return first(p, func(r profile.Record) (known bool, evidence string) {
				if r.Details == nil {
					return false, ""
				}
				return anyWeight(p, "variance", func(v float64) bool { return v < 1e-5 || v > 10 }, func(i int) float64 {
					size := rms(p.Params[i], r.Details.Params[i])
					return size * size
				})
			})
		}),
		rule("learning rate (too large)", "learning-rate-too-large", advice, rate(above(0.1))),
		rule("learning rate (too small)", "learning-rate-too-small", advice, rate(below(1e-5))),
	}
}

// numericalProblem fires if the mean of an activation or the norm of a weight's gradient is NaN, infinite or exactly zero.
func numericalProblem(p profile.Profile) Result {
	bad := func(v profile.Number) bool { return infinite(v) || v == 0 }
	return first(p, func(r profile.Record) (bool, string) {
		if d := r.Details; d != nil {
			for i, l := range d.Layers {
				if bad(l.ActMean) {
					return true, fmt.Sprintf("the mean activation of %s is %g", p.Layers[i].Path, l.ActMean)
				}
			}
		}
		for i, param := range r.Params {
			if p.Params[i].Role == "weight" && bad(param.GradL2) {
				return true, fmt.Sprintf("the gradient of %s is %g", p.Params[i].Name, param.GradL2)
			}
		}
		return true, ""
	})
}

// unchangedForward fires if the mean of a layer's output is the same number five times.
func unchangedForward(p profile.Profile) Result {
	last, run := make([]profile.Number, len(p.Layers)), make([]int, len(p.Layers))
	return first(p, func(r profile.Record) (known bool, evidence string) {
		for i := range p.Layers[:max(0, len(p.Layers)-1)] {
			if r.Details == nil || isNaN(r.Details.Layers[i].ActMean) {
				continue
			}
			v := r.Details.Layers[i].ActMean
			if run[i]++; v != last[i] {
				run[i] = 1
			}
			last[i], known = v, true
			if run[i] == 5 {
				return true, fmt.Sprintf("the mean output of %s stays %g", p.Layers[i].Path, v)
			}
		}
		return known, ""
	})
}

// lossStands fires if the loss is the same number five times.
func lossStands(p profile.Profile) Result {
	last, run := profile.Number(math.NaN()), 0
	return first(p, func(r profile.Record) (bool, string) {
		if run++; r.Loss != last {
			run = 1
		}
		if last = r.Loss; run == 5 {
			return true, fmt.Sprintf("the loss stays %g", r.Loss)
		}
		return true, ""
	})
}

// plainUpdate tests the update ratio of plain SGD, whatever the optimiser: the learning rate times the norm of a weight's gradient
// over that of the weight.
func plainUpdate(p profile.Profile, bad func(float64) bool) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		if r.LearningRate == 0 || r.Details == nil {
			return false, ""
		}
		return anyWeight(p, "rate times gradient over weight", bad, func(i int) float64 {
			return float64(r.LearningRate * r.Params[i].GradL2 / r.Details.Params[i].NormL2)
		})
	})
}
