package machine

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/internal/pool"
)

// A plan is a compiled graph: what to compute in which order, and in which memory.
type plan struct {
	inputs  []*step                  // values from outside
	find    map[*gorgonia.Node]*step // of what is computed
	stages  []stage                  // what is computed, in order
	memory  Memory
	buffers []*buffer        // that it computes in
	own     map[uintptr]bool // where they begin
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
	if cores > 1 {
		computed = setAside(computed)
	}
	p.stages = arrange(computed, cores)
	p.memory, p.buffers = allocate(p.stages, separate, m.spare())
	p.own = addresses(p.buffers)
	return p, nil
}

// order lists the steps that outputs and taps need, each behind its inputs. Otherwise nodes come in the order in which they
// were made: Gorgonia's differentiation makes the gradients of one operation side by side, while what they read is at hand.
func (m *Machine) order() ([]*step, error) {
	if m.graph == nil {
		return nil, errors.New("machine: the machine's graph is nil")
	}
	outputs := m.outputs
	if len(outputs) == 0 {
		outputs = m.graph.Roots()
	}
	wanted := slices.Clone(outputs)
	for _, g := range m.groups {
		if g.on {
			wanted = slices.AppendSeq(wanted, maps.Keys(g.taps))
		}
	}
	o := ordering{machine: m, found: make(map[*gorgonia.Node]*step)}
	if err := o.find(wanted); err != nil {
		return nil, err
	}
	nodes := slices.SortedFunc(maps.Keys(o.found), func(a, b *gorgonia.Node) int { return cmp.Compare(a.ID(), b.ID()) })
	for _, n := range nodes {
		o.place(o.found[n])
	}
	for _, n := range outputs {
		o.found[n].kept, o.found[n].output = true, true
	}
	return o.steps, nil
}

// An ordering is a list of steps in the making.
type ordering struct {
	machine *Machine
	found   map[*gorgonia.Node]*step
	steps   []*step
}

// find makes steps of nodes and of all they are computed from.
func (o *ordering) find(nodes []*gorgonia.Node) error {
	for len(nodes) > 0 {
		n := nodes[len(nodes)-1]
		nodes = nodes[:len(nodes)-1]
		if n == nil {
			return errors.New("machine: a node to compute or to tap is nil: gradients are there once gorgonia.Grad has been called")
		}
		if n.Graph() != o.machine.graph {
			return errors.Errorf("machine: node %d (%v) is of another graph than the machine's", n.ID(), n)
		}
		if o.found[n] != nil {
			continue
		}
		s, err := newStep(n, o.machine.fed[n])
		if err != nil {
			return o.machine.explain(s, err)
		}
		s.taps, s.kept = o.machine.tapsOf(n), o.machine.keepAll
		if s.kind == isConstant && s.taps != nil {
			s.kind = isStock // computed in each run, for its taps
		}
		s.setReads()
		o.found[n] = s
		nodes = append(nodes, s.reads...)
	}
	return nil
}

// place appends the steps for a step's inputs, if they are not there yet, then the step.
func (o *ordering) place(s *step) {
	if s.placed {
		return
	}
	s.placed = true
	for _, n := range s.reads {
		input := o.found[n]
		o.place(input)
		s.inputs = append(s.inputs, input)
	}
	o.steps = append(o.steps, s)
}
