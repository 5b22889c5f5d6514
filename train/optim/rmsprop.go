package optim

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// RMSProp divides each element's step by a running estimate of its gradient's size (Tieleman & Hinton 2012; centered: Graves 2013).
// For a parameter w, its gradient g and the learning rate α:
//
//	g = g + WeightDecay·w
//	v = Alpha·v + (1 - Alpha)·g²       (v, a and b are zero at first)
//	a = Alpha·a + (1 - Alpha)·g        if Centered
//	b = Momentum·b + g / (√v + Epsilon),  or  g / (√(v - a²) + Epsilon) if Centered
//	w = w - α·b
//
// as in torch.optim.RMSprop.
type RMSProp struct {
	LearningRate float64 // 0 means 0.01
	Alpha        float64 // in [0, 1); 0 means 0.99
	Epsilon      float64 // 0 means 1e-8
	Momentum     float64 // in [0, 1); 0 is none
	Centered     bool    // divide by the standard deviation of the gradient in place of its root mean square
	WeightDecay  float64 // weight of the L2 penalty w²/2 in the loss; 0 is none
	Groups       []Group // parameters with another rate or decay

	core
}

// rmspropNames are the kept tensors, by centered and momentum.
var rmspropNames = map[[2]bool][]string{
	{false, false}: {"square_avg"},
	{false, true}:  {"square_avg", "momentum_buffer"},
	{true, false}:  {"square_avg", "grad_avg"},
	{true, true}:   {"square_avg", "grad_avg", "momentum_buffer"},
}

// Rate is LearningRate or its default.
func (r *RMSProp) Rate() float64 { return orDefault(r.LearningRate, 0.01) }

// Settings implements Described.
func (r *RMSProp) Settings() Settings {
	return Settings{
		Kind: "rmsprop", LearningRate: r.Rate(), Alpha: r.alpha(), Epsilon: r.epsilon(), Momentum: r.Momentum, Centered: r.Centered,
		WeightDecay: r.WeightDecay, Groups: len(r.Groups), RateGroups: rateGroups(r.Groups),
	}
}

// String names the optimiser and its numbers.
func (r *RMSProp) String() string { return r.Settings().String() }

// Validate implements Optimizer.
func (r *RMSProp) Validate() error {
	return validate(r, "RMSProp", limit{"LearningRate", r.LearningRate, inf}, limit{"Alpha", r.Alpha, 1}, limit{"Epsilon", r.Epsilon, inf},
		limit{"Momentum", r.Momentum, 1}, limit{"WeightDecay", r.WeightDecay, inf})
}

// Step implements Optimizer.
func (r *RMSProp) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(r, params, grads, rate)
}

func (r *RMSProp) shared() (*core, float64, []Group) { return &r.core, r.WeightDecay, r.Groups }

func (r *RMSProp) remembers(*graph.Param) []string {
	return rmspropNames[[2]bool{r.Centered, r.Momentum != 0}]
}

func (r *RMSProp) move(u *update) {
	w, g, v, last := u.param.Value, u.grad, u.state[0], u.state[len(u.state)-1]
	step := kernel.RMSPropStep{Rate: u.rate, Decay: u.decay, Alpha: r.alpha(), Epsilon: r.epsilon(), Momentum: r.Momentum}
	switch {
	case r.Centered && u.single():
		direction := last.Float32s()
		if r.Momentum == 0 {
			direction = r.room32(u.param.Size())
		}
		centered(direction, w.Float32s(), g.Float32s(), v.Float32s(), u.state[1].Float32s(), step)
		kernel.Move(w.Float32s(), g.Float32s(), direction, u.rate, 0, u.level, u.sums)
	case r.Centered:
		direction := last.Float64s()
		if r.Momentum == 0 {
			direction = r.room64(u.param.Size())
		}
		centered(direction, w.Float64s(), g.Float64s(), v.Float64s(), u.state[1].Float64s(), step)
		kernel.Move(w.Float64s(), g.Float64s(), direction, u.rate, 0, u.level, u.sums)
	case u.single():
		kernel.RMSProp(w.Float32s(), g.Float32s(), v.Float32s(), last.Float32s(), step, u.level, u.sums)
	default:
		kernel.RMSProp(w.Float64s(), g.Float64s(), v.Float64s(), last.Float64s(), step, u.level, u.sums)
	}
}

// centered updates both means, v and a, and computes the direction of the step. Without momentum the direction is not read.
func centered[T kernel.Float](direction, w, g, v, a []T, s kernel.RMSPropStep) {
	decay, alpha, rest, epsilon, momentum := T(s.Decay), T(s.Alpha), T(1-s.Alpha), T(s.Epsilon), T(s.Momentum)
	for i, d := range g {
		d += decay * w[i]
		v[i] = alpha*v[i] + rest*d*d
		a[i] = alpha*a[i] + rest*d
		d /= T(math.Sqrt(float64(v[i]-a[i]*a[i]))) + epsilon
		if momentum != 0 {
			d += momentum * direction[i]
		}
		direction[i] = d
	}
}

func (r *RMSProp) alpha() float64   { return orDefault(r.Alpha, 0.99) }
func (r *RMSProp) epsilon() float64 { return orDefault(r.Epsilon, 1e-8) }
