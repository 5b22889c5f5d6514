package graph

import (
	"cmp"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/pool"
)

// A plan is a compiled graph: what to compute in which order, and in which memory.
type plan struct {
	inputs []*step                  // values from outside
	find   map[*gorgonia.Node]*step // of what is computed
	stages []stage                  // what is computed, in order
	memory Memory
}

// compile makes the plan.
func (m *Machine) compile() (*plan, error) {
	steps, err := m.order()
	if err != nil {
		return nil, err
	}
	steps = fold(merge(steps))
	cores := pool.Workers()
	if m.keepAll || m.watching {
		cores = 1
	}
	separate := m.keepAll || m.watching // each value in memory of its own
	if !separate {
		steps = fuse(steps)
	}
	p := &plan{find: make(map[*gorgonia.Node]*step)}
	var computed []*step
	for _, s := range steps {
		switch s.kind {
		case isInput:
			p.inputs = append(p.inputs, s)
		case isConstant:
			if s.kept {
				err = s.bind()
			}
		default:
			s.args = make([]gorgonia.Value, len(s.inputs))
			computed = append(computed, s)
			p.find[s.node] = s
		}
		if err != nil {
			return nil, m.explain(s, err)
		}
	}
	p.stages = arrange(computed, cores)
	p.memory = allocate(p.stages, separate)
	return p, nil
}

// order lists the steps that outputs and taps need, each behind its inputs. Otherwise nodes come in the order in which they
// were made: Gorgonia's differentiation makes the gradients of one operation side by side, while what they read is at hand.
func (m *Machine) order() ([]*step, error) {
	outputs := m.outputs
	if len(outputs) == 0 {
		outputs = m.graph.Roots()
	}
	wanted := slices.Clone(outputs)
	for n := range m.taps {
		wanted = append(wanted, n)
	}
	nodes := make([]*gorgonia.Node, 0, len(wanted))
	for n := range reachable(wanted...) {
		nodes = append(nodes, n)
	}
	slices.SortFunc(nodes, func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	o := ordering{machine: m, done: make(map[*gorgonia.Node]*step, len(nodes))}
	for _, n := range nodes {
		if _, err := o.visit(n); err != nil {
			return nil, err
		}
	}
	for _, n := range outputs {
		o.done[n].kept = true
	}
	return o.steps, nil
}

// An ordering is a list of steps in the making.
type ordering struct {
	machine *Machine
	steps   []*step
	done    map[*gorgonia.Node]*step
}

// visit appends the steps for a node's inputs, if they are not there yet, then its own.
func (o *ordering) visit(n *gorgonia.Node) (*step, error) {
	if s := o.done[n]; s != nil {
		return s, nil
	}
	s, err := newStep(n)
	if err != nil {
		return nil, o.machine.explain(s, err)
	}
	for _, child := range children(n) {
		input, err := o.visit(child)
		if err != nil {
			return nil, err
		}
		s.inputs = append(s.inputs, input)
	}
	s.taps, s.fed, s.kept = o.machine.taps[n], o.machine.fed[n], o.machine.keepAll
	if s.kind == isConstant && s.taps != nil {
		s.kind = isStock // computed in each run, for its taps
	}
	o.done[n] = s
	o.steps = append(o.steps, s)
	return s, nil
}
