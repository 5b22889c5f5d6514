package structure

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// Config names the outputs, the parameters and the inputs of a graph. All may be nil if the graph has been differentiated.
type Config struct {
	// Outputs are the ends of the data flow: the loss, several losses, or the output of the network. No layer goes on past an
	// output: if the loss is written out as arithmetic, name the output of the network too. Nil means the nodes that were
	// differentiated.
	Outputs []*gorgonia.Node
	// Parameters are the inputs that are trained. Nil means the inputs that the outputs were differentiated by.
	Parameters []*gorgonia.Node
	// Inputs are the inputs that hold samples; others, such as masks and running statistics, then count as constants. Nil
	// means all inputs that are not parameters.
	Inputs []*gorgonia.Node
}

// Find finds the structure of a graph. The graph is not changed.
func Find(g *gorgonia.ExprGraph, c Config) (*Network, error) {
	if err := c.complete(g); err != nil {
		return nil, err
	}
	f := newFinder(newFlow(c))
	for n := range f.nodes {
		f.visit(n)
	}
	f.joinSteps()
	f.joinCopies()
	return f.network(c.Parameters), nil
}

// complete fills in the fields that are nil, and checks the others.
func (c *Config) complete(g *gorgonia.ExprGraph) error {
	if g == nil {
		return errors.New("structure: the graph is nil")
	}
	if c.Outputs == nil {
		c.Outputs = differentiated(g)
	}
	if len(c.Outputs) == 0 {
		return errors.New("structure: no outputs: got a graph that was not differentiated, want Config.Outputs (or call gorgonia.Grad first)")
	}
	for _, list := range []struct {
		name  string
		nodes []*gorgonia.Node
		input bool
	}{{"Outputs", c.Outputs, false}, {"Parameters", c.Parameters, true}, {"Inputs", c.Inputs, true}} {
		for i, n := range list.nodes {
			switch {
			case n == nil:
				return errors.Errorf("structure: Config.%s[%d] is nil", list.name, i)
			case n.Graph() != g:
				return errors.Errorf("structure: Config.%s[%d]: got %q of another graph, want a node of this one", list.name, i, n.Name())
			case list.input && n.Op() != nil:
				return errors.Errorf("structure: Config.%s[%d]: got %q, which is computed from other nodes, want an input of the graph", list.name, i, n.Name())
			case list.name == "Inputs" && slices.Contains(c.Parameters, n):
				return errors.Errorf("structure: got %q in both Config.Inputs and Config.Parameters, want it in one of them", n.Name())
			}
		}
	}
	if c.Parameters == nil {
		c.Parameters = slices.DeleteFunc(Trained(g), func(n *gorgonia.Node) bool { return slices.Contains(c.Inputs, n) })
	}
	return nil
}

// Trained lists the inputs of a graph that have a gradient.
func Trained(g *gorgonia.ExprGraph) (list []*gorgonia.Node) {
	for _, n := range g.AllNodes() {
		if n.Op() == nil && n.Deriv() != nil {
			list = append(list, n)
		}
	}
	return list
}

// differentiated lists the nodes that Grad was called with: they have a derivative, and nothing with a derivative reads them.
func differentiated(g *gorgonia.ExprGraph) (list []*gorgonia.Node) {
	isRead := make(map[*gorgonia.Node]bool)
	for _, n := range g.AllNodes() {
		if n.Deriv() != nil {
			for _, operand := range op.Operands(n) {
				isRead[operand] = true
			}
		}
	}
	for _, n := range g.AllNodes() {
		if n.Op() != nil && n.Deriv() != nil && !isRead[n] {
			list = append(list, n)
		}
	}
	return list
}
