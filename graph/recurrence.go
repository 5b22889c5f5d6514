package graph

import (
	"maps"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/scan"
)

// A Recurrence runs a step of your own over sequences. The step is drawn, differentiated and compiled once, whatever the number of
// steps; package scan tells how it runs. Its parameters are used in each step, and have one gradient, summed over the steps.
type Recurrence struct {
	// Step draws one step, with the layers and parameters of its builder. It reads the elements of the sequences at the step and the
	// states before it, and gives the states after it and the elements of the resulting sequences.
	Step func(b *Builder, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes)

	// Truncate cuts the gradient by the states after every so many steps, counted from the end; 0 cuts nowhere.
	Truncate int
	// Segment saves memory: the gradient runs so many steps again at a time, from the one state that is kept of them. 0 keeps all.
	Segment int
	// Unroll draws each step into the graph. It gives the same numbers, to the bit.
	Unroll bool
}

// Draw draws the recurrence over sequences of shape (steps, ...), such as (steps, batch, features), from its first states. It gives the
// sequences of the outputs and the states after the last step.
func (r Recurrence) Draw(b *Builder, sequences, states gorgonia.Nodes) (outputs, final gorgonia.Nodes) {
	b = b.Scope("scan")
	if r.Step == nil {
		b.Failf("Recurrence has no Step")
	}
	c := scan.Config{Name: b.path, Truncate: r.Truncate, Segment: r.Segment, Unroll: r.Unroll}
	if !b.Training() && c.Segment == 0 && len(sequences) > 0 && len(sequences[0].Shape()) > 0 {
		c.Segment = sequences[0].Shape()[0] // a gradient, which is rare then, runs all steps again
	}
	known := make(map[string]*gorgonia.Node)
	first := true
	c.Step = func(s *scan.Scope, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
		step := b.inStep(s, known)
		next, outputs = r.Step(step, inputs, states)
		if first {
			b.blocks, b.removed = step.blocks, step.removed
		}
		first = false
		return next, outputs, nil
	}
	outputs, final, err := scan.Draw(c, sequences, states)
	if err != nil {
		b.fail(err)
	}
	for _, n := range slices.Concat(outputs, final) {
		b.Check(n, nil)
	}
	return outputs, final
}

// A stepDrawing is what the drawing of a step of a recurrence has besides that of its graph.
type stepDrawing struct {
	scope    *scan.Scope
	outer    *Builder                  // of the recurrence
	known    map[string]*gorgonia.Node // parameters of the recurrence, by name
	declared map[string]bool           // parameters of this step
}

// inStep is a builder for a step, with the path of the recurrence.
func (b *Builder) inStep(s *scan.Scope, known map[string]*gorgonia.Node) *Builder {
	d := *b.drawing
	d.graph, d.scopes = s.Graph(), maps.Clone(b.scopes)
	d.step = &stepDrawing{scope: s, outer: b, known: known, declared: make(map[string]bool)}
	return &Builder{drawing: &d, path: b.path, counts: make(map[string]int)}
}

// param declares a parameter of the recurrence in its first step, and gives the node that stands for it in this one.
func (s *stepDrawing) param(b *Builder, spec Param, shape []int) *gorgonia.Node {
	name := join(b.path, spec.Name)
	if s.declared[name] {
		return b.Failf("parameter %s is declared twice", name)
	}
	s.declared[name] = true
	if s.known[name] == nil {
		outer := &Builder{drawing: s.outer.drawing, path: b.path}
		s.known[name] = outer.Param(spec, shape...)
	}
	return b.Check(s.scope.Shared(s.known[name]), nil)
}
