package optim

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// Lion moves each element by the sign of a mean of its gradients (Chen et al. 2023, alg. 2). For a parameter w, its gradient g and the
// learning rate α:
//
//	u = sign(Beta1·m + (1 - Beta1)·g)  (m is zero at first)
//	w = w - α·(u + WeightDecay·w)
//	m = Beta2·m + (1 - Beta2)·g
//
// All elements move by α, so α is 3 to 10 times smaller than that of [AdamW], and the decay as much larger.
type Lion struct {
	LearningRate float64 // 0 means 1e-4
	Beta1        float64 // in [0, 1); 0 means 0.9
	Beta2        float64 // in [0, 1); 0 means 0.99
	WeightDecay  float64 // decoupled; 0 is none
	Groups       []Group // parameters with another rate or decay

	core
}

var firstMoment = []string{"exp_avg"}

// Rate is LearningRate or its default.
func (l *Lion) Rate() float64 { return orDefault(l.LearningRate, 1e-4) }

// Settings implements Described.
func (l *Lion) Settings() Settings {
	return Settings{
		Kind: "lion", LearningRate: l.Rate(), Beta1: l.beta1(), Beta2: l.beta2(), WeightDecay: l.WeightDecay, Groups: len(l.Groups), RateGroups: rateGroups(l.Groups),
	}
}

// String names the optimiser and its numbers.
func (l *Lion) String() string { return l.Settings().String() }

// Validate implements Optimizer.
func (l *Lion) Validate() error {
	return validate(l, "Lion", limit{"LearningRate", l.LearningRate, inf}, limit{"Beta1", l.Beta1, 1}, limit{"Beta2", l.Beta2, 1},
		limit{"WeightDecay", l.WeightDecay, inf})
}

// Step implements Optimizer.
func (l *Lion) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(l, params, grads, rate)
}

func (l *Lion) shared() (*core, float64, []Group) { return &l.core, l.WeightDecay, l.Groups }

func (l *Lion) remembers(*graph.Param) []string { return firstMoment }

func (l *Lion) move(u *update) {
	step := kernel.LionStep{Rate: u.rate, Shrink: u.shrink(), Beta1: l.beta1(), Beta2: l.beta2()}
	w, g, m := u.param.Value, u.grad, u.state[0]
	if u.single() {
		kernel.Lion(w.Float32s(), g.Float32s(), m.Float32s(), step, u.level, u.sums)
	} else {
		kernel.Lion(w.Float64s(), g.Float64s(), m.Float64s(), step, u.level, u.sums)
	}
}

func (l *Lion) beta1() float64 { return orDefault(l.Beta1, 0.9) }
func (l *Lion) beta2() float64 { return orDefault(l.Beta2, 0.99) }
