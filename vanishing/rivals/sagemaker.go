package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing"
)

const (
	sageMakerTool   = "SageMaker Debugger"
	sageMakerSource = "Amazon SageMaker developer guide, debugger-built-in-rules"
)

// sageMaker are the built-in rules about gradients, with their default thresholds.
func sageMaker() []Rule {
	rule := func(name, finds, note string, fires func(vanishing.Profile) Result) Rule {
		return Rule{sageMakerTool, name, finds, sageMakerSource, note, fires}
	}
	return []Rule{
		rule("VanishingGradient", "vanishing", "", func(p vanishing.Profile) Result {
			return anyParam(p, "mean |g|", meanAbs, below(1e-7))
		}),
		rule("ExplodingTensor", "exploding", "", explodingTensor),
		rule("DeadRelu", "dead-relu", "a unit counts as inactive if no sample of the batch activates it, instead of under 1 %", func(p vanishing.Profile) Result {
			return anyLayer(p, "dead share", func(l vanishing.Layer, r vanishing.LayerRecord) float64 {
				if l.Activation != "relu" {
					return math.NaN()
				}
				return r.Dead
			}, above(0.5))
		}),
		rule("SaturatedActivation", "saturation", "the share of pre-activations is that of a normal distribution", func(p vanishing.Profile) Result {
			return anyLayer(p, "saturated share", func(l vanishing.Layer, r vanishing.LayerRecord) float64 {
				switch l.Activation {
				case "tanh":
					return outside(-9.4999, 9.4999)(r)
				case "sigmoid":
					return outside(-23, 16.99999)(r)
				}
				return math.NaN()
			}, above(0.5))
		}),
		rule("WeightUpdateRatio (too large)", "learning-rate-too-large", "", func(p vanishing.Profile) Result { return updateRatio(p, above(10)) }),
		rule("WeightUpdateRatio (too small)", "learning-rate-too-small", "", func(p vanishing.Profile) Result { return updateRatio(p, below(1e-8)) }),
		rule("PoorWeightInitialization", "bad-init-scale", "percentiles are those of a normal distribution; the weights' mean is taken for zero", poorInit),
	}
}

// explodingTensor fires at any NaN or infinity. There is no other threshold.
func explodingTensor(p vanishing.Profile) Result {
	bad := func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
	return first(p, func(r vanishing.Record) (bool, string) {
		if bad(r.Loss) {
			return true, "the loss is not finite"
		}
		for i, param := range r.Params {
			if bad(param.GradL2) || r.Details && bad(param.NormL2) {
				return true, p.Params[i].Name + " is not finite"
			}
		}
		return true, ""
	})
}

// updateRatio tests the update ratio of each weight.
func updateRatio(p vanishing.Profile, bad func(float64) bool) Result {
	return first(p, func(r vanishing.Record) (known bool, evidence string) {
		for i, param := range r.Params {
			if p.Params[i].Role != "weight" || math.IsNaN(param.UpdateRatio) {
				continue
			}
			known = true
			if bad(param.UpdateRatio) {
				return true, fmt.Sprintf("update ratio of %s is %.2g", p.Params[i].Name, param.UpdateRatio)
			}
		}
		return known, ""
	})
}

// poorInit fires if in five of the first ten steps the variances of the weights of two layers are further apart than tenfold,
// or the 5th and the 95th percentile of a weight's gradient nearer than 0.001.
func poorInit(p vanishing.Profile) Result {
	const steps, patience = 10, 5
	run := 0
	return first(p, func(r vanishing.Record) (bool, string) {
		if r.Step >= steps {
			return false, ""
		}
		low, high, spread := math.Inf(1), 0.0, math.Inf(1)
		for i, param := range r.Params {
			if p.Params[i].Role != "weight" {
				continue
			}
			variance := param.NormL2 * param.NormL2 / float64(p.Params[i].Size)
			low, high = min(low, variance), max(high, variance)
			spread = min(spread, 2*1.6449*param.GradRMS)
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
