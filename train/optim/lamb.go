package optim

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// LAMB is [AdamW] whose step of each parameter is scaled to the parameter's norm (You et al. 2020, alg. 2), for very large batches. For
// a parameter w, its gradient g and the learning rate α, at step t = 1, 2, ...:
//
//	m = Beta1·m + (1 - Beta1)·g        (m and v are zero at first)
//	v = Beta2·v + (1 - Beta2)·g²
//	r = m' / (√v' + Epsilon),  m' = m/(1 - Beta1^t),  v' = v/(1 - Beta2^t)
//	u = r + WeightDecay·w
//	w = w - α·(||w||/||u||)·u          (the ratio is 1 where a norm is zero)
//
// The paper's φ is the identity.
type LAMB struct {
	LearningRate float64 // 0 means 0.001
	Beta1        float64 // in [0, 1); 0 means 0.9
	Beta2        float64 // in [0, 1); 0 means 0.999
	Epsilon      float64 // 0 means 1e-6
	WeightDecay  float64 // 0 is none
	Groups       []Group // parameters with another rate or decay

	core
}

// Rate is LearningRate or its default.
func (l *LAMB) Rate() float64 { return orDefault(l.LearningRate, 0.001) }

// Settings implements Described.
func (l *LAMB) Settings() Settings {
	return l.numbers().settings("lamb", l.Rate(), l.WeightDecay, l.Groups)
}

// String names the optimiser and its numbers.
func (l *LAMB) String() string { return l.Settings().String() }

// Validate implements Optimizer.
func (l *LAMB) Validate() error {
	return validate(l, "LAMB", limit{"LearningRate", l.LearningRate, inf}, limit{"Beta1", l.Beta1, 1}, limit{"Beta2", l.Beta2, 1},
		limit{"Epsilon", l.Epsilon, inf}, limit{"WeightDecay", l.WeightDecay, inf})
}

// Step implements Optimizer.
func (l *LAMB) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(l, params, grads, rate)
}

func (l *LAMB) shared() (*core, float64, []Group) { return &l.core, l.WeightDecay, l.Groups }

func (l *LAMB) remembers(*graph.Param) []string { return moments }

func (l *LAMB) move(u *update) {
	step := l.numbers().step(&update{rate: 1, t: u.t})
	w, g, m, v := u.param.Value, u.grad, u.state[0], u.state[1]
	if u.single() {
		lamb(w.Float32s(), g.Float32s(), m.Float32s(), v.Float32s(), l.room32(u.param.Size()), step, u)
	} else {
		lamb(w.Float64s(), g.Float64s(), m.Float64s(), v.Float64s(), l.room64(u.param.Size()), step, u)
	}
}

// lamb moves w. It computes -u in the given room: a step of Adam at the rate 1 that begins at zero.
func lamb[T kernel.Float](w, g, m, v, minus []T, step kernel.AdamStep, u *update) {
	clear(minus)
	kernel.Adam(minus, g, m, v, step, MeasureNothing, nil)
	if u.decay != 0 {
		kernel.SGD(minus, w, nil, kernel.SGDStep{Rate: u.decay}, MeasureNothing, nil)
	}
	rate := u.rate
	if size, change := l2(w), l2(minus); size > 0 && change > 0 {
		rate *= size / change
	}
	kernel.Move(w, g, minus, -rate, 0, u.level, u.sums)
}

func l2[T kernel.Float](x []T) float64 { return math.Sqrt(kernel.SumSquares(x)) }

func (l *LAMB) numbers() adamNumbers {
	return adamNumbers{orDefault(l.Beta1, 0.9), orDefault(l.Beta2, 0.999), orDefault(l.Epsilon, 1e-6)}
}
