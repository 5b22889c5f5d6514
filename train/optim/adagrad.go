package optim

import (
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// AdaGrad divides each element's step by the root of the sum of all its squared gradients (Duchi et al. 2011). For a parameter w,
// its gradient g and the learning rate α, at step t = 1, 2, ...:
//
//	g = g + WeightDecay·w
//	s = s + g²                         (s is InitialSum at first)
//	w = w - α'·g / (√s + Epsilon),  α' = α/(1 + (t-1)·RateDecay)
//
// as in torch.optim.Adagrad.
type AdaGrad struct {
	LearningRate float64 // 0 means 0.01
	RateDecay    float64 // PyTorch's lr_decay; 0 is none
	InitialSum   float64 // PyTorch's initial_accumulator_value
	Epsilon      float64 // 0 means 1e-10
	WeightDecay  float64 // weight of the L2 penalty w²/2 in the loss; 0 is none
	Groups       []Group // parameters with another rate or decay

	core
}

var squaresSum = []string{"sum"}

// Rate is LearningRate or its default.
func (a *AdaGrad) Rate() float64 { return orDefault(a.LearningRate, 0.01) }

// Settings implements Described.
func (a *AdaGrad) Settings() Settings {
	return Settings{
		Kind: "adagrad", LearningRate: a.Rate(), Epsilon: a.epsilon(), RateDecay: a.RateDecay, WeightDecay: a.WeightDecay, Groups: len(a.Groups), RateGroups: rateGroups(a.Groups),
	}
}

// String names the optimiser and its numbers.
func (a *AdaGrad) String() string { return a.Settings().String() }

// Validate implements Optimizer.
func (a *AdaGrad) Validate() error {
	return validate(a, "AdaGrad", limit{"LearningRate", a.LearningRate, inf}, limit{"RateDecay", a.RateDecay, inf},
		limit{"InitialSum", a.InitialSum, inf}, limit{"Epsilon", a.Epsilon, inf}, limit{"WeightDecay", a.WeightDecay, inf})
}

// Step implements Optimizer.
func (a *AdaGrad) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(a, params, grads, rate)
}

func (a *AdaGrad) shared() (*core, float64, []Group) { return &a.core, a.WeightDecay, a.Groups }

func (a *AdaGrad) remembers(*graph.Param) []string { return squaresSum }

func (a *AdaGrad) move(u *update) {
	if u.t == 1 && a.InitialSum != 0 {
		fill(u.state[0], a.InitialSum)
	}
	rate := u.rate / (1 + float64(u.t-1)*a.RateDecay)
	w, g, sum := u.param.Value, u.grad, u.state[0]
	if u.single() {
		kernel.AdaGrad(w.Float32s(), g.Float32s(), sum.Float32s(), rate, u.decay, a.epsilon(), u.level, u.sums)
	} else {
		kernel.AdaGrad(w.Float64s(), g.Float64s(), sum.Float64s(), rate, u.decay, a.epsilon(), u.level, u.sums)
	}
}

func (a *AdaGrad) epsilon() float64 { return orDefault(a.Epsilon, 1e-10) }

// fill sets all elements.
func fill(t *tensor.Dense, value float64) {
	if t.Dtype() == tensor.Float32 {
		for i := range t.Float32s() {
			t.Float32s()[i] = float32(value)
		}
		return
	}
	for i := range t.Float64s() {
		t.Float64s()[i] = value
	}
}
