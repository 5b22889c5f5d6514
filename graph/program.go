package graph

import (
	"math"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// A Program is a model drawn for one mode and one batch size, with the machine that runs it.
// Programs over the same Params share their weights.
type Program struct {
	Graph  *gorgonia.ExprGraph
	Mode   Mode
	Params *Params

	Input  *gorgonia.Node // fed by Run, see InputValue; nil in an adopted program that has none
	Target *gorgonia.Node // likewise; nil without a loss, and in an adopted program
	Output *gorgonia.Node
	Loss   *gorgonia.Node // a scalar; nil without a loss

	Weights []*Binding    // every parameter, in the order of declaration
	Layers  []*LayerTrace // the weighted layers in forward order: those of Structure, by index
	Blocks  []*BlockTrace // the residual blocks, in forward order

	input, target *port

	updates []update
	paths   map[*gorgonia.Node]string
	network *structure.Network
	machine *machine.Machine
}

// Outputs are the nodes that the program computes in each run: the output, the loss, the gradients and what running
// statistics become.
func (p *Program) Outputs() gorgonia.Nodes {
	outputs := gorgonia.Nodes{p.Output}
	if p.Loss != nil {
		outputs = append(outputs, p.Loss)
	}
	for _, w := range p.Weights {
		if w.Grad != nil {
			outputs = append(outputs, w.Grad)
		}
	}
	for _, u := range p.updates {
		outputs = append(outputs, u.node)
	}
	return outputs
}

// compile makes the machine.
func (p *Program) compile(keepAll bool) error {
	p.machine = machine.New(p.Graph, p.Outputs()...)
	p.machine.NameLayers(p.LayerOf)
	if keepAll {
		p.machine.KeepAll()
	}
	p.input, p.target = newPort(p.machine, p.Input), newPort(p.machine, p.Target)
	return p.machine.Compile()
}

// Run computes the program for a batch: output, loss and gradients can then be read from their nodes, until the next
// run. The target may be nil in a program without a loss. Running statistics move at the end of a run. It is not available
// in a program made by [Adopt].
func (p *Program) Run(input, target *tensor.Dense) error {
	if p.input == nil {
		return errors.New("graph: this program was adopted, and does not know its inputs: bind them with gorgonia.Let and call Machine().RunAll()")
	}
	if err := p.input.feed(input); err != nil {
		return err
	}
	if p.target != nil {
		if err := p.target.feed(target); err != nil {
			return err
		}
	}
	if err := p.machine.RunAll(); err != nil {
		return err
	}
	for _, u := range p.updates {
		if err := tensor.Copy(u.param.Value, u.node.Value().(tensor.Tensor)); err != nil {
			return errors.Wrapf(err, "graph: update of %s", u.param.Name)
		}
	}
	return nil
}

// A port is an input that Run feeds. The value goes to the machine and is not bound to the node, as binding allocates.
type port struct {
	node  *gorgonia.Node
	shape tensor.Shape
	dtype tensor.Dtype
	value gorgonia.Value
}

// newPort makes the machine take a node's value from the port; of no node it is nil.
func newPort(m *machine.Machine, n *gorgonia.Node) *port {
	if n == nil {
		return nil
	}
	p := &port{node: n, shape: n.Shape(), dtype: n.Dtype()}
	m.Feed(n, &p.value)
	return p
}

func (p *port) feed(value *tensor.Dense) error {
	if value == nil {
		return errors.Errorf("graph: no %s given, expected shape %v of %v", p.node.Name(), p.shape, p.dtype)
	}
	// Shape.Eq takes (5) and (5, 1) for equal.
	if !slices.Equal(value.Shape(), p.shape) || value.Dtype() != p.dtype {
		return errors.Errorf("graph: %s has shape %v of %v, but the program was built for %v of %v",
			p.node.Name(), value.Shape(), value.Dtype(), p.shape, p.dtype)
	}
	p.value = value
	return nil
}

// LossValue is the loss of the last run; NaN before the first, and without a loss.
func (p *Program) LossValue() float64 {
	if p.Loss == nil || p.Loss.Value() == nil {
		return math.NaN()
	}
	switch v := p.Loss.Value().(type) {
	case *gorgonia.F32:
		return float64(*v)
	case *gorgonia.F64:
		return float64(*v)
	}
	return math.NaN()
}

// InputValue is what was given to the last run; nil before the first. In a program made by [Adopt] it is what is bound to
// the input.
func (p *Program) InputValue() *tensor.Dense {
	if p.input == nil {
		if p.Input == nil {
			return nil
		}
		v, _ := p.Input.Value().(*tensor.Dense)
		return v
	}
	v, _ := p.input.value.(*tensor.Dense)
	return v
}

// TargetValue is the target that was given to the last run; nil before the first, and without a loss.
func (p *Program) TargetValue() *tensor.Dense {
	if p.target == nil {
		return nil
	}
	v, _ := p.target.value.(*tensor.Dense)
	return v
}

// OutputValue is the model's output of the last run, valid until the next.
func (p *Program) OutputValue() *tensor.Dense {
	v, _ := p.Output.Value().(*tensor.Dense)
	return v
}

// Tap calls f with the value of a node, each time right after it is computed. The value must not be kept or changed.
// Calling remove takes the tap off again.
func (p *Program) Tap(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	return p.machine.Tap(n, f)
}

// Machine is what runs the program.
func (p *Program) Machine() *machine.Machine { return p.machine }

// Close gives the memory back. The parameters stay.
func (p *Program) Close() error { return p.machine.Close() }

// LayerOf tells which layer a node belongs to. A node of the backward pass belongs to the layer whose nodes it reads.
func (p *Program) LayerOf(n *gorgonia.Node) string {
	if path, known := p.paths[n]; known {
		return path
	}
	for _, of := range n.DerivOf() {
		if path, known := p.paths[of]; known && path != "" {
			return path
		}
	}
	for _, child := range op.Operands(n) {
		if path, known := p.paths[child]; known && path != "" {
			return path
		}
	}
	return ""
}
