package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// write gives the name of the value of a node, after writing it and what it reads.
func (e *exporter) write(n *gorgonia.Node) (string, error) {
	if name := e.names[n]; name != "" {
		return name, nil
	}
	name, err := e.writeNew(n)
	e.names[n] = name
	return name, err
}

func (e *exporter) writeNew(n *gorgonia.Node) (string, error) {
	if v := e.fixed[n]; v != nil {
		return e.unchanging(e.free(e.program.LayerOf(n), "value"), v, n)
	}
	spec := op.SpecOf(n)
	switch spec.Kind {
	case op.KindInput:
		for _, w := range e.program.Weights {
			if w.Node == n {
				return e.constant(w.Name, w.Value, n)
			}
		}
		if n.Value() == nil {
			return "", e.failed(n, "it is no input of the program")
		}
		fallthrough // an input that has its value
	case op.KindConstant:
		return e.unchanging(e.free(e.program.LayerOf(n), "constant"), n.Value(), n)
	}
	write := writers[spec.Kind]
	if write == nil {
		return "", e.failed(n, "its kind %v is not known to the ONNX export", spec.Kind)
	}
	return write(&nodeWriter{exporter: e, n: n, spec: spec, in: op.Operands(n)})
}

// free is a name that nothing has, for a value of a layer.
func (e *exporter) free(layer, what string) string {
	name := what
	if layer != "" {
		name = layer + "/" + what
	}
	for i, base := 2, name; e.taken[name]; i++ {
		name = fmt.Sprintf("%s_%d", base, i)
	}
	e.taken[name] = true
	return name
}

// constant writes a value as an initialiser.
func (e *exporter) constant(name string, v gorgonia.Value, n *gorgonia.Node) (string, error) {
	return e.initializer(name, dataOf(v), n, slices.Clone(n.Shape()))
}

// broadcasting are the kinds of operations that repeat an operand of one sample for all.
var broadcasting = map[op.Kind]bool{
	op.KindAdd: true, op.KindSub: true, op.KindMul: true, op.KindDiv: true, op.KindPow: true, op.KindCompare: true, op.KindElementwise: true,
}

// unchanging writes a value that no input changes. If it has a part for each sample, these must be alike, and one is written.
func (e *exporter) unchanging(name string, v gorgonia.Value, n *gorgonia.Node) (string, error) {
	shape := e.shape(n)
	axis := slices.Index(shape, -1)
	if axis < 0 {
		return e.constant(name, v, n)
	}
	if axis > 0 || slices.Contains(shape[1:], -1) {
		return "", e.failed(n, "it is a constant whose shape depends on the batch size")
	}
	data, batch := dataOf(v), n.Shape()[0]
	var alike bool
	if data, alike = firstOf(data, batch); !alike {
		return "", e.failed(n, "it is a constant that is not the same for each sample")
	}
	e.single[n] = true
	shape[0] = 1
	return e.initializer(name, data, n, shape)
}

// firstOf is the first of some equal parts of a list of floats.
func firstOf(data any, parts int) (first any, alike bool) {
	switch data := data.(type) {
	case []float32:
		return equalParts(data, parts)
	case []float64:
		return equalParts(data, parts)
	}
	return nil, false
}

func equalParts[T comparable](data []T, parts int) (first []T, alike bool) {
	size := len(data) / parts
	for i := range parts {
		if !slices.Equal(data[i*size:(i+1)*size], data[:size]) {
			return nil, false
		}
	}
	return data[:size], true
}

func (e *exporter) initializer(name string, data any, n *gorgonia.Node, shape []int) (string, error) {
	t := &onnxfile.Tensor{Name: name, Type: typeOf(n.Dtype()), Shape: shape}
	switch data := data.(type) {
	case []float32:
		for _, x := range data {
			t.Raw = binary.LittleEndian.AppendUint32(t.Raw, math.Float32bits(x))
		}
	case []float64:
		for _, x := range data {
			t.Raw = binary.LittleEndian.AppendUint64(t.Raw, math.Float64bits(x))
		}
	case []int:
		for _, x := range data {
			t.Raw = binary.LittleEndian.AppendUint64(t.Raw, uint64(x))
		}
	default:
		return "", e.failed(n, "got a value of %T", data)
	}
	e.file.Initializers = append(e.file.Initializers, t)
	return name, nil
}

// dataOf lists the elements of a tensor or a scalar.
func dataOf(v gorgonia.Value) any {
	switch v := v.(type) {
	case *gorgonia.F32:
		return []float32{float32(*v)}
	case *gorgonia.F64:
		return []float64{float64(*v)}
	case *tensor.Dense:
		if v.RequiresIterator() || v.DataOrder().IsColMajor() {
			return nil
		}
		switch data := v.Data().(type) {
		case float32:
			return []float32{data}
		case float64:
			return []float64{data}
		default:
			return data
		}
	}
	return nil
}

