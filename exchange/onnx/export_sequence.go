package onnx

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// floats writes numbers of the program's type as an initialiser.
func (e *exporter) floats(layer, what string, numbers []float64, shape ...int) string {
	t := &onnxfile.Tensor{Name: e.free(layer, what), Type: typeOf(e.program.Params.Dtype()), Shape: shape, Raw: []byte{}}
	for _, v := range numbers {
		if t.Type == onnxfile.Double {
			t.Raw = binary.LittleEndian.AppendUint64(t.Raw, math.Float64bits(v))
		} else {
			t.Raw = binary.LittleEndian.AppendUint32(t.Raw, math.Float32bits(float32(v)))
		}
	}
	e.file.Initializers = append(e.file.Initializers, t)
	return t.Name
}

// A cellForm tells how ONNX has a cell: its name, and the place of each of its gates among ours.
type cellForm struct {
	kind       string
	gates      []int
	attributes attributes
}

var cellForms = map[op.Cell]cellForm{
	op.RNNTanh: {"RNN", []int{0}, attributes{"activations": []string{"Tanh"}}},
	op.RNNReLU: {"RNN", []int{0}, attributes{"activations": []string{"Relu"}}},
	op.LSTM:    {"LSTM", []int{0, 3, 1, 2}, nil},
	op.GRU:     {"GRU", []int{1, 0, 2}, attributes{"linear_before_reset": 1}},
}

// writeRecurrent writes a recurrence. The products of the inputs have been computed before, so the weight of its inputs only brings the
// gates into ONNX's order.
func writeRecurrent(w *nodeWriter) (string, error) {
	form, layer := cellForms[w.spec.Cell], w.layer()
	units := w.in[1].Shape()[1]
	var rows []int
	for _, gate := range form.gates {
		rows = append(rows, span(gate*units, units)...)
	}
	n := len(rows)
	identity := make([]float64, n*n)
	for i, row := range rows {
		identity[i*n+row] = 1
	}
	order, axis := w.list(layer, "gates", rows...), w.list(layer, "axes", 0)
	ordered := func(name string) string { return w.add("Gather", attributes{"axis": 0}, name, order) }
	inputs := make([]string, 7)
	inputs[0] = w.add("Transpose", attributes{"perm": []int{1, 0, 2}}, w.arg(0))
	inputs[1] = w.floats(layer, "identity", identity, 1, n, n)
	inputs[2] = w.add("Unsqueeze", nil, ordered(w.arg(1)), axis)
	bias := map[string]string{}
	for i, what := range w.spec.Operands {
		name := w.arg(2 + i)
		switch what {
		case "first state":
			inputs[5] = w.add("Unsqueeze", nil, name, axis)
		case "first cell":
			inputs[6] = w.add("Unsqueeze", nil, name, axis)
		case "lengths":
			inputs[4] = w.add("Cast", attributes{"to": int(onnxfile.Int32)}, name)
		default:
			bias[what] = ordered(name)
		}
	}
	if len(bias) > 0 {
		var parts []string
		for _, what := range []string{"input bias", "hidden bias"} {
			if bias[what] == "" {
				bias[what] = w.floats(layer, "zeros", make([]float64, n), n)
			}
			parts = append(parts, bias[what])
		}
		inputs[3] = w.add("Unsqueeze", nil, w.add("Concat", attributes{"axis": 0}, parts...), axis)
	}
	return w.done(w.recurrence(form, inputs, units))
}

// recurrence writes the node, and notes the names of its outputs.
func (w *nodeWriter) recurrence(form cellForm, inputs []string, units int) string {
	a := attributes{"hidden_size": units, "direction": "forward"}
	if w.spec.Reverse {
		a["direction"] = "reverse"
	}
	for name, v := range form.attributes {
		a[name] = v
	}
	last := 2
	for i, name := range inputs {
		if name != "" {
			last = i
		}
	}
	outputs := []string{w.free(w.layer(), "steps"), w.free(w.layer(), "state")}
	if form.kind == "LSTM" {
		outputs = append(outputs, w.free(w.layer(), "cell"))
	}
	w.addNode(form.kind, inputs[:last+1], outputs, a)
	w.records[w.n] = outputs
	return outputs[0]
}

// writeRecurrentPart writes the states of all steps, or the last ones.
func writeRecurrentPart(w *nodeWriter) (string, error) {
	w.arg(0)
	outputs := w.records[w.in[0]]
	switch {
	case w.err != nil || outputs == nil:
		return w.done("")
	case w.spec.Name == "states": // those of all steps with the last ones
		w.records[w.n] = outputs
		return w.done(outputs[0])
	case w.spec.Name == "outputs":
		return w.reshaped(w.add("Transpose", attributes{"perm": []int{2, 0, 1, 3}}, outputs[0]))
	case w.spec.Name == "last" && len(outputs) == 2:
		return w.done(outputs[1])
	case w.spec.Name == "last":
		return w.done(w.add("Concat", attributes{"axis": 0}, outputs[1:]...))
	}
	return w.fail("got the part %q", w.spec.Name)
}

