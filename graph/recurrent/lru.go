package recurrent

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// LRU is the linear recurrent unit of Orvieto et al. 2023 over sequences (batch, steps, features): a recurrence of complex states, each
// of its own, between two linear maps.
//
//	x = λ·(x of the step before) + γ·B·u,  y = Re(C·x) + D·u,  λ = exp(-exp(nu_log) + i·exp(theta_log)),  γ = exp(gamma_log)
//
// |λ| < 1 whatever nu_log is, so the states cannot explode. The nearer |λ| is to 1, the longer is the memory, and the larger are the
// gradients by nu_log and theta_log (Zucchet & Orvieto 2024). The parameter B is (2·States, features), its real rows first; C is
// (Units, 2·States), with the columns Re C, -Im C.
type LRU struct {
	Units  int // of the output; 0 means as many as there are features
	States int // complex ones; 0 means Units
	// RMin and RMax bound |λ| at first, which is drawn evenly from the ring between; RMax 0 means 1.
	RMin, RMax float64
	// MaxPhase bounds the angle of λ at first; 0 means 2π. A tenth of it makes the states of long sequences slower.
	MaxPhase float64
	NoSkip   bool // leaves out D·u, which needs as many features as Units
	Last     bool // gives the output of the last step, (batch, units), in place of all
}

// Apply draws the layer.
func (l LRU) Apply(b *graph.Builder, u *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("lru")
	if u.Dims() != 3 {
		return b.Failf("got input of shape %v, want (batch, steps, features)", u.Shape())
	}
	shape := u.Shape()
	batch, steps, features := shape[0], shape[1], shape[2]
	l = l.withDefaults(features)
	if err := l.validate(features); err != nil {
		return b.Failf("%v", err)
	}
	x := l.states(b, u)
	if l.Last {
		x, u, steps = last(b, x), last(b, u), 1
	}
	c := l.param(b, "C", graph.Weight, initializer.Normal{Std: 1 / math.Sqrt(float64(l.States))}, l.Units, 2*l.States)
	y := b.Check(op.MatMul(rowsOf(b, x), c, false, true))
	if !l.NoSkip {
		d := l.param(b, "D", graph.Gain, initializer.Normal{Std: 1}, features)
		y = b.Check(op.Add(y, b.Check(op.BroadcastMul(rowsOf(b, u), d))))
	}
	if l.Last {
		return y
	}
	return b.Check(gorgonia.Reshape(y, []int{batch, steps, l.Units}))
}

// states draws the states of all steps, (batch, steps, 2·states).
func (l LRU) states(b *graph.Builder, u *gorgonia.Node) *gorgonia.Node {
	shape := u.Shape()
	weight := l.param(b, "B", graph.Weight, initializer.Normal{Std: 1 / math.Sqrt(2*float64(shape[2]))}, 2*l.States, shape[2])
	// These are no weights of sums, which optimisers and remedies scale.
	nuLog := l.param(b, "nu_log", graph.Gain, ring{l.RMin, l.RMax}, l.States)
	thetaLog := l.param(b, "theta_log", graph.Gain, phase{l.MaxPhase}, l.States)
	gammaLog := l.param(b, "gamma_log", graph.Gain, unitVariance{nuLog}, l.States)
	v := b.Check(op.MatMul(rowsOf(b, u), weight, false, true))
	gamma := b.Check(gorgonia.Exp(gammaLog))
	both := b.Check(gorgonia.Reshape(b.Check(op.Stack(gamma, gamma)), []int{2 * l.States})) // of real and imaginary parts
	v = b.Check(op.BroadcastMul(v, both))
	v = b.Check(gorgonia.Reshape(v, []int{shape[0], shape[1], 2 * l.States}))
	return b.Check(op.LRU(v, nuLog, thetaLog))
}

func (l LRU) param(b *graph.Builder, name string, role graph.Role, init initializer.Initializer, shape ...int) *gorgonia.Node {
	fan := initializer.Fan{In: shape[len(shape)-1], Out: shape[0]}
	return b.Param(graph.Param{Name: name, Role: role, Fan: fan, Init: init}, shape...)
}

// rowsOf is x with all axes but the last in one.
func rowsOf(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if x.Dims() == 2 {
		return x
	}
	shape := x.Shape()
	return b.Check(gorgonia.Reshape(x, []int{shape[0] * shape[1], shape[2]}))
}

// last is the last step of a sequence (batch, steps, features).
func last(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	shape := x.Shape()
	if shape[1] == 1 {
		return rowsOf(b, x)
	}
	return b.Check(gorgonia.Slice(x, nil, gorgonia.S(shape[1]-1)))
}

// withDefaults fills in the fields that are zero.
func (l LRU) withDefaults(features int) LRU {
	if l.Units == 0 {
		l.Units = features
	}
	if l.States == 0 {
		l.States = l.Units
	}
	if l.RMax == 0 {
		l.RMax = 1
	}
	if l.MaxPhase == 0 {
		l.MaxPhase = 2 * math.Pi
	}
	return l
}

// validate finds mistakes in the fields.
func (l LRU) validate(features int) error {
	switch {
	case l.Units < 0 || l.States < 0:
		return errors.Errorf("got Units %d and States %d, want positive numbers, or 0", l.Units, l.States)
	case !(l.RMin >= 0 && l.RMin < l.RMax && l.RMax <= 1):
		return errors.Errorf("got RMin %g and RMax %g, want 0 <= RMin < RMax <= 1", l.RMin, l.RMax)
	case !(l.MaxPhase > 0 && l.MaxPhase <= 2*math.Pi):
		return errors.Errorf("got MaxPhase %g, want an angle above 0 and up to 2π", l.MaxPhase)
	case !l.NoSkip && l.Units != features:
		return errors.Errorf("got %d features for %d Units, want the same number (or set NoSkip)", features, l.Units)
	}
	return nil
}

// String shows the layer as in a summary.
func (l LRU) String() string { return fmt.Sprintf("LRU(%d)", l.Units) }

var _ graph.Layer = LRU{}
