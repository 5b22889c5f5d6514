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
	case initializer.TorchDefault:
		return &profile.Initializer{Kind: profile.TorchDefault}
	}
	if i.String() == "" { // a graph written by hand declares no initialiser
		return nil
	}
	return &profile.Initializer{Kind: profile.OtherInit, Name: i.String()}
}

// optimizerOf describes an optimiser, by its String method if it is not one of package optim.
func optimizerOf(o optim.Optimizer) *profile.Optimizer {
	switch o := o.(type) {
	case *optim.Adam:
		beta1, beta2, epsilon := o.Effective()
		return &profile.Optimizer{
			Kind: profile.Adam, LearningRate: number(o.Rate()), Beta1: number(beta1), Beta2: number(beta2), Epsilon: number(epsilon),
			WeightDecay: number(o.WeightDecay),
		}
	case *optim.SGD:
		return &profile.Optimizer{
			Kind: profile.SGD, LearningRate: number(o.Rate()), Momentum: number(o.Momentum), Nesterov: o.Nesterov, WeightDecay: number(o.WeightDecay),
		}
	}
	return &profile.Optimizer{Kind: profile.OtherOptimizer, Name: o.String()}
}
