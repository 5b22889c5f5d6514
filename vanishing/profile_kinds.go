package vanishing

import (
	"cmp"
	"math"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

type number = profile.Number

func activationOf(a graph.Activation) profile.Activation {
	return profile.Activation{Kind: profile.ActivationKind(a.Kind().String()), Alpha: number(a.Alpha())}
}

// normKinds maps the normalisations found in a graph to those of a profile.
var normKinds = map[structure.NormKind]profile.NormKind{
	structure.BatchNorm: profile.BatchNorm, structure.LayerNorm: profile.LayerNorm, structure.GroupNorm: profile.GroupNorm, structure.RMSNorm: profile.RMSNorm,
}

// initializerOf describes an initialiser; nil if it is unknown.
func initializerOf(i initializer.Initializer) *profile.Initializer {
	switch i := i.(type) {
	case nil:
		return nil
	case initializer.Constant:
		return &profile.Initializer{Kind: profile.Constant, Value: number(i.Value)}
	case initializer.Uniform:
		return &profile.Initializer{Kind: profile.Uniform, Low: number(i.Low), High: number(i.High)}
	case initializer.Normal:
		return &profile.Initializer{Kind: profile.Normal, Mean: number(i.Mean), Std: number(i.Std)}
	case initializer.XavierUniform:
		return &profile.Initializer{Kind: profile.XavierUniform, Gain: number(cmp.Or(i.Gain, 1))}
	case initializer.XavierNormal:
		return &profile.Initializer{Kind: profile.XavierNormal, Gain: number(cmp.Or(i.Gain, 1))}
	case initializer.HeUniform:
		return &profile.Initializer{Kind: profile.HeUniform, Gain: number(cmp.Or(i.Gain, math.Sqrt2)), FanOut: i.FanOut}
	case initializer.HeNormal:
		return &profile.Initializer{Kind: profile.HeNormal, Gain: number(cmp.Or(i.Gain, math.Sqrt2)), FanOut: i.FanOut}
	case initializer.LeCunUniform:
		return &profile.Initializer{Kind: profile.LeCunUniform}
	case initializer.LeCunNormal:
		return &profile.Initializer{Kind: profile.LeCunNormal}
	case initializer.Orthogonal:
		return &profile.Initializer{Kind: profile.Orthogonal, Gain: number(cmp.Or(i.Gain, 1))}
	case initializer.DeltaOrthogonal:
		return &profile.Initializer{Kind: profile.DeltaOrthogonal, Gain: number(cmp.Or(i.Gain, 1))}
	case initializer.TorchDefault:
		return &profile.Initializer{Kind: profile.TorchDefault}
	}
	if i.String() == "" { // a graph written by hand declares no initialiser
		return nil
	}
	return &profile.Initializer{Kind: profile.OtherInit, Name: i.String()}
}

// optimizerOf describes an optimiser, by its String method if it does not give its settings.
func optimizerOf(o optim.Optimizer) *profile.Optimizer {
	d, ok := o.(optim.Described)
	if !ok {
		return &profile.Optimizer{Kind: profile.OtherOptimizer, Name: o.String()}
	}
	s := d.Settings()
	return &profile.Optimizer{
		Kind: profile.OptimizerKind(s.Kind), LearningRate: number(s.LearningRate), Momentum: number(s.Momentum), Nesterov: s.Nesterov,
		Beta1: number(s.Beta1), Beta2: number(s.Beta2), Alpha: number(s.Alpha), Epsilon: number(s.Epsilon),
		TrustCoefficient: number(s.TrustCoefficient), Centered: s.Centered, RateDecay: number(s.RateDecay),
		WeightDecay: number(s.WeightDecay), Groups: s.Groups,
	}
}
