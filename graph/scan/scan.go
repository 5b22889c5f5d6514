package scan

import (
	"fmt"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Config describes a recurrence.
type Config struct {
	Name string // of the recurrence: another one in the same graph has another name
	Step Step

	// Truncate cuts the gradient by the states after every so many steps, counted from the end: the loss of the last step is followed
	// back over the last Truncate steps. 0 cuts nowhere.
	Truncate int
	// Segment is the number of steps that the gradient runs again at a time, from the one state that is kept of them. 0 keeps the
	// values of all steps.
	Segment int
	// Unroll draws each step into the graph, instead of one operation. It gives the same numbers, to the bit. Segment has no effect.
	Unroll bool
}

// A Step draws one step of a recurrence. It reads the elements of the sequences at the step and the states before it, and gives the
// states after it and the elements of the resulting sequences.
type Step func(s *Scope, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error)

// Draw puts a recurrence over sequences of shape (steps, ...) on their graph, with its first states. It returns the sequences of the
// outputs and the states after the last step.
func Draw(c Config, sequences, states gorgonia.Nodes) (outputs, final gorgonia.Nodes, err error) {
	if err := c.check(sequences, states); err != nil {
		return nil, nil, errors.Wrapf(err, "scan %q", c.Name)
	}
	draw := c.draw
	if c.Unroll {
		draw = c.unroll
	}
	outputs, final, err = draw(sequences, states)
	return outputs, final, errors.Wrapf(err, "scan %q", c.Name)
}

// draw puts the recurrence on the graph as one operation.
func (c Config) draw(sequences, states gorgonia.Nodes) (outputs, final gorgonia.Nodes, err error) {
	p, shared, err := c.plan(sequences, states)
	if err != nil {
		return nil, nil, err
	}
	_, results, err := p.forward().Draw(slices.Concat(sequences, states, shared)...)
	if err != nil {
		return nil, nil, err
	}
	n := len(p.Body.Outputs)
	return results[:n:n], results[n:], nil
}

// A plan is a recurrence whose step has been drawn.
type plan struct {
	Config
	Body  *op.Body
	dtype tensor.Dtype
	steps int
	slope *slope // the gradient of the body; nil until it is drawn
	tape  layout // of what a forward run keeps

	outputSizes, sharedSizes []int // of a node in one step; a node's Shape allocates
}

// plan draws the body. It also returns the nodes that the shared values of the body stand for.
func (c Config) plan(sequences, states gorgonia.Nodes) (p *plan, shared gorgonia.Nodes, err error) {
	p = &plan{Config: c, dtype: sequences[0].Dtype(), steps: sequences[0].Shape()[0]}
	if p.Body, shared, err = c.body(sequences, states); err != nil {
		return nil, nil, err
	}
	if err := checkBody(p.Body); err != nil {
		return nil, nil, err
	}
	if c.Segment == 0 {
		if err := p.differentiate(); err != nil {
			return nil, nil, err
		}
	}
	p.outputSizes, p.sharedSizes = sizesOf(p.Body.Outputs), sizesOf(p.Body.Shared)
	p.tape = newLayout(p.Body, p.residuals(), p.steps, max(1, c.Segment))
	return p, shared, nil
}

// residuals are the nodes of the body whose values a forward run keeps for the gradient.
func (p *plan) residuals() gorgonia.Nodes {
	if p.Segment > 0 {
		return nil
	}
	return p.slope.residuals
}

// forward describes the operation that runs the steps.
func (p *plan) forward() *op.Scan {
	var results []tensor.Shape
	for _, n := range p.Body.Outputs {
		results = append(results, p.sequenceOf(n))
	}
	results = append(results, shapesOf(p.Body.Next)...)
	return &op.Scan{
		Name: p.name("scan"), Recurrence: p.Name,
		Steps: p.steps, Body: p.Body, Results: append(results, tensor.Shape{p.tape.size}), Hidden: 1,
		Gradient: p.gradient,
		Owns:     func(n *gorgonia.Node) bool { return forwardOf(p.Body)[n] },
		NewRunner: func() op.Runner {
			if p.dtype == tensor.Float32 {
				return &forward[float32]{plan: p}
			}
			return &forward[float64]{plan: p}
		},
	}
}

// gradient draws the operation that runs the steps backward. It reads the inputs of the forward operation, its result, and the
// gradients by its outputs and final states that are there.
func (p *plan) gradient(in gorgonia.Nodes, packed *gorgonia.Node, by gorgonia.Nodes) (gorgonia.Nodes, error) {
	if err := p.differentiate(); err != nil {
		return nil, err
	}
	reads := append(slices.Clone(in), packed)
	at := make([]int, len(by)) // of each gradient in reads; -1 if it is not there
	for i, n := range by {
		if at[i] = -1; n != nil {
			at[i] = len(reads)
			reads = append(reads, n)
		}
	}
	s := &op.Scan{
		Name: p.name("scan_gradient") + fmt.Sprint(at), Recurrence: p.Name,
		Steps: p.steps, Body: p.Body, Results: shapesOf(in),
		Owns: func(n *gorgonia.Node) bool { return n.Graph() == p.Body.Graph() && !p.slope.forward[n] },
		NewRunner: func() op.Runner {
			if p.dtype == tensor.Float32 {
				return &backward[float32]{plan: p, at: at}
			}
			return &backward[float64]{plan: p, at: at}
		},
	}
	_, grads, err := s.Draw(reads...)
	return grads, err
}

// name identifies an operation of the recurrence.
func (p *plan) name(kind string) string {
	return fmt.Sprintf("%s(%q, steps=%d, truncate=%d, segment=%d)", kind, p.Name, p.steps, p.Truncate, p.Segment)
}

// sequenceOf is the shape of the values of a node in all steps.
func (p *plan) sequenceOf(n *gorgonia.Node) tensor.Shape {
	return append(tensor.Shape{p.steps}, n.Shape()...)
}

func sizesOf(nodes gorgonia.Nodes) (sizes []int) {
	for _, n := range nodes {
		sizes = append(sizes, n.Shape().TotalSize())
	}
	return sizes
}

func shapesOf(nodes gorgonia.Nodes) (shapes []tensor.Shape) {
	for _, n := range nodes {
		shapes = append(shapes, n.Shape().Clone())
	}
	return shapes
}
