package onnx

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// Options tell how a model is made of a file. The zero value is the file as it is.
type Options struct {
	// Fixed gives inputs a value that is known when a graph is drawn, by their names, instead of values that each run is fed with. An
	// input that shapes depend on needs that.
	Fixed map[string]*tensor.Dense

	// Outputs lists the outputs of the file that are computed; the first is the output of the model. None means all.
	Outputs []string

	// MaxElements is the largest number of elements of a value, and of all that are computed while a graph is drawn: a file can ask for
	// far more than its own size. 0 means 2^27.
	MaxElements int

	// Frozen tells which parameters stay constants that no training moves, by their names; nil: none.
	Frozen func(name string) bool
}

// A model draws the graph of a file.
type model struct {
	file       *File
	options    Options
	outputs    []string
	fixed      map[string]*value
	parameters map[string]parameter // by the name of the tensor
	needed     map[*onnxfile.Node]bool
}

// Model makes a model of the file. Its first output is what its Apply returns, and further ones are outputs of the program by their
// names. Build a program with [File.Inputs], or with shapes of your own.
func (f *File) Model(o Options) (graph.Model, error) {
	if o.MaxElements <= 0 {
		o.MaxElements = 1 << 27
	}
	m := &model{file: f, options: o, fixed: make(map[string]*value), outputs: o.Outputs}
	known := make(map[string]bool)
	for _, out := range f.graph.Outputs {
		known[out.Name] = true
		if len(o.Outputs) == 0 {
			m.outputs = append(m.outputs, out.Name)
		}
	}
	for _, name := range m.outputs {
		if !known[name] {
			return nil, errors.Errorf("onnx: Options.Outputs: got %q, which is no output of the file", name)
		}
	}
	if len(m.outputs) == 0 {
		return nil, errors.New("onnx: the file has no output")
	}
	if err := m.fix(); err != nil {
		return nil, err
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	m.findNeeded()
	m.findParameters()
	return m, nil
}

// fix takes the values of Options.Fixed.
func (m *model) fix() error {
	inputs := make(map[string]onnxfile.Port)
	for _, in := range m.file.graph.Inputs {
		inputs[in.Name] = in
	}
	for name, v := range m.options.Fixed {
		in, has := inputs[name]
		if !has {
			return errors.Errorf("onnx: Options.Fixed: got %q, which is no input of the file", name)
		}
		numbers, err := numbersOf(v)
		if err != nil {
			return errors.Wrapf(err, "onnx: Options.Fixed: %q", name)
		}
		shape := append([]int{}, v.Shape()...)
		if in.Known && len(in.Shape) == 0 && len(numbers) == 1 {
			shape = nil
		}
		m.fixed[name] = &value{name: name, typ: in.Type, shape: shape, numbers: numbers}
	}
	return nil
}

// numbersOf are the elements of a tensor.
func numbersOf(v *tensor.Dense) ([]float64, error) {
	if v != nil && v.Shape().TotalSize() == 0 {
		return nil, nil
	}
	if v == nil || v.RequiresIterator() || v.DataOrder().IsColMajor() {
		return nil, errors.New("got no tensor in row-major order")
	}
	switch data := v.Data().(type) {
	case []float64:
		return data, nil
	case []float32:
		return converted(data), nil
	case []int:
		return converted(data), nil
	case []int64:
		return converted(data), nil
	case []int32:
		return converted(data), nil
	case []uint8:
		return converted(data), nil
	case []bool:
		out := make([]float64, len(data))
		for i, is := range data {
			if is {
				out[i] = 1
			}
		}
		return out, nil
	}
	return nil, errors.Errorf("got elements of type %v, want float64, float32, int, int64, int32, uint8 or bool", v.Dtype())
}

func converted[T float32 | int | int64 | int32 | uint8](list []T) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = float64(v)
	}
	return out
}

// check finds names that are computed twice, or read before they are computed, as in a cycle.
func (m *model) check() error {
	have := make(map[string]bool)
	for _, in := range m.file.graph.Inputs {
		have[in.Name] = true
	}
	for _, in := range m.file.fed() {
		if m.fixed[in.Name] == nil && !in.Type.IsFloat() && !in.Type.IsInteger() && in.Type != onnxfile.Bool {
			return errors.Errorf("onnx: input %q: got type %v, want a tensor of floats, integers or bools", in.Name, in.Type)
		}
	}
	for _, t := range m.file.graph.Initializers {
		have[t.Name] = true
	}
	if err := checkNodes(m.file.graph, have); err != nil {
		return err
	}
	for _, name := range m.outputs {
		if !have[name] {
			return errors.Errorf("onnx: output %q: no node computes it", name)
		}
	}
	return nil
}

func checkNodes(g *onnxfile.Graph, have map[string]bool) error {
	for _, n := range g.Nodes {
		for _, name := range n.Inputs {
			if name != "" && !have[name] {
				return errors.Errorf("onnx: node %q (%s) reads %q, which no node before it computes", n.Name, n.Op, name)
			}
		}
		for _, name := range n.Outputs {
			if name != "" && have[name] {
				return errors.Errorf("onnx: node %q (%s) computes %q, which there is already", n.Name, n.Op, name)
			}
			have[name] = true
		}
	}
	return nil
}

// findNeeded marks the nodes that the outputs are computed from.
func (m *model) findNeeded() {
	wanted := make(map[string]bool)
	for _, name := range m.outputs {
		wanted[name] = true
	}
	m.needed = make(map[*onnxfile.Node]bool)
	nodes := m.file.graph.Nodes
	for i := len(nodes) - 1; i >= 0; i-- {
		for _, out := range nodes[i].Outputs {
			if out != "" && wanted[out] {
				m.needed[nodes[i]] = true
			}
		}
		if m.needed[nodes[i]] {
			want(nodes[i], wanted)
		}
	}
}

// want marks what a node reads, with the graphs that it holds.
func want(n *onnxfile.Node, wanted map[string]bool) {
	for _, name := range n.Inputs {
		wanted[name] = true
	}
	for _, a := range n.Attributes {
		if a.Graph == nil {
			continue
		}
		for _, out := range a.Graph.Outputs {
			wanted[out.Name] = true
		}
		for _, inner := range a.Graph.Nodes {
			want(inner, wanted)
		}
	}
}
