package graph

import (
	"fmt"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// An InputGradient computes the gradient of a node with respect to the first input of a program: which change of the input raises what
// a unit, a class or a layer gives. It shares the parameters with the program, and sees their current values. One goroutine at a time
// may use it.
type InputGradient struct {
	x, weights     *gorgonia.Node
	of, grad       *gorgonia.Node
	xValue, wValue gorgonia.Value
	machine        *machine.Machine
}

// InputGradient draws the gradient of Σ weights·of, for weights of the shape of the node that each run is given, by Gorgonia's symbolic
// differentiation of the program's own graph. The program must have been built in Eval mode and without a loss: in the other graphs the
// nodes have gradients already. For the same reason a program has one InputGradient: build it anew for another node. Inputs beside the
// first must not lead to the node.
func (p *Program) InputGradient(of *gorgonia.Node) (_ *InputGradient, err error) {
	drawLock.Lock()
	defer drawLock.Unlock()
	switch {
	case p.ports == nil:
		return nil, errors.New("graph: gradient of the input: the program was adopted: got no inputs, want a program made by Build")
	case p.Mode != Eval || p.Loss != nil:
		return nil, errors.Errorf("graph: gradient of the input: got a program in %v mode with %d losses, want Eval mode and none", p.Mode, len(p.Parts))
	case p.inputGradient:
		return nil, errors.New("graph: gradient of the input: the program has one already, want a program built anew for each node")
	case of == nil || of.Graph() != p.Graph:
		return nil, errors.New("graph: gradient of the input: the node is not in the program's graph")
	case !op.Reachable(of)[p.Input]:
		return nil, errors.Errorf("graph: gradient of the input: node %v does not depend on the input", of)
	}
	for _, other := range p.Inputs[1:] {
		if op.Reachable(of)[other.Node] {
			return nil, errors.Errorf("graph: gradient of the input: the node reads the input %q too, want a program of one input", other.Name)
		}
	}
	p.inputGradient = true
	g := &InputGradient{x: p.Input, of: of}
	b := &Builder{drawing: &drawing{graph: p.Graph, params: p.Params, mode: p.Mode, paths: p.paths}, counts: make(map[string]int)}
	if err := b.protect(func() { g.draw(b) }); err != nil {
		return nil, err
	}
	g.machine = machine.New(p.Graph, g.of, g.grad)
	g.machine.Feed(g.x, &g.xValue)
	g.machine.Feed(g.weights, &g.wValue)
	return g, errors.Wrap(g.machine.Compile(), "graph: gradient of the input")
}

// draw puts the weighted sum and its gradient on the graph.
func (g *InputGradient) draw(b *Builder) {
	shape := g.of.Shape()
	axes := make([]int, len(shape))
	for i := range axes {
		axes[i] = i
	}
	g.weights = gorgonia.NewTensor(b.graph, g.of.Dtype(), len(shape), gorgonia.WithShape(shape...), gorgonia.WithName("weights of the gradient"))
	sum := b.Check(op.ReduceSum(b.Check(op.Mul(g.of, g.weights)), axes, false))
	b.checkDifferentiable(op.Reachable(sum))
	grads, err := gorgonia.Grad(sum, g.x)
	if err != nil {
		b.fail(errors.Wrap(err, "the gradient of the input"))
	}
	g.grad = grads[0]
}

// Run computes the node for an input, and the gradient of Σ weights·node.
func (g *InputGradient) Run(x, weights *tensor.Dense) error {
	for _, in := range []struct {
		name  string
		value *tensor.Dense
		node  *gorgonia.Node
	}{{"input", x, g.x}, {"weights", weights, g.weights}} {
		if in.value == nil || !in.value.Shape().Eq(in.node.Shape()) || in.value.Dtype() != in.node.Dtype() {
			return errors.Errorf("graph: gradient of the input: %s: got %v, want shape %v of %v", in.name, shapeAndType(in.value), in.node.Shape(), in.node.Dtype())
		}
	}
	g.xValue, g.wValue = x, weights
	return g.machine.RunAll()
}

func shapeAndType(v *tensor.Dense) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprintf("shape %v of %v", v.Shape(), v.Dtype())
}

// Value is the node's value in the last run, valid until the next.
func (g *InputGradient) Value() *tensor.Dense { return denseOf(g.of) }

// Gradient is the gradient in the last run, of the input's shape and valid until the next run.
func (g *InputGradient) Gradient() *tensor.Dense { return denseOf(g.grad) }

// Close frees the memory of the machine.
func (g *InputGradient) Close() error { return g.machine.Close() }
