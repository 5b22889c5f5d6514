package optim

import (
	"fmt"
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

	moments memory
	meter
}

var _ Measurer = (*Adam)(nil)

// Rate is LearningRate or its default.
func (a *Adam) Rate() float64 { return orDefault(a.LearningRate, 0.001) }

// Effective gives Beta1, Beta2 and Epsilon or their defaults.
func (a *Adam) Effective() (beta1, beta2, epsilon float64) { return a.beta1(), a.beta2(), a.epsilon() }

// String names the optimiser and its numbers, as "adam(lr=0.001, betas=0.9/0.999, eps=1e-08)".
func (a *Adam) String() string {
	return fmt.Sprintf("adam(lr=%g, betas=%g/%g, eps=%g%s)", a.Rate(), a.beta1(), a.beta2(), a.epsilon(), describeDecay(a.WeightDecay))
}

// Validate implements Optimizer.
func (a *Adam) Validate() error {
	for _, n := range []struct {
		name         string
		value, below float64
	}{
		{"LearningRate", a.LearningRate, inf},
		{"Beta1", a.Beta1, 1},
		{"Beta2", a.Beta2, 1},
		{"Epsilon", a.Epsilon, inf},
		{"WeightDecay", a.WeightDecay, inf},
	} {
		if err := checkRange("Adam", n.name, n.value, n.below); err != nil {
			return err
		}
	}
	return nil
}

// Step implements Optimizer.
func (a *Adam) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	if err := check(a, params, grads, rate); err != nil {
		return err
	}
	if a.moments == nil {
		a.moments = make(memory)
	}
	if err := a.moments.claim(params, 2); err != nil {
		return err
	}
	a.begin(len(params))
	for i, p := range params {
		if !p.Trainable() {
			continue
		}
		s := a.moments[p.Name]
		s.steps++
		w, g, m, v, step := p.Value, grads[i], s.values[0], s.values[1], a.step(s.steps, rate)
		if w.Dtype() == tensor.Float32 {
			kernel.Adam(w.Float32s(), g.Float32s(), m.Float32s(), v.Float32s(), step, a.level, &a.sums[i])
		} else {
			kernel.Adam(w.Float64s(), g.Float64s(), m.Float64s(), v.Float64s(), step, a.level, &a.sums[i])
		}
	}
	return nil
}

// step holds the numbers of step t.
func (a *Adam) step(t int, rate float64) kernel.AdamStep {
	return kernel.AdamStep{
		Rate: rate / (1 - math.Pow(a.beta1(), float64(t))), Scale: math.Sqrt(1 - math.Pow(a.beta2(), float64(t))),
		Beta1: a.beta1(), Beta2: a.beta2(), Epsilon: a.epsilon(), Decay: a.WeightDecay,
	}
}

func (a *Adam) beta1() float64   { return orDefault(a.Beta1, 0.9) }
func (a *Adam) beta2() float64   { return orDefault(a.Beta2, 0.999) }
func (a *Adam) epsilon() float64 { return orDefault(a.Epsilon, 1e-8) }
