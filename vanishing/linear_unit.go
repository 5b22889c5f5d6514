package vanishing

import (
	"math"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/profile"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// A linearUnit has the parameters of a linear recurrent unit, as indices in probe.params.
type linearUnit struct {
	params           []*graph.Binding
	nu, theta, gamma int
}

// lruOf is the recurrence of a layer that is a linear recurrent unit, whose gradient is that by the states of all steps; nil for others.
func lruOf(l *structure.Layer) *gorgonia.Node {
	for _, m := range l.Maps {
		if op.SpecOf(m.Node).Kind == op.KindLRU {
			return m.Node
		}
	}
	return nil
}

// linearUnitOf finds the parameters of a linear recurrent unit that has them as recurrent.LRU does; nil otherwise.
func (w *probe) linearUnitOf(l *structure.Layer) *linearUnit {
	at := func(is func(b *graph.Binding) bool) int { return slices.IndexFunc(w.params, is) }
	factors := op.Operands(lruOf(l))[1:]
	u := &linearUnit{params: w.params}
	u.nu = at(func(b *graph.Binding) bool { return b.Node == factors[0] })
	if u.theta = at(func(b *graph.Binding) bool { return b.Node == factors[1] }); u.nu < 0 || u.theta < 0 {
		return nil
	}
	scope := strings.TrimSuffix(w.params[u.theta].Name, "theta_log")
	if u.gamma = at(func(b *graph.Binding) bool { return b.Name == scope+"gamma_log" }); u.gamma < 0 || w.params[u.gamma].Size() != w.params[u.theta].Size() {
		return nil
	}
	return u
}

// expect computes the memory, and what white noise of so many steps makes of the gradients; nil without a unit.
func (u *linearUnit) expect(steps int) *profile.LinearDetail {
	if u == nil {
		return nil
	}
	longest, theta, gamma := 0.0, 0.0, 0.0
	for i := range u.params[u.nu].Size() {
		s := theory.LinearState{Decay: u.exp(u.nu, i), Phase: u.exp(u.theta, i), Gamma: u.exp(u.gamma, i), Steps: steps}
		by, err := s.Sensitivity()
		if err != nil { // a parameter is not finite, which has a rule of its own
			return nil
		}
		longest, theta, gamma = max(longest, s.Memory()), math.Hypot(theta, by.Theta), math.Hypot(gamma, by.Gamma)
	}
	return &profile.LinearDetail{Memory: number(longest), Expected: number(theta / gamma)}
}

// exp is the exponential of an element of a parameter.
func (u *linearUnit) exp(param, i int) float64 {
	single, double := elements(u.params[param].Value)
	if single != nil {
		return math.Exp(float64(single[i]))
	}
	return math.Exp(double[i])
}

// measure sets the measured ratio of a sequence, once the norms are known. Without gradients there is none, and no detail.
func (u *linearUnit) measure(r *profile.Record, sequence int) {
	d := &r.Details.Sequences[sequence]
	if d.Linear == nil {
		return
	}
	d.Linear.Theta = r.Params[u.theta].GradRMS / r.Params[u.gamma].GradRMS
	if v := float64(d.Linear.Theta); math.IsNaN(v) || math.IsInf(v, 0) {
		d.Linear = nil
	}
}
