package optim

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// Muon moves each weight matrix along its momentum, made nearly orthogonal by five steps of Newton and Schulz (Jordan et al. 2024,
// kellerjordan.github.io/posts/muon). For a matrix w from in inputs to out units, its gradient g and the learning rate α:
//
//	b = Momentum·b + g                 (b is zero at first)
//	d = g + Momentum·b,  or  b with NoNesterov
//	w = w - α·WeightDecay·w - α·√max(1, out/in)·orthogonal(d)
//
// where orthogonal(d) has the singular vectors of d and singular values between about 0.7 and 1.2. The matrix may be (in, out), as that of
// graph.Dense, or (out, in), as those of recurrent layers: see [graph.Param.Layout].
//
// All parameters that are not matrices of weights, such as biases and learned positions, and the matrices that Exclude names, are moved by
// AdamW. Those should be embeddings and the last layer.
type Muon struct {
	LearningRate float64 // of the matrices; 0 means 0.02
	Momentum     float64 // in [0, 1); 0 means 0.95
	NoNesterov   bool
	WeightDecay  float64 // of the matrices, decoupled; 0 is none
	Exclude      string  // regular expression for names of matrices that AdamW moves; empty excludes none
	// AdamW holds the numbers for the other parameters. A schedule changes its rate by the same factor. Its Groups must be empty.
	AdamW  AdamW
	Groups []Group // parameters with another rate or decay

	core
}

// Rate is LearningRate or its default.
func (m *Muon) Rate() float64 { return orDefault(m.LearningRate, 0.02) }

// Settings implements Described. The betas and epsilon are those of AdamW.
func (m *Muon) Settings() Settings {
	n := m.AdamW.numbers()
	return Settings{
		Kind: "muon", LearningRate: m.Rate(), Beta1: n.beta1, Beta2: n.beta2, Epsilon: n.epsilon,
		Momentum: m.momentum(), Nesterov: !m.NoNesterov, WeightDecay: m.WeightDecay, Groups: len(m.Groups), RateGroups: rateGroups(m.Groups),
	}
}

// String names the optimiser and its numbers.
func (m *Muon) String() string { return m.Settings().String() }

// Validate implements Optimizer.
func (m *Muon) Validate() error {
	if err := m.AdamW.Validate(); err != nil {
		return errors.Wrap(err, "optim: Muon.AdamW")
	}
	if len(m.AdamW.Groups) > 0 {
		return errors.Errorf("optim: Muon.AdamW.Groups: got %d groups, want none (use Muon.Groups)", len(m.AdamW.Groups))
	}
	if err := m.patterns.compile(m.Exclude, "Muon", "Exclude"); err != nil {
		return err
	}
	return validate(m, "Muon", limit{"LearningRate", m.LearningRate, inf}, limit{"Momentum", m.Momentum, 1},
		limit{"WeightDecay", m.WeightDecay, inf})
}

// Step implements Optimizer.
func (m *Muon) Step(params []*graph.Param, grads []*tensor.Dense, rate float64) error {
	return step(m, params, grads, rate)
}

func (m *Muon) shared() (*core, float64, []Group) { return &m.core, m.WeightDecay, m.Groups }

func (m *Muon) remembers(p *graph.Param) []string {
	if p.Role == graph.Weight && p.Value.Dims() == 2 && (m.Exclude == "" || !m.patterns[m.Exclude].MatchString(p.Name)) {
		return velocity
	}
	return moments
}

func (m *Muon) move(u *update) {
	if len(u.state) == len(moments) {
		u.rate *= m.AdamW.Rate() / m.Rate()
		u.decay = m.memory[u.param.Name].group.decay(m.AdamW.weightDecay())
		m.AdamW.move(u)
		return
	}
	shape := u.param.Value.Shape()
	rows, cols := shape[0], shape[1]
	size := 2*rows*cols + 2*min(rows, cols)*min(rows, cols)
	w, g, b := u.param.Value, u.grad, u.state[0]
	if u.single() {
		muon(m, w.Float32s(), g.Float32s(), b.Float32s(), newtonSchulz[float32]{}.in(m.room32(size), rows, cols), u)
	} else {
		muon(m, w.Float64s(), g.Float64s(), b.Float64s(), newtonSchulz[float64]{}.in(m.room64(size), rows, cols), u)
	}
}

func muon[T kernel.Float](m *Muon, w, g, b []T, n newtonSchulz[T], u *update) {
	momentum := T(m.momentum())
	kernel.Scale(nil, b, momentum, b)
	kernel.Add(nil, b, b, g)
	if m.NoNesterov {
		copy(n.x, b)
	} else {
		kernel.Scale(nil, n.x, momentum, b)
		kernel.Add(nil, n.x, n.x, g)
	}
	units := u.param.Layout()
	out := float64(units.Count)
	in := float64(len(w)/units.Blocks) / out
	scale := math.Sqrt(max(1, out/in))
	kernel.Move(w, g, n.orthogonal(), u.rate*scale, u.rate*u.decay, u.level, u.sums)
}

func (m *Muon) momentum() float64 { return orDefault(m.Momentum, 0.95) }
