package onnx

import (
	"fmt"
	"strings"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

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