// writeAttention writes attention out. Queries that see no key give NaN, as in PyTorch, and not zeros.
func writeAttention(w *nodeWriter) (string, error) {
	q, k, v, rest := w.thirds()
	heads := w.spec.Heads
	queries, keys, width := w.n.Shape()[1], w.in[0].Shape()[1], w.in[0].Shape()[2]/heads
	if w.spec.Packed {
		width /= 3
	} else {
		keys = w.in[1].Shape()[1]
	}
	split := func(name string, time int, order ...int) string {
		parts := w.add("Reshape", nil, name, w.list(w.layer(), "heads", 0, time, heads, -1))
		return w.add("Transpose", attributes{"perm": order}, parts)
	}
	scale := w.spec.Factor
	if scale == 0 {
		scale = 1 / math.Sqrt(float64(width))
	}
	scores := w.add("MatMul", nil, split(q, queries, 0, 2, 1, 3), split(k, keys, 0, 2, 3, 1))
	scores = w.add("Mul", nil, scores, w.number(w.layer(), "scale", scale))
	scores = w.masked(scores, rest, queries, keys)
	y := w.add("MatMul", nil, w.add("Softmax", attributes{"axis": 3}, scores), split(v, keys, 0, 2, 1, 3))
	return w.reshaped(w.add("Transpose", attributes{"perm": []int{0, 2, 1, 3}}, y))
}

// thirds are queries, keys and values, and the place of the operand after them.
func (w *nodeWriter) thirds() (q, k, v string, rest int) {
	if !w.spec.Packed {
		return w.arg(0), w.arg(1), w.arg(2), 3
	}
	var parts []string
	for range 3 {
		parts = append(parts, w.free(w.layer(), "third"))
	}
	w.addNode("Split", []string{w.arg(0)}, parts, attributes{"axis": 2})
	return parts[0], parts[1], parts[2], 1
}

// masked hides keys: those after a query, those after a sequence's end, and those that a mask hides.
func (w *nodeWriter) masked(scores string, rest, queries, keys int) string {
	hidden := math.Inf(-1)
	if w.spec.Causal {
		mask := make([]float64, queries*keys)
		for i := range mask {
			if i%keys > i/keys+keys-queries {
				mask[i] = hidden
			}
		}
		scores = w.add("Add", nil, scores, w.floats(w.layer(), "mask", mask, queries, keys))
	}
	for i := rest; i < len(w.in); i++ {
		if w.in[i].Dims() > 1 {
			scores = w.add("Add", nil, scores, w.arg(i))
			continue
		}
		lengths := w.add("Reshape", nil, w.lengths(i), w.list(w.layer(), "shape", -1, 1, 1, 1))
		seen := w.add("Less", nil, w.places(0, keys), lengths)
		scores = w.add("Where", nil, seen, scores, w.number(w.layer(), "hidden", hidden))
	}
	return scores
}

// lengths are those of sequences as floats: integers that depend on data cannot be compared when the file is read.
func (w *nodeWriter) lengths(operand int) string {
	return w.add("Cast", attributes{"to": int(typeOf(w.program.Params.Dtype()))}, w.arg(operand))
}

// places are n places in a sequence, from the first on.
func (w *nodeWriter) places(first, n int) string {
	places := make([]float64, n)
	for i := range places {
		places[i] = float64(first + i)
	}
	return w.floats(w.layer(), "places", places, n)
}

// lastSteps takes the last step of each sequence: with lengths by a product with rows that are 1 there and 0 elsewhere.
func (w *nodeWriter) lastSteps() (string, error) {
	x, steps, layer := w.arg(0), w.in[0].Shape()[1], w.layer()
	if len(w.in) == 1 {
		return w.reshaped(w.add("Gather", attributes{"axis": 1}, x, w.list(layer, "last", steps-1)))
	}
	lengths := w.add("Reshape", nil, w.lengths(1), w.list(layer, "shape", -1, 1, 1))
	isLast := w.add("Cast", attributes{"to": int(typeOf(w.n.Dtype()))}, w.add("Equal", nil, w.places(1, steps), lengths))
	return w.reshaped(w.add("MatMul", nil, isLast, x))
}

// writeRotate writes the rotation of pairs by their angles: x·cos + swapped·sin.
func writeRotate(w *nodeWriter) (string, error) {
	shape, heads := w.n.Shape(), w.spec.Heads
	time, width := shape[1], shape[2]
	half := width / heads / 2
	cos, sin, swap := make([]float64, time*width), make([]float64, time*width), make([]int, width)
	for j := range width {
		i, sign := j%(2*half), -1.0
		swap[j] = j + half
		if i >= half {
			i, sign, swap[j] = i-half, 1, j-half
		}
		for t := range time {
			s, c := math.Sincos(float64(t) * math.Pow(w.spec.Factor, -float64(i)/float64(half)))
			cos[t*width+j], sin[t*width+j] = c, sign*s
		}
	}
	x, layer := w.arg(0), w.layer()
	turned := w.add("Mul", nil, x, w.floats(layer, "cosines", cos, time, width))
	swapped := w.add("Gather", attributes{"axis": 2}, x, w.list(layer, "pairs", swap...))
	return w.done(w.add("Add", nil, turned, w.add("Mul", nil, swapped, w.floats(layer, "sines", sin, time, width))))
}

// addNode writes a node with several outputs.
func (e *exporter) addNode(kind string, inputs, outputs []string, a attributes) {
	e.addNamed(kind, inputs, outputs[0], a)
	n := e.file.Nodes[len(e.file.Nodes)-1]
	n.Outputs, n.Name = slices.Clone(outputs), fmt.Sprintf("node %s", outputs[0])
}
