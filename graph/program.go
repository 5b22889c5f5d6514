package graph

import (
	"slices"

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

	Input  *gorgonia.Node // the first of Inputs; nil in an adopted program that has none
	Target *gorgonia.Node // target of the first loss; nil without a loss, and in an adopted program
	Output *gorgonia.Node // the node that the model's Apply returns
	Loss   *gorgonia.Node // a scalar, the weighted sum of all losses; nil without a loss

	Inputs  []NamedNode // as in Config; in an adopted program Input alone
	Targets []NamedNode // without those that are inputs
	Outputs []NamedNode // "output", and those that layers named by Builder.Output
	Parts   []*Part     // the losses, in the order of Config.Losses

	Weights []*Binding    // every parameter, in the order of declaration
	Layers  []*LayerTrace // the weighted layers in forward order: those of Structure, by index
	Blocks  []*BlockTrace // the residual blocks, in forward order

	ports        []*port // inputs, then targets; nil in an adopted program
	severalPorts error   // why Run cannot be used

	updates       []update
	inputGradient bool // whether the graph has the gradient of the input
	paths         map[*gorgonia.Node]string
	network       *structure.Network
	machine       *machine.Machine
}

// Computed lists the nodes that the program computes in each run: outputs, losses, gradients and new running statistics.
func (p *Program) Computed() gorgonia.Nodes {
	nodes := gorgonia.Nodes{p.Output}
	add := func(n *gorgonia.Node) {
		if !slices.Contains(nodes, n) {
			nodes = append(nodes, n)
		}
	}
	for _, o := range p.Outputs {
		add(o.Node)
	}
	if p.Loss != nil {
		nodes = append(nodes, p.Loss)
	}
	for _, part := range p.Parts {
		add(part.Node)
		if part.weights != nil {
			add(part.weights)
		}
	}
	for _, w := range p.Weights {
		if w.Grad != nil {
			nodes = append(nodes, w.Grad)
		}
	}
	for _, u := range p.updates {
		nodes = append(nodes, u.node)
	}
	return nodes
}

// compile makes the machine.
func (p *Program) compile(keepAll bool) error {
	p.machine = machine.New(p.Graph, p.Computed()...)
	p.machine.NameLayers(p.LayerOf)
	if keepAll {
		p.machine.KeepAll()
	}
	p.openPorts(p.machine)
	for _, part := range p.Parts {
		part.target = p.portOf(part.Target)
	}
	return p.machine.Compile()
}

// portOf is the port of a node; nil if it has none.
func (p *Program) portOf(n *gorgonia.Node) *port {
	for _, port := range p.ports {
		if port.node == n {
			return port
		}
	}
	return nil
}

// LossValue is the loss of the last run; NaN before the first, and without a loss. [Part.Value] is one of several losses.
func (p *Program) LossValue() float64 { return numberOf(p.Loss) }

// InputValue is the value of the first input in the last run; nil before the first run. In a program made by [Adopt] it is the
// value bound to the input.
func (p *Program) InputValue() *tensor.Dense {
	if p.ports == nil {
		return denseOf(p.Input)
	}
	return p.ports[0].last()
}

// InputOf is the value of an input's node in the last run, or in the run that is under way; nil before the first, and of other nodes.
func (p *Program) InputOf(n *gorgonia.Node) *tensor.Dense {
	if n == nil {
		return nil
	}
	if port := p.portOf(n); port != nil {
		return port.last()
	}
	return denseOf(n)
}

// TargetValue is the target of the first loss in the last run; nil before the first run, and without a loss.
func (p *Program) TargetValue() *tensor.Dense {
	if len(p.Parts) == 0 {
		return nil
	}
	return p.Parts[0].TargetValue()
}

// OutputValue is the value of Output in the last run, valid until the next.
func (p *Program) OutputValue() *tensor.Dense { return denseOf(p.Output) }

// OutputNamed is an output of the last run by its name, valid until the next; nil if there is none of that name.
func (p *Program) OutputNamed(name string) *tensor.Dense { return denseOf(named(p.Outputs, name)) }

// Tap calls f with the value of a node, each time right after it is computed. The value must not be kept or changed.
// Calling remove takes the tap off again.
func (p *Program) Tap(n *gorgonia.Node, f func(gorgonia.Value)) (remove func()) {
	return p.machine.Tap(n, f)
}

// Machine is the machine that runs the program.
func (p *Program) Machine() *machine.Machine { return p.machine }

// Close frees the memory of the machine. The parameters stay.
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
