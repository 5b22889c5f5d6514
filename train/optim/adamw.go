package optim

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// AdamW is [Adam] with decoupled weight decay (Loshchilov & Hutter 2019, alg. 2): the decay does not go through the moments. For a
// parameter w, its gradient g and the learning rate α, at step t = 1, 2, ...:
//
//	w = w - α·WeightDecay·w
//	m = Beta1·m + (1 - Beta1)·g        (m and v are zero at first)
//	v = Beta2·v + (1 - Beta2)·g²
//	w = w - α·m' / (√v' + Epsilon),  m' = m/(1 - Beta1^t),  v' = v/(1 - Beta2^t)
//
// as in torch.optim.AdamW. Without decay it is Adam.
type AdamW struct {
	LearningRate float64 // 0 means 0.001
	Beta1        float64 // in [0, 1); 0 means 0.9
	Beta2        float64 // in [0, 1); 0 means 0.999
	Epsilon      float64 // 0 means 1e-8
	WeightDecay  float64 // 0 means 0.01; for none use Adam
	Groups       []Group // parameters with another rate or decay, such as none on biases

	core
}

// Rate is LearningRate or its default.
func (a *AdamW) Rate() float64 { return orDefault(a.LearningRate, 0.001) }

// Settings implements Described.
func (a *AdamW) Settings() Settings {
	return a.numbers().settings("adamw", a.Rate(), a.weightDecay(), a.Groups)
}

// String names the optimiser and its numbers.
func (a *AdamW) String() string { return a.Settings().String() }

// Validate implements Optimizer.
func (a *AdamW) Validate() error {
	return validate(a, "AdamW", limit{"LearningRate", a.LearningRate, inf}, limit{"Beta1", a.Beta1, 1}, limit{"Beta2", a.Beta2, 1},
		limit{"Epsilon", a.Epsilon, inf}, limit{"WeightDecay", a.WeightDecay, inf})
}

// Step implements Optimizer.
func (a *AdamW) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(a, params, grads, rate)
}

func (a *AdamW) shared() (*core, float64, []Group) { return &a.core, a.weightDecay(), a.Groups }

func (a *AdamW) remembers(*graph.Param) []string { return moments }

func (a *AdamW) move(u *update) {
	step := a.numbers().step(u)
	w, g, m, v := u.param.Value, u.grad, u.state[0], u.state[1]
	if u.single() {
		kernel.AdamW(w.Float32s(), g.Float32s(), m.Float32s(), v.Float32s(), step, u.level, u.sums)
	} else {
		kernel.AdamW(w.Float64s(), g.Float64s(), m.Float64s(), v.Float64s(), step, u.level, u.sums)
	}
}

func (a *AdamW) numbers() adamNumbers {
	return adamNumbers{orDefault(a.Beta1, 0.9), orDefault(a.Beta2, 0.999), orDefault(a.Epsilon, 1e-8)}
}

func (a *AdamW) weightDecay() float64 { return orDefault(a.WeightDecay, 0.01) }