// list writes integers as an initialiser, as newer operations read axes and shapes.
func (e *exporter) list(layer, what string, list ...int) string {
	t := &onnxfile.Tensor{Name: e.free(layer, what), Type: onnxfile.Int64, Shape: []int{len(list)}, Raw: []byte{}}
	for _, v := range list {
		t.Raw = binary.LittleEndian.AppendUint64(t.Raw, uint64(v))
	}
	e.file.Initializers = append(e.file.Initializers, t)
	return t.Name
}

// number writes a float of the program's type without dimensions.
func (e *exporter) number(layer, what string, v float64) string {
	t := &onnxfile.Tensor{Name: e.free(layer, what), Type: typeOf(e.program.Params.Dtype())}
	if t.Type == onnxfile.Double {
		t.Raw = binary.LittleEndian.AppendUint64(nil, math.Float64bits(v))
	} else {
		t.Raw = binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(v)))
	}
	e.file.Initializers = append(e.file.Initializers, t)
	return t.Name
}

// attributes are those of a node that is written: int, []int, float64, string or []string, by their names.
type attributes map[string]any

// addNamed writes a node whose output has a name.
func (e *exporter) addNamed(kind string, inputs []string, output string, a attributes) {
	n := &onnxfile.Node{Op: kind, Name: "node " + output, Inputs: inputs, Outputs: []string{output}}
	if len(a) > 0 {
		n.Attributes = make(map[string]*onnxfile.Attribute)
	}
	for name, v := range a {
		switch v := v.(type) {
		case int:
			n.Attributes[name] = &onnxfile.Attribute{Type: onnxfile.AttributeInt, Int: int64(v)}
		case float64:
			n.Attributes[name] = &onnxfile.Attribute{Type: onnxfile.AttributeFloat, Float: float32(v)}
		case string:
			n.Attributes[name] = &onnxfile.Attribute{Type: onnxfile.AttributeString, String: v}
		case []string:
			n.Attributes[name] = &onnxfile.Attribute{Type: onnxfile.AttributeStrings, Strings: v}
		case []int:
			ints := make([]int64, len(v))
			for i, k := range v {
				ints[i] = int64(k)
			}
			n.Attributes[name] = &onnxfile.Attribute{Type: onnxfile.AttributeInts, Ints: ints}
		}
	}
	e.file.Nodes = append(e.file.Nodes, n)
}

// A nodeWriter writes one node of the graph, as one or several nodes of the file.
type nodeWriter struct {
	*exporter
	n    *gorgonia.Node
	spec op.Spec
	in   []*gorgonia.Node
	err  error // the first one
}

func (w *nodeWriter) layer() string { return w.program.LayerOf(w.n) }

// arg is the name of operand i.
func (w *nodeWriter) arg(i int) string {
	name, err := w.write(w.in[i])
	if err == nil && w.single[w.in[i]] && !broadcasting[w.spec.Kind] && !(w.spec.Kind == op.KindMatMul && w.n.Dims() > 2) {
		err = w.failed(w.n, "it reads a constant for each sample")
	}
	if w.err == nil {
		w.err = err
	}
	return name
}

// args are the names of all operands.
func (w *nodeWriter) args() []string {
	names := make([]string, len(w.in))
	for i := range names {
		names[i] = w.arg(i)
	}
	return names
}

// add writes a node and gives the name of its value.
func (w *nodeWriter) add(kind string, a attributes, inputs ...string) string {
	name := w.free(w.layer(), lower(kind))
	w.addNamed(kind, inputs, name, a)
	return name
}

// done gives a name with the first error.
func (w *nodeWriter) done(name string) (string, error) { return name, w.err }

func (w *nodeWriter) fail(format string, args ...any) (string, error) {
	return "", w.failed(w.n, format, args...)
}

// reshaped changes the shape of a value to that of the node.
func (w *nodeWriter) reshaped(name string) (string, error) {
	shape := w.shape(w.n)
	free := 0
	for _, n := range shape {
		if n < 0 {
			free++
		}
	}
	if free > 1 {
		return w.fail("got shape %v, in which several axes depend on the batch size", w.n.Shape())
	}
	if len(shape) == 0 {
		return w.done(w.add("Reshape", nil, name, w.list(w.layer(), "shape")))
	}
	return w.done(w.add("Reshape", nil, name, w.list(w.layer(), "shape", shape...)))
}
