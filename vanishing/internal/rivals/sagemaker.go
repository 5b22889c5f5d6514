package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

const (
	sageMakerTool   = "SageMaker Debugger"
	sageMakerSource = "Amazon SageMaker developer guide, debugger-built-in-rules"
)

// sageMaker are the built-in rules about gradients, weights and the loss, with their default thresholds.
func sageMaker() []Rule {
	rule := func(name, finds, note string, fires func(profile.Profile) Result) Rule {
		return Rule{sageMakerTool, name, finds, sageMakerSource, note, fires}
	}
	return []Rule{
		rule("VanishingGradient", "vanishing", "", func(p profile.Profile) Result {
			return anyParam(p, "mean |g|", meanAbs, below(1e-7))
		}),
		rule("ExplodingTensor", "exploding", "", explodingTensor),
		rule("DeadRelu", "dead-relu", "a unit counts as inactive if no sample of the batch activates it, instead of under 1 %", func(p profile.Profile) Result {
			return anyLayer(p, "dead share", func(l profile.Layer, d profile.LayerDetail) float64 {
				if l.Activation.Kind != profile.ReLU {
					return math.NaN()
				}
				return float64(d.Dead)
			}, above(0.5))
		}),
		rule("SaturatedActivation", "saturation", "assumes that pre-activations are normally distributed", func(p profile.Profile) Result {
			return anyLayer(p, "saturated share", func(l profile.Layer, d profile.LayerDetail) float64 {
				switch l.Activation.Kind {
				case profile.Tanh:
					return outside(d, -9.4999, 9.4999)
				case profile.Sigmoid:
					return outside(d, -23, 16.99999)
				}
				return math.NaN()
			}, above(0.5))
		}),
		rule("WeightUpdateRatio (too large)", "learning-rate-too-large", "", func(p profile.Profile) Result { return updateRatio(p, above(10)) }),
		rule("WeightUpdateRatio (too small)", "learning-rate-too-small", "", func(p profile.Profile) Result { return updateRatio(p, below(1e-8)) }),
		rule("PoorWeightInitialization", "bad-init-scale", "assumes that gradients are normally distributed and that the weights' mean is zero", poorInit),
		rule("UnchangedTensor", "layer-not-training", "update ratio instead of each element, in recorded steps with details", unchanged),
		rule("AllZero", "layer-not-training", "of weights and their gradients", allZero),
		rule("LossNotDecreasing", "learning-rate-too-small", "", lossNotDecreasing),
	}
}

// explodingTensor fires at any NaN or infinity. There is no other threshold.
func explodingTensor(p profile.Profile) Result {
	return first(p, func(r profile.Record) (bool, string) { return true, brokenTensor(p, r) })
}

// brokenTensor describes a loss, a parameter or a gradient that is not finite; empty if there is none.
func brokenTensor(p profile.Profile, r profile.Record) string {
	if infinite(r.Loss) {
		return "the loss is not finite"
	}
	for i, param := range r.Params {
		if infinite(param.GradL2) || r.Details != nil && infinite(r.Details.Params[i].NormL2) {
			return p.Params[i].Name + " is not finite"
		}
	}
	return ""
}

// unchanged fires if a weight does not change in three steps, by the tolerance of numpy.allclose.
func unchanged(p profile.Profile) Result {
	const steps, tolerance = 3, 1e-5
	run := make([]int, len(p.Params))
	return first(p, func(r profile.Record) (known bool, evidence string) {
		for i, param := range p.Params {
			ratio := r.UpdateRatio(i)
			if param.Role != "weight" || math.IsNaN(ratio) {
				continue
			}
			known = true
			if run[i]++; ratio > tolerance {
				run[i] = 0
			}
			if run[i] == steps {
				return true, fmt.Sprintf("%s has not changed in %d steps", param.Name, steps)
			}
		}
		return known, ""
	})
}

// allZero fires if all elements of a weight or of its gradient are zero.
func allZero(p profile.Profile) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		return anyWeight(p, "norm of weight or gradient", func(v float64) bool { return v == 0 }, func(i int) float64 {
			if r.Details != nil && r.Details.Params[i].NormL2 == 0 {
				return 0
			}
			return float64(r.Params[i].GradL2)
		})
	})
}

// lossNotDecreasing fires if the loss is not at least 0.1 % below the loss ten steps before.
func lossNotDecreasing(p profile.Profile) Result {
	const steps, better = 10, 0.001
	at := make(map[int]profile.Number)
	return first(p, func(r profile.Record) (bool, string) {
		at[r.Step] = r.Loss
		before, known := at[r.Step-steps]
		if known && r.Loss > (1-better)*before {
			return true, fmt.Sprintf("the loss is %.4g, ten steps before it was %.4g", r.Loss, before)
		}
		return known, ""
	})
}

// updateRatio tests the update ratio of each weight.
func updateRatio(p profile.Profile, bad func(float64) bool) Result {
	return first(p, func(r profile.Record) (known bool, evidence string) {
		for i, param := range p.Params {
			ratio := r.UpdateRatio(i)
			if param.Role != "weight" || math.IsNaN(ratio) {
				continue
			}
			known = true
			if bad(ratio) {
				return true, fmt.Sprintf("update ratio of %s is %.2g", param.Name, ratio)
			}
		}
		return known, ""
	})
}

// poorInit fires if in five of the first ten steps the variances of two weights differ by more than a factor of ten, or the 5th and
// the 95th percentile of a weight's gradient by less than 0.001.
func poorInit(p profile.Profile) Result {
	const steps, patience = 10, 5
	run := 0
	return first(p, func(r profile.Record) (bool, string) {
		if r.Step >= steps {
			return false, ""
		}
		low, high, spread := math.Inf(1), 0.0, math.Inf(1)
		for i, param := range r.Params {
			if p.Params[i].Role != "weight" {
				continue
			}
			variance := math.NaN()
			if r.Details != nil {
				norm := float64(r.Details.Params[i].NormL2)
				variance = norm * norm / float64(p.Params[i].Size)
			}
			low, high = min(low, variance), max(high, variance)
			spread = min(spread, 2*1.6449*float64(param.GradRMS))
		}
		if high/low > 10 || spread < 0.001 {
			run++
		}
		if run < patience {
			return true, ""
		}
		return true, fmt.Sprintf("variances of weights %.2g apart, percentiles of gradients %.2g", high/low, spread)
	})
}
