package optim

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// Adam scales each element's step by a running estimate of its gradient's size (Kingma & Ba 2015, alg. 1). For a
// parameter w, its gradient g and the learning rate α, at step t = 1, 2, ...:
//
//	g = g + WeightDecay·w
//	m = Beta1·m + (1 - Beta1)·g        (m and v are zero at first)
//	v = Beta2·v + (1 - Beta2)·g²
//	w = w - α·m' / (√v' + Epsilon),  m' = m/(1 - Beta1^t),  v' = v/(1 - Beta2^t)
//
// as in torch.optim.Adam. To switch a Beta off give a tiny number, such as 1e-300, as 0 means its default.
type Adam struct {
	LearningRate float64 // 0 means 0.001
	Beta1        float64 // in [0, 1); 0 means 0.9
	Beta2        float64 // in [0, 1); 0 means 0.999
	Epsilon      float64 // 0 means 1e-8
	WeightDecay  float64 // weight of the L2 penalty w²/2 in the loss, so it is scaled like the rest of the gradient; 0 is none
	Groups       []Group // parameters with another rate or decay

	core
}

var moments = []string{"exp_avg", "exp_avg_sq"}

// Rate is LearningRate or its default.
func (a *Adam) Rate() float64 { return orDefault(a.LearningRate, 0.001) }

// Settings implements Described.
func (a *Adam) Settings() Settings {
	return a.numbers().settings("adam", a.Rate(), a.WeightDecay, a.Groups)
}

// String names the optimiser and its numbers, as "adam(lr=0.001, betas=0.9/0.999, eps=1e-08)".
func (a *Adam) String() string { return a.Settings().String() }

// Validate implements Optimizer.
func (a *Adam) Validate() error {
	return validate(a, "Adam", limit{"LearningRate", a.LearningRate, inf}, limit{"Beta1", a.Beta1, 1}, limit{"Beta2", a.Beta2, 1},
		limit{"Epsilon", a.Epsilon, inf}, limit{"WeightDecay", a.WeightDecay, inf})
}

// Step implements Optimizer.
func (a *Adam) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(a, params, grads, rate)
}

func (a *Adam) shared() (*core, float64, []Group) { return &a.core, a.WeightDecay, a.Groups }

func (a *Adam) remembers(*graph.Param) []string { return moments }

func (a *Adam) move(u *update) {
	step := a.numbers().step(u)
	w, g, m, v := u.param.Value, u.grad, u.state[0], u.state[1]
	if u.single() {
		kernel.Adam(w.Float32s(), g.Float32s(), m.Float32s(), v.Float32s(), step, u.level, u.sums)
	} else {
		kernel.Adam(w.Float64s(), g.Float64s(), m.Float64s(), v.Float64s(), step, u.level, u.sums)
	}
}

func (a *Adam) numbers() adamNumbers {
	return adamNumbers{orDefault(a.Beta1, 0.9), orDefault(a.Beta2, 0.999), orDefault(a.Epsilon, 1e-8)}
}

// adamNumbers are what Adam and its relatives share.
type adamNumbers struct{ beta1, beta2, epsilon float64 }

// step holds the numbers of a step.
func (n adamNumbers) step(u *update) kernel.AdamStep {
	t := float64(u.t)
	return kernel.AdamStep{
		Rate: u.rate / (1 - math.Pow(n.beta1, t)), Scale: math.Sqrt(1 - math.Pow(n.beta2, t)),
		Beta1: n.beta1, Beta2: n.beta2, Epsilon: n.epsilon, Decay: u.decay, Shrink: u.shrink(),
	}
}

func (n adamNumbers) settings(kind string, rate, decay float64, groups []Group) Settings {
	return Settings{
		Kind: kind, LearningRate: rate, Beta1: n.beta1, Beta2: n.beta2, Epsilon: n.epsilon, WeightDecay: decay, Groups: len(groups), RateGroups: rateGroups(groups),
	}
}
