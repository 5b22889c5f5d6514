package optim

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// LARS is momentum whose rate for each weight is scaled to the weight's norm over that of its gradient (You et al. 2017, alg. 1), for very
// large batches. For a weight w, its gradient g and the learning rate α:
//
//	λ = TrustCoefficient·||w|| / (||g|| + WeightDecay·||w||)   (1 where a norm is zero)
//	v = Momentum·v + α·λ·(g + WeightDecay·w)                   (v is zero at first)
//	w = w - v
//
// For biases and the parameters of normalisations λ is 1. They mostly go without decay, by a [Group]. Tables of vectors, such as learned
// positions, are scaled as weights are: what counts is that a parameter has more than one axis, as in the usual code for PyTorch.
type LARS struct {
	LearningRate     float64 // 0 means 1
	Momentum         float64 // in [0, 1); 0 is none, 0.9 the paper's
	TrustCoefficient float64 // the paper's η; 0 means 0.001
	WeightDecay      float64 // the paper's β; 0 is none
	Groups           []Group // parameters with another rate or decay

	core
}

// Rate is LearningRate or its default.
func (l *LARS) Rate() float64 { return orDefault(l.LearningRate, 1) }

// Settings implements Described.
func (l *LARS) Settings() Settings {
	return Settings{
		Kind: "lars", LearningRate: l.Rate(), Momentum: l.Momentum, TrustCoefficient: l.trust(), WeightDecay: l.WeightDecay, Groups: len(l.Groups), RateGroups: rateGroups(l.Groups),
	}
}

// String names the optimiser and its numbers.
func (l *LARS) String() string { return l.Settings().String() }

// Validate implements Optimizer.
func (l *LARS) Validate() error {
	return validate(l, "LARS", limit{"LearningRate", l.LearningRate, inf}, limit{"Momentum", l.Momentum, 1},
		limit{"TrustCoefficient", l.TrustCoefficient, inf}, limit{"WeightDecay", l.WeightDecay, inf})
}

// Step implements Optimizer.
func (l *LARS) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(l, params, grads, rate)
}

func (l *LARS) shared() (*core, float64, []Group) { return &l.core, l.WeightDecay, l.Groups }

func (l *LARS) remembers(*graph.Param) []string { return velocity }

func (l *LARS) move(u *update) {
	w, g, v := u.param.Value, u.grad, u.state[0]
	if u.single() {
		lars(l, w.Float32s(), g.Float32s(), v.Float32s(), u)
	} else {
		lars(l, w.Float64s(), g.Float64s(), v.Float64s(), u)
	}
}

func lars[T kernel.Float](l *LARS, w, g, v []T, u *update) {
	rate := u.rate
	if u.param.Role == graph.Weight || u.param.Value.Dims() > 1 {
		if size, slope := l2(w), l2(g); size > 0 && slope > 0 {
			rate *= l.trust() * size / (slope + u.decay*size)
		}
	}
	kernel.MomentumOfSteps(w, g, v, rate, u.decay, l.Momentum, u.level, u.sums)
}

func (l *LARS) trust() float64 { return orDefault(l.TrustCoefficient, 0.001) }
