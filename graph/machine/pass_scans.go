package machine

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// prepareScans gives each recurrence the taps on nodes of its step, tells it which of its results are read, and lets it compile the
// step.
func prepareScans(c *compilation) error {
	inner, err := c.machine.innerTaps()
	if err != nil {
		return err
	}
	for _, s := range c.steps {
		if s.op == nil || s.op.Scan() == nil {
			continue
		}
		runner := s.call.Runner()
		for n, taps := range inner {
			if !s.op.Scan().Owns(n) {
				continue
			}
			for _, t := range taps {
				runner.Tap(n, t.overSteps(n, s.op.Scan()))
			}
		}
		if err := runner.Compile(wantedResults(s, c.steps)); err != nil {
			return c.machine.explain(s, err)
		}
	}
	return nil
}

// wantedResults tells which results of a recurrence are read; nil is all.
func wantedResults(s *step, steps []*step) []bool {
	wanted := make([]bool, len(s.op.Scan().Results))
	for _, reader := range steps {
		if !slices.Contains(reader.inputs, s) {
			continue
		}
		if reader.kind != isOurs || reader.op.Spec().Kind != op.KindPart {
			return nil
		}
		wanted[reader.op.Spec().Index] = true
	}
	if s.kept || s.taps != nil {
		return nil
	}
	return wanted
}

// overSteps is the tap as a function to call in each step. A tap that wants one value gets those of all steps after the last one.
func (t *tap) overSteps(n *gorgonia.Node, s *op.Scan) func(step int, v gorgonia.Value) {
	if t.step != nil {
		return t.step
	}
	shape := append(tensor.Shape{s.Steps}, n.Shape()...)
	all := tensor.New(tensor.Of(n.Dtype()), tensor.WithShape(shape...), tensor.WithEngine(gorgonia.StandardEngine{}))
	last := s.Steps - 1
	if s.Backward() {
		last = 0
	}
	return func(step int, v gorgonia.Value) {
		if err := place(all, v, step); err != nil {
			panic(err) // the machine makes it an error of the run, as any panic of a tap
		}
		if step == last {
			t.call(all, nil)
		}
	}
}

// place copies a value to its place among those of all steps.
func place(all *tensor.Dense, v gorgonia.Value, step int) error {
	if all.Dtype() == tensor.Float32 {
		return placeNumbers(all.Float32s(), v, step)
	}
	return placeNumbers(all.Float64s(), v, step)
}

func placeNumbers[T op.Float](all []T, v gorgonia.Value, step int) error {
	x, err := op.Elements[T](v, v.Shape())
	if err == nil {
		copy(all[step*len(x):], x)
	}
	return err
}

// computes is the node in whose step a node is computed: itself, or the recurrence to whose step it belongs.
func (m *Machine) computes(n *gorgonia.Node) *gorgonia.Node {
	if n == nil || n.Graph() == m.graph {
		return n
	}
	for _, outer := range m.graph.AllNodes() {
		if o, ours := outer.Op().(*op.Op); ours && o.Scan() != nil && o.Scan().Owns(n) {
			return outer
		}
	}
	return n
}

// innerTaps are the taps that are on and whose nodes belong to other graphs, those of the steps of recurrences.
func (m *Machine) innerTaps() (map[*gorgonia.Node][]*tap, error) {
	inner := make(map[*gorgonia.Node][]*tap)
	for _, g := range m.groups {
		if !g.on {
			continue
		}
		for n, taps := range g.taps {
			switch {
			case n.Graph() != m.graph:
				inner[n] = append(inner[n], taps...)
			case slices.ContainsFunc(taps, func(t *tap) bool { return t.step != nil }):
				return nil, errors.Errorf("machine: TapSteps: got node %d (%v) of the graph itself, want one of the step of a recurrence", n.ID(), n)
			}
		}
	}
	return inner, nil
}
