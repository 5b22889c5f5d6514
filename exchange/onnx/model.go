package onnx

import (
	"fmt"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
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

// Apply draws the graph.
func (m *model) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	d := &drawing{Builder: b, top: b, model: m, values: make(map[string]*value), names: make(map[string]int)}
	d.readInputs(x)
	d.readInitializers(m.file.graph)
	for _, n := range m.file.graph.Nodes {
		if m.needed[n] {
			d.drawNode(n)
		}
	}
	d.Builder = b
	var first *gorgonia.Node
	for i, name := range m.outputs {
		v := d.values[name]
		if v.known() && !v.typ.IsFloat() && v.typ != onnxfile.Bool {
			v = &value{name: v.name, typ: onnxfile.Float, shape: v.shape, numbers: v.numbers}
		}
		n := d.lift(v)
		if i == 0 {
			first = n
			continue
		}
		b.Output(name, n)
	}
	return first
}

// readInputs makes values of the inputs of the program.
func (d *drawing) readInputs(x *gorgonia.Node) {
	fed := d.model.file.fed()
	single := len(fed)-len(d.model.fixed) == 1
	for _, in := range fed {
		if v := d.model.fixed[in.Name]; v != nil {
			d.values[in.Name] = v
			continue
		}
		n := x
		if !single {
			n = d.Input(in.Name)
		}
		d.values[in.Name] = d.inputValue(in, n)
	}
}

// inputValue checks an input of the program against the file.
func (d *drawing) inputValue(in onnxfile.Port, n *gorgonia.Node) *value {
	shape := append([]int{}, n.Shape()...)
	if in.Known && len(in.Shape) == 0 && len(shape) == 1 && shape[0] == 1 {
		shape = nil
	}
	if in.Known && len(in.Shape) != len(shape) {
		d.Failf("input %q: got shape %v, want %d dimensions", in.Name, n.Shape(), len(in.Shape))
	}
	for i, dim := range in.Shape {
		if dim.Size > 0 && shape[i] != dim.Size && i > 0 {
			d.Failf("input %q: got shape %v, want %d along axis %d", in.Name, n.Shape(), dim.Size, i)
		}
	}
	if isInt := n.Dtype() == tensor.Int; in.Type.IsInteger() != isInt {
		d.Failf("input %q: got type %v, want %v (give the graph.Input the Dtype tensor.Int for integers)", in.Name, n.Dtype(), in.Type)
	}
	return &value{name: in.Name, typ: in.Type, shape: shape, node: n}
}

// readInitializers makes values of the constants of a graph, which are parameters or known.
func (d *drawing) readInitializers(g *onnxfile.Graph) {
	for _, t := range g.Initializers {
		if d.values[t.Name] == nil {
			d.values[t.Name] = d.tensor(t.Name, t)
		}
	}
}

// tensor makes a value of a constant of the file.
func (d *drawing) tensor(name string, t *onnxfile.Tensor) *value {
	if p, is := d.model.parameters[name]; is {
		return d.parameter(name, t, p)
	}
	d.check(t.Shape)
	v := &value{name: name, typ: t.Type, shape: t.Shape}
	var err error
	if v.numbers, err = t.Numbers(); err != nil {
		return &value{name: name, typ: t.Type, shape: t.Shape, broken: err}
	}
	return v
}

// drawNode draws a node of the file in a scope of its own.
func (d *drawing) drawNode(n *onnxfile.Node) {
	d.step()
	outer := d.Builder
	defer func() { d.Builder = outer }()
	d.Builder = d.top.ScopeAs(d.scopeOf(n))
	c := &call{drawing: d, node: n, opset: d.model.file.Opset}
	for i, v := range c.draw() {
		if i < len(n.Outputs) && n.Outputs[i] != "" && v != nil {
			named := *v
			named.name, named.by, named.reads = n.Outputs[i], n, c.in
			d.values[n.Outputs[i]] = &named
		}
	}
	for _, name := range n.Outputs {
		if name != "" && d.values[name] == nil {
			c.fail("output %q is not supported", name)
		}
	}
}

// scopeOf is a free name for the scope of a node.
func (d *drawing) scopeOf(n *onnxfile.Node) string {
	name := strings.Trim(n.Name, "/")
	if name == "" {
		name = strings.ToLower(n.Op)
	}
	d.names[name]++
	if k := d.names[name]; k > 1 {
		return d.scopeOf(&onnxfile.Node{Name: fmt.Sprintf("%s#%d", name, k)})
	}
	return name
}
