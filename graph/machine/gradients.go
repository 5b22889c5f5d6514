package machine

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A gradient is what Grad of a learnable gives after a run.
type gradient struct {
	of   *gorgonia.Node
	from *step
	own  bool // whether the learnable needs a value of its own
	sum  bool // see SumGradients
}

// SumGradients makes each run add the gradients of learnables to the values that their method Grad gives, as
// gorgonia.BindDualValues does on a TapeMachine: runs without an update in between accumulate. Gorgonia's solvers set the sums to
// zero. Without learnables it takes all.
func (m *Machine) SumGradients(learnables ...*gorgonia.Node) {
	if len(learnables) == 0 {
		learnables = slices.DeleteFunc(slices.Clone(m.graph.AllNodes()), func(n *gorgonia.Node) bool { return n.Op() != nil || n.Deriv() == nil })
	}
	m.summed = make(map[*gorgonia.Node]bool, len(learnables))
	for _, n := range learnables {
		m.summed[n] = true
	}
	m.forget()
}

// gradientsOf lists the gradients among steps, and finds the learnables that need a value of their own for it. Gorgonia's solvers set a gradient to zero after they
// have moved its learnable. So no two learnables may have one value, nor may it be a constant, an input, or a part of another
// value. In all other cases the value of the derivative's node is the gradient.
func gradientsOf(m *Machine, steps []*step) (list []*gradient) {
	stepOf := make(map[*gorgonia.Node]*step, len(steps))
	for _, s := range steps {
		for _, b := range s.bindings {
			stepOf[b.node] = s
		}
	}
	users := make(map[*step]int)
	for _, s := range steps {
		d := s.node.Deriv()
		if s.kind != isInput || d == nil || stepOf[d] == nil || !stepOf[d].kept {
			continue
		}
		from := stepOf[d]
		users[from]++
		list = append(list, &gradient{of: s.node, from: from, sum: m.summed[s.node]})
	}
	for _, g := range list {
		g.own = g.sum || users[g.from] > 1 || g.from.kind != isOurs || len(g.from.bindings) > 1
	}
	return list
}

// give puts the gradient of the last run where Grad of the learnable finds it. A learnable may have a gradient value of its own
// already. If that is a sum of another machine, only a sum is added to it.
func (g *gradient) give(fresh bool) error {
	v := g.from.value
	into, err := g.of.Grad()
	if err != nil {
		return err
	}
	has := into != nil && into != g.of.Deriv().Value()
	switch {
	case !has && !g.own, has && !g.sum && !isReplaced(into):
		return nil
	case !has, g.sum && isReplaced(into), fresh && !g.sum:
		if into, err = g.newValue(); err != nil {
			return err
		}
		gorgonia.WithGrad(into)(g.of)
	}
	return assign(into, v, g.sum)
}

// newValue is a zero of the type and shape of the learnable.
func (g *gradient) newValue() (gorgonia.Value, error) {
	v, err := gorgonia.CloneValue(g.of.Value())
	if err != nil {
		return nil, err
	}
	v = gorgonia.ZeroValue(v)
	if !g.sum {
		markReplaced(v)
	}
	return v, nil
}

// assign sets the numbers of a value to those of another value with as many numbers, or adds these.
func assign(to, from gorgonia.Value, add bool) error {
	if to.Dtype() != from.Dtype() || to.Shape().TotalSize() != from.Shape().TotalSize() {
		return errors.Errorf("the gradient: got a value of type %v and shape %v, want %v and %v as its learnable",
			from.Dtype(), from.Shape(), to.Dtype(), to.Shape())
	}
	switch to.Dtype() {
	case tensor.Float32:
		return assignAll[float32](to, from, add)
	case tensor.Float64:
		return assignAll[float64](to, from, add)
	}
	return nil
}

func assignAll[T op.Float](to, from gorgonia.Value, add bool) error {
	into, err := op.Elements[T](to, to.Shape())
	if err != nil {
		return err
	}
	numbers, err := op.Elements[T](from, from.Shape())
	if !add {
		copy(into, numbers)
		return err
	}
	for i, v := range numbers {
		into[i] += v
	}
	return err
}
