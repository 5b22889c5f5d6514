package onnx

import (
	"io"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// What a file that is written says of itself.
const (
	writtenIR     = 8
	writtenOpset  = 17
	writtenSource = "gradflow"

	exportBatch = 2 // samples of the program that is written
)

// Write writes a model as an ONNX file of opset 17, as it computes in evaluation. It takes the model, the Params and the inputs of a
// configuration; the sizes of the first axes do not matter, as the batch size is free in the file. Parameters keep their names.
//
// The file is made of the operations of the graph, whichever layers drew them. An operation that ONNX does not have, or that is not
// known here, is an error that names it and its layer. What depends on parameters only, such as a standardised weight, is written as
// its value.
func Write(w io.Writer, c graph.Config) error {
	e := &exporter{names: make(map[*gorgonia.Node]string), taken: make(map[string]bool), single: make(map[*gorgonia.Node]bool), records: make(map[*gorgonia.Node][]string)}
	var err error
	if e.program, err = buildFor(c, exportBatch); err != nil {
		return errors.Wrap(err, "onnx: drawing the model for a batch of 2")
	}
	if e.twin, err = buildFor(c, exportBatch+1); err != nil {
		return errors.Wrap(err, "onnx: drawing the model for a batch of 3")
	}
	defer e.program.Close()
	defer e.twin.Close()
	m, err := e.model()
	if err != nil {
		return errors.Wrap(err, "onnx")
	}
	_, err = w.Write(m.Bytes())
	return errors.Wrap(err, "onnx")
}

// buildFor draws a model for evaluation of so many samples.
func buildFor(c graph.Config, batch int) (*graph.Program, error) {
	sized := func(s tensor.Shape) tensor.Shape {
		if len(s) == 0 {
			return s
		}
		return append(tensor.Shape{batch}, s[1:]...)
	}
	out := graph.Config{Model: c.Model, Params: c.Params, Mode: graph.Eval, Seed: c.Seed, Input: sized(c.Input)}
	for _, in := range c.Inputs {
		in.Shape = sized(in.Shape)
		out.Inputs = append(out.Inputs, in)
	}
	return graph.Build(out)
}

// An exporter writes the graph of a program. The twin is the same program for another batch size: what differs in a shape is the
// batch.
type exporter struct {
	program, twin *graph.Program
	twins         map[*gorgonia.Node]*gorgonia.Node
	names         map[*gorgonia.Node]string // of what has been written
	taken         map[string]bool
	fixed         map[*gorgonia.Node]gorgonia.Value // values of nodes that no input changes
	single        map[*gorgonia.Node]bool           // constants that are written for one sample
	records       map[*gorgonia.Node][]string       // outputs of recurrences
	file          onnxfile.Graph
}

// model gives the file.
func (e *exporter) model() (*onnxfile.Model, error) {
	if err := e.findTwins(); err != nil {
		return nil, err
	}
	e.file.Name = writtenSource
	for _, in := range e.program.Inputs {
		e.names[in.Node], e.taken[in.Name] = in.Name, true
		e.file.Inputs = append(e.file.Inputs, e.port(in))
	}
	for _, w := range e.program.Weights {
		e.taken[w.Name] = true
	}
	for _, out := range e.program.Outputs {
		e.taken[out.Name] = true
	}
	if err := e.findFixed(); err != nil {
		return nil, err
	}
	for _, out := range e.program.Outputs {
		name, err := e.write(out.Node)
		if err != nil {
			return nil, err
		}
		e.addNamed("Identity", []string{name}, out.Name, nil)
		e.file.Outputs = append(e.file.Outputs, e.port(out))
	}
	return &onnxfile.Model{IR: writtenIR, Producer: writtenSource, Opsets: map[string]int64{"": writtenOpset}, Graph: &e.file}, nil
}

// findTwins pairs the nodes of the two programs, which are drawn alike.
func (e *exporter) findTwins() error {
	e.twins = make(map[*gorgonia.Node]*gorgonia.Node)
	for i, out := range e.program.Outputs {
		if err := e.pair(out.Node, e.twin.Outputs[i].Node); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) pair(a, b *gorgonia.Node) error {
	if e.twins[a] != nil {
		return nil
	}
	e.twins[a] = b
	in, twin := op.Operands(a), op.Operands(b)
	if op.SpecOf(a).Kind != op.SpecOf(b).Kind || len(in) != len(twin) || a.Dims() != b.Dims() {
		return e.failed(a, "it is drawn differently for other batch sizes")
	}
	for i := range in {
		if err := e.pair(in[i], twin[i]); err != nil {
			return err
		}
	}
	return nil
}

// failed is an error that names a node.
func (e *exporter) failed(n *gorgonia.Node, format string, args ...any) error {
	what := "an input"
	if n.Op() != nil {
		what = n.Op().String()
	}
	return errors.Wrapf(errors.Errorf(format, args...), "operation %s of layer %q cannot be written", what, e.program.LayerOf(n))
}

// shape is the shape of a node, with -1 for what depends on the batch size.
func (e *exporter) shape(n *gorgonia.Node) []int {
	shape := slices.Clone(n.Shape())
	for i, size := range e.twins[n].Shape() {
		if size != shape[i] {
			shape[i] = -1
		}
	}
	return shape
}

// port describes an input or an output.
func (e *exporter) port(n graph.NamedNode) onnxfile.Port {
	p := onnxfile.Port{Name: n.Name, Type: typeOf(n.Node.Dtype()), Known: true}
	shape := []int{-1}
	if e.twins[n.Node] != nil {
		shape = e.shape(n.Node)
	} else {
		shape = append(shape, n.Node.Shape()[1:]...) // an input that no output depends on
	}
	for _, size := range shape {
		dim := onnxfile.Dim{Size: size}
		if size < 0 {
			dim = onnxfile.Dim{Name: "batch"}
		}
		p.Shape = append(p.Shape, dim)
	}
	return p
}

func typeOf(dt tensor.Dtype) onnxfile.Type {
	switch dt {
	case tensor.Float64:
		return onnxfile.Double
	case tensor.Int:
		return onnxfile.Int64
	case tensor.Bool:
		return onnxfile.Bool
	}
	return onnxfile.Float
}

// findFixed computes the nodes that depend on parameters only and that other nodes read.
func (e *exporter) findFixed() error {
	parameters := make(map[*gorgonia.Node]bool)
	for _, w := range e.program.Weights {
		parameters[w.Node] = true
	}
	changing := make(map[*gorgonia.Node]bool)
	for n := range e.twins {
		changing[n] = false
	}
	for _, in := range e.program.Inputs {
		changing[in.Node] = true
	}
	seen := make(map[*gorgonia.Node]bool)
	var roots gorgonia.Nodes
	var visit func(n *gorgonia.Node) bool
	visit = func(n *gorgonia.Node) bool {
		if seen[n] {
			return changing[n]
		}
		seen[n] = true
		var still gorgonia.Nodes
		for _, k := range op.Operands(n) {
			if visit(k) {
				changing[n] = true
			} else {
				still = append(still, k)
			}
		}
		if changing[n] {
			for _, k := range still {
				if len(op.Operands(k)) > 0 && op.SpecOf(k).Kind != op.KindRStd && !slices.Contains(roots, k) {
					roots = append(roots, k)
				}
			}
		}
		return changing[n]
	}
	for _, out := range e.program.Outputs {
		visit(out.Node)
	}
	e.fixed = make(map[*gorgonia.Node]gorgonia.Value)
	if len(roots) == 0 {
		return nil
	}
	m := machine.New(e.program.Graph, roots...)
	defer m.Close()
	if err := m.RunAll(); err != nil {
		return errors.Wrap(err, "computing what depends on parameters only")
	}
	for _, n := range roots {
		e.fixed[n] = n.Value()
	}
	return nil
}
