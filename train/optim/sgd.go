package optim

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// SGD is stochastic gradient descent, with momentum if asked for. For a parameter w, its gradient g and the learning
// rate α:
//
//	g = g + WeightDecay·w
//	v = Momentum·v + g                 (v is zero at first)
//	w = w - α·v,  or  w - α·(g + Momentum·v)  with Nesterov
//
// as in torch.optim.SGD (Sutskever et al. 2013, eq. 3 to 4, with the learning rate outside the velocity).
type SGD struct {
	LearningRate float64 // 0 means 0.01
	Momentum     float64 // in [0, 1); 0 is plain gradient descent
	Nesterov     bool    // look ahead along the velocity; needs Momentum
	WeightDecay  float64 // weight of the L2 penalty w²/2 in the loss; 0 is none
	Groups       []Group // parameters with another rate or decay

	core
}

var velocity = []string{"momentum_buffer"}

// Rate is LearningRate or its default.
func (s *SGD) Rate() float64 { return orDefault(s.LearningRate, 0.01) }

// Settings implements Described.
func (s *SGD) Settings() Settings {
	return Settings{
		Kind: "sgd", LearningRate: s.Rate(), Momentum: s.Momentum, Nesterov: s.Nesterov, WeightDecay: s.WeightDecay, Groups: len(s.Groups), RateGroups: rateGroups(s.Groups),
	}
}

// String names the optimiser and its numbers, as "sgd(lr=0.01, momentum=0.9, nesterov)".
func (s *SGD) String() string { return s.Settings().String() }

// Validate implements Optimizer.
func (s *SGD) Validate() error {
	if s.Nesterov && s.Momentum == 0 {
		return errors.New("optim: SGD.Nesterov looks ahead along the velocity: got Momentum 0, want more (such as 0.9)")
	}
	return validate(s, "SGD", limit{"LearningRate", s.LearningRate, inf}, limit{"Momentum", s.Momentum, 1},
		limit{"WeightDecay", s.WeightDecay, inf})
}

// Step implements Optimizer.
func (s *SGD) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(s, params, grads, rate)
}

func (s *SGD) shared() (*core, float64, []Group) { return &s.core, s.WeightDecay, s.Groups }

func (s *SGD) remembers(*graph.Param) []string {
	if s.Momentum == 0 {
		return nil
	}
	return velocity
}

func (s *SGD) move(u *update) {
	step := kernel.SGDStep{Rate: u.rate, Momentum: s.Momentum, Decay: u.decay, Nesterov: s.Nesterov}
	v := u.param.Value // is not read without momentum
	if s.Momentum != 0 {
		v = u.state[0]
	}
	if u.single() {
		kernel.SGD(u.param.Value.Float32s(), u.grad.Float32s(), v.Float32s(), step, u.level, u.sums)
	} else {
		kernel.SGD(u.param.Value.Float64s(), u.grad.Float64s(), v.Float64s(), step, u.level, u.sums)
	}
}
