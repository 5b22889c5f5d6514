package graph

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The names of inputs, outputs and targets that are given no other.
const (
	defaultInput  = "input"
	defaultOutput = "output"
	defaultTarget = "target"
)

// An Input describes one input of a program.
type Input struct {
	Name  string       // layers ask for it by [Builder.Input]; [Program.RunNamed] takes its value by this name
	Shape tensor.Shape // batch first
	Dtype tensor.Dtype // such as tensor.Int for class labels; the zero value means the type of the Params
}

// String is as `"ids" (64, 2) of int`.
func (i Input) String() string { return fmt.Sprintf("%q %v of %v", i.Name, i.Shape, i.Dtype) }

// inputs lists the inputs with their types.
func (c Config) inputs() []Input {
	list := slices.Clone(c.Inputs)
	if len(list) == 0 {
		list = []Input{{Name: defaultInput, Shape: c.Input}}
	}
	for i := range list {
		if list[i].Dtype == (tensor.Dtype{}) {
			list[i].Dtype = c.Params.dtype
		}
	}
	return list
}

func (c Config) validateInputs() error {
	if len(c.Inputs) == 0 {
		if len(c.Input) == 0 || slices.Min(c.Input) <= 0 {
			return errors.Errorf("graph: Config.Input: got shape %v, want one such as (batch, features)", c.Input)
		}
		return nil
	}
	if c.Input != nil {
		return errors.New("graph: got both Config.Input and Config.Inputs, want one of them")
	}
	taken := make(map[string]bool)
	for i, in := range c.Inputs {
		switch {
		case in.Name == "":
			return errors.Errorf("graph: Config.Inputs[%d] has no name", i)
		case taken[in.Name]:
			return errors.Errorf("graph: Config.Inputs has two inputs %q, want a name for each", in.Name)
		case len(in.Shape) == 0 || slices.Min(in.Shape) <= 0:
			return errors.Errorf("graph: input %q: got shape %v, want one such as (batch, features)", in.Name, in.Shape)
		}
		taken[in.Name] = true
	}
	return nil
}

// A NamedNode is a node with the name that the program knows it by.
type NamedNode struct {
	Name string
	Node *gorgonia.Node
}

// named finds a node by its name; nil if there is none.
func named(list []NamedNode, name string) *gorgonia.Node {
	for _, n := range list {
		if n.Name == name {
			return n.Node
		}
	}
	return nil
}

// quoted lists names for an error.
func quoted(list []NamedNode) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = fmt.Sprintf("%q", n.Name)
	}
	return strings.Join(names, ", ")
}

// newInput puts an input on the graph.
func (b *Builder) newInput(in Input) *gorgonia.Node {
	return gorgonia.NewTensor(b.graph, in.Dtype, len(in.Shape), gorgonia.WithShape(in.Shape...), gorgonia.WithName(in.Name))
}

// Input is the node of an input of the program, by its name: any layer or loss may read any input. The first one is also
// handed to the model's Apply.
func (b *Builder) Input(name string) *gorgonia.Node {
	if b.step != nil {
		return b.Check(b.step.scope.Shared(b.step.outer.Input(name)), nil)
	}
	if n := named(b.inputs, name); n != nil {
		return n
	}
	return b.Failf("no input %q: got the inputs %s (list it in Config.Inputs; a trainer makes an input of each column of the dataset)",
		name, quoted(b.inputs))
}

// Output makes a node a further output of the program, with a name. The output that the model's Apply returns is called
// "output".
func (b *Builder) Output(name string, n *gorgonia.Node) {
	switch {
	case b.step != nil:
		b.Failf("output %q: got it in the step of a recurrence, want an output of the step", name)
	case n == nil:
		b.Failf("output %q is nil", name)
	case name == "" || name == defaultOutput:
		b.Failf("got an output called %q, want a name other than %q, which is the output that Apply returns", name, defaultOutput)
	case named(b.outputs, name) != nil:
		b.Failf("got two outputs %q, want a name for each", name)
	}
	b.outputs = append(b.outputs, NamedNode{name, n})
}
