package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// A port is an input or a target that a run feeds. The value goes to the machine and is not bound to the node,
// because binding allocates.
type port struct {
	Input
	node   *gorgonia.Node
	target bool
	needed bool // whether the program reads it; the first input counts as read
	value  gorgonia.Value
}

// openPorts makes the machine take the values of inputs and targets from ports.
func (p *Program) openPorts(m *machine.Machine) {
	read := op.Reachable(p.Computed()...)
	open := func(list []NamedNode, target bool) {
		for _, n := range list {
			port := &port{
				Input: Input{Name: n.Name, Shape: n.Node.Shape(), Dtype: n.Node.Dtype()}, node: n.Node,
				target: target, needed: read[n.Node] || len(p.ports) == 0,
			}
			m.Feed(n.Node, &port.value)
			p.ports = append(p.ports, port)
		}
	}
	open(p.Inputs, false)
	open(p.Targets, true)
	for i, port := range p.ports[1:] {
		if port.needed && (!port.target || i+1 > len(p.Inputs)) {
			p.severalPorts = errors.Errorf("graph: this program has the inputs %s and the targets %s: got one value of each, want them by name (use RunNamed)",
				quoted(p.Inputs), quoted(p.Targets))
		}
	}
}

// feed sets the value of the next run.
func (p *port) feed(value *tensor.Dense) error {
	if value == nil && !p.needed {
		p.value = nil
		return nil
	}
	if value == nil {
		return errors.Errorf("graph: %s: got no value, want shape %v of %v", p.Name, p.Shape, p.Dtype)
	}
	// Shape.Eq treats (5) and (5, 1) as equal.
	if !slices.Equal(value.Shape(), p.Shape) || value.Dtype() != p.Dtype {
		return errors.Errorf("graph: %s: got shape %v of %v, want %v of %v, for which the program was built",
			p.Name, value.Shape(), value.Dtype(), p.Shape, p.Dtype)
	}
	p.value = value
	return nil
}

// last is the value of the last run; nil if there was none.
func (p *port) last() *tensor.Dense {
	if p == nil {
		return nil
	}
	v, _ := p.value.(*tensor.Dense)
	return v
}

// Run computes the program for a batch: outputs, loss and gradients can then be read from their nodes, until the next run.
// The target may be nil in a program that reads none: one without a loss, or whose loss has an input for its target. Running
// statistics move at the end of a run. If the program reads several inputs or targets, use [Program.RunNamed]. Neither is
// available in a program made by [Adopt].
func (p *Program) Run(input, target *tensor.Dense) error {
	if err := p.canRun(); err != nil {
		return err
	}
	if p.severalPorts != nil {
		return p.severalPorts
	}
	for i, port := range p.ports {
		var value *tensor.Dense
		switch {
		case i == 0:
			value = input
		case port.target:
			value = target
		}
		if err := port.feed(value); err != nil {
			return err
		}
	}
	return p.run()
}

// RunNamed is Run with the values of inputs and targets by name. An input or target that the program does not read may be
// left out.
func (p *Program) RunNamed(values map[string]*tensor.Dense) error {
	if err := p.canRun(); err != nil {
		return err
	}
	known := 0
	for _, port := range p.ports {
		value, given := values[port.Name]
		if given {
			known++
		}
		if value == nil && port.needed {
			return p.misnamed(values)
		}
	}
	if known < len(values) {
		return p.misnamed(values)
	}
	for _, port := range p.ports {
		if err := port.feed(values[port.Name]); err != nil {
			return err
		}
	}
	return p.run()
}

func (p *Program) canRun() error {
	if p.ports == nil {
		return errors.New("graph: this program was adopted, and does not know its inputs (bind them with gorgonia.Let and call Machine().RunAll())")
	}
	return nil
}

// misnamed is the error that lists the missing and the unknown names of values.
func (p *Program) misnamed(values map[string]*tensor.Dense) error {
	var wanted, problems []string
	known := make(map[string]bool)
	for _, port := range p.ports {
		known[port.Name] = true
		if port.needed {
			wanted = append(wanted, port.String())
		}
		if values[port.Name] == nil && port.needed {
			problems = append(problems, fmt.Sprintf("missing %q", port.Name))
		}
	}
	var given []string
	for name := range values {
		given = append(given, fmt.Sprintf("%q", name))
		if !known[name] {
			problems = append(problems, fmt.Sprintf("unknown %q", name))
		}
	}
	slices.Sort(given)
	slices.Sort(problems)
	return errors.Errorf("graph: inputs and targets: %s: got %s, want %s",
		strings.Join(problems, ", "), strings.Join(given, ", "), strings.Join(wanted, ", "))
}

// run computes the program from the values of the ports.
func (p *Program) run() error {
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

// Fed is the values of inputs and targets in the last run, by name; empty before the first, and in a program made by [Adopt].
func (p *Program) Fed() map[string]*tensor.Dense {
	values := make(map[string]*tensor.Dense)
	for _, port := range p.ports {
		if v := port.last(); v != nil {
			values[port.Name] = v
		}
	}
	return values
}

// Reads reports whether the program reads the input or target of a name.
func (p *Program) Reads(name string) bool {
	return slices.ContainsFunc(p.ports, func(port *port) bool { return port.Name == name && port.needed })
}
