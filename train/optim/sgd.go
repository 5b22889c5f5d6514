package optim

import (
	"fmt"

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

	velocity memory
	meter
}

var _ Measurer = (*SGD)(nil)

// Rate is LearningRate or its default.
func (s *SGD) Rate() float64 { return orDefault(s.LearningRate, 0.01) }

// String names the optimiser and its numbers, as "sgd(lr=0.01, momentum=0.9, nesterov)".
func (s *SGD) String() string {
	text := fmt.Sprintf("sgd(lr=%g", s.Rate())
	if s.Momentum != 0 {
		text += fmt.Sprintf(", momentum=%g", s.Momentum)
	}
	if s.Nesterov {
		text += ", nesterov"
	}
	return text + describeDecay(s.WeightDecay) + ")"
}

// Validate implements Optimizer.
func (s *SGD) Validate() error {
	if err := checkRange("SGD", "LearningRate", s.LearningRate, inf); err != nil {
		return err
	}
	if err := checkRange("SGD", "Momentum", s.Momentum, 1); err != nil {
		return err
	}
	if s.Nesterov && s.Momentum == 0 {
		return errors.New("optim: SGD.Nesterov looks ahead along the velocity: got Momentum 0, want more (such as 0.9)")
	}
	return checkRange("SGD", "WeightDecay", s.WeightDecay, inf)
}

// Step implements Optimizer.
func (s *SGD) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	if err := check(s, params, grads, rate); err != nil {
		return err
	}
	if s.velocity == nil {
		s.velocity = make(memory)
	}
	if err := s.velocity.claim(params, 1); err != nil {
		return err
	}
	s.begin(len(params))
	step := kernel.SGDStep{Rate: rate, Momentum: s.Momentum, Decay: s.WeightDecay, Nesterov: s.Nesterov}
	for i, p := range params {
		if !p.Trainable() {
			continue
		}
		w, g, v := p.Value, grads[i], s.velocity[p.Name].values[0]
		if w.Dtype() == tensor.Float32 {
			kernel.SGD(w.Float32s(), g.Float32s(), v.Float32s(), step, s.level, &s.sums[i])
		} else {
			kernel.SGD(w.Float64s(), g.Float64s(), v.Float64s(), step, s.level, &s.sums[i])
		}
	}
	return nil
}
