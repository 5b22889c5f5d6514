package onnx

import (
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/graph/op"
)

func lower(kind string) string { return strings.ToLower(kind) }

// A writer writes a node of one kind, and gives the name of its value.
type writer func(w *nodeWriter) (string, error)

// writers write nodes, by their kinds. It is filled by init, because a writer writes what its node reads.
var writers map[op.Kind]writer

func init() {
	writers = map[op.Kind]writer{
		op.KindLinear: same("Gemm"), op.KindMatMul: writeMatMul, op.KindEmbedding: same("Gather"),
		op.KindConv: writeConv, op.KindConvTransposed: writeConvTransposed, op.KindPool: writePool, op.KindPad: writePad,

		op.KindAdd: same("Add"), op.KindSub: same("Sub"), op.KindMul: writeMul, op.KindDiv: same("Div"), op.KindPow: same("Pow", "power_of"),
		op.KindCompare: writeCompare, op.KindScale: writeScale, op.KindActivate: writeActivation, op.KindElementwise: writeElementwise,
		op.KindExp: same("Exp", "exp"), op.KindLog: same("Log", "log", "ln"), op.KindSqrt: same("Sqrt", "sqrt"), op.KindNeg: same("Neg", "neg"),
		op.KindInverse: same("Reciprocal", "inverse", "inv"),
		op.KindSquare:  func(w *nodeWriter) (string, error) { return w.done(w.add("Mul", nil, w.arg(0), w.arg(0))) },
		op.KindInverseSqrt: func(w *nodeWriter) (string, error) {
			return w.done(w.add("Reciprocal", nil, w.add("Sqrt", nil, w.arg(0))))
		},

		op.KindSum: writeReduction("ReduceSum"), op.KindMean: writeReduction("ReduceMean"), op.KindMax: writeReduction("ReduceMax"),
		op.KindNormalize: writeNormalize, op.KindSoftmax: writeSoftmax("Softmax"), op.KindLogSoftmax: writeSoftmax("LogSoftmax"),

		op.KindRecurrent: writeRecurrent, op.KindRecurrentPart: writeRecurrentPart, op.KindAttention: writeAttention, op.KindRotate: writeRotate,

		op.KindReshape: func(w *nodeWriter) (string, error) { return w.reshaped(w.arg(0)) },
		op.KindTranspose: func(w *nodeWriter) (string, error) {
			return w.done(w.add("Transpose", attributes{"perm": w.spec.Axes}, w.arg(0)))
		},
		op.KindConcat: writeConcat,
		op.KindSlice:  writeSlice, op.KindRepeat: writeRepeat,
	}
}

// same writes a node that ONNX has with the same operands. The names are those that operations of the kind may have: others of the kind
// compute something else.
func same(kind string, names ...string) writer {
	return func(w *nodeWriter) (string, error) {
		if w.spec.Name != "" && !slices.Contains(names, w.spec.Name) {
			return w.fail("it is a %q", w.spec.Name)
		}
		return w.done(w.add(kind, nil, w.args()...))
	}
}

// writeMul writes a product, or x·sigmoid(x)·y.
func writeMul(w *nodeWriter) (string, error) {
	if w.spec.Name != "swiglu" {
		return same("Mul")(w)
	}
	gate := w.add("Mul", nil, w.arg(0), w.add("Sigmoid", nil, w.arg(0)))
	return w.done(w.add("Mul", nil, gate, w.arg(1)))
}

// writeConcat joins tensors, along a new first axis if it is a stack.
func writeConcat(w *nodeWriter) (string, error) {
	parts := w.args()
	switch w.spec.Name {
	case "":
	case "stack":
		for i, part := range parts {
			parts[i] = w.add("Unsqueeze", nil, part, w.list(w.layer(), "axes", 0))
		}
	default:
		return w.fail("it is a %q", w.spec.Name)
	}
	return w.done(w.add("Concat", attributes{"axis": w.spec.Axes[0]}, parts...))
}

func writeMatMul(w *nodeWriter) (string, error) {
	a, b := w.arg(0), w.arg(1)
	if w.n.Dims() == 2 {
		if !w.spec.TransA && !w.spec.TransB {
			return w.done(w.add("MatMul", nil, a, b))
		}
		flag := map[bool]int{true: 1}
		return w.done(w.add("Gemm", attributes{"transA": flag[w.spec.TransA], "transB": flag[w.spec.TransB]}, a, b))
	}
	order := span(0, w.n.Dims())
	last := len(order) - 1
	order[last], order[last-1] = order[last-1], order[last]
	if w.spec.TransA {
		a = w.add("Transpose", attributes{"perm": order}, a)
	}
	if w.spec.TransB {
		b = w.add("Transpose", attributes{"perm": order}, b)
	}
	return w.done(w.add("MatMul", nil, a, b))
}

// sides takes the numbers of a window for height and width, or for the width only of sequences.
func (w *nodeWriter) sides(v [2]int) []int {
	if w.in[0].Dims() == 3 {
		return v[1:]
	}
	return v[:]
}

// windowed are the attributes of a window.
func (w *nodeWriter) windowed() attributes {
	v := w.spec.Window
	pads := w.sides(v.Padding)
	return attributes{
		"kernel_shape": w.sides(v.Size), "strides": w.sides(v.Stride), "dilations": w.sides(v.Dilation), "pads": slices.Concat(pads, pads),
	}
}

func writeConv(w *nodeWriter) (string, error) {
	a := w.windowed()
	a["group"] = w.spec.Groups
	return w.done(w.add("Conv", a, w.args()...))
}

func writeConvTransposed(w *nodeWriter) (string, error) {
	a := w.windowed()
	a["group"], a["output_padding"] = w.spec.Groups, w.sides(w.spec.Extra)
	return w.done(w.add("ConvTranspose", a, w.args()...))
}

func writePool(w *nodeWriter) (string, error) {
	switch w.spec.Name {
	case "":
		return w.done(w.add("MaxPool", w.windowed(), w.arg(0)))
	case "average":
		a := w.windowed()
		delete(a, "dilations")
		a["count_include_pad"] = map[bool]int{true: 1}[w.spec.CountPadding]
		return w.done(w.add("AveragePool", a, w.arg(0)))
	case "global average":
		return w.reshaped(w.add("GlobalAveragePool", nil, w.arg(0)))
	case "adaptive average":
		image, size := w.in[0].Shape()[2:], w.spec.Size
		if image[0]%size[0] != 0 || image[1]%size[1] != 0 {
			return w.fail("got an adaptive pool of %v to %v, want a multiple", image, size)
		}
		window := []int{image[0] / size[0], image[1] / size[1]}
		return w.done(w.add("AveragePool", attributes{"kernel_shape": window, "strides": window}, w.arg(0)))
	}
	return w.fail("got a pool %q", w.spec.Name)
}

// writePad writes PadChannels: a slice of pixels, and channels of zeros.
func writePad(w *nodeWriter) (string, error) {
	x := w.arg(0)
	if s := w.spec.Step; s > 1 {
		layer := w.layer()
		x = w.add("Slice", nil, x, w.list(layer, "starts", 0, 0), w.list(layer, "ends", math.MaxInt32, math.MaxInt32), w.list(layer, "axes", 2, 3), w.list(layer, "steps", s, s))
	}
	more := w.n.Shape()[1] - w.in[0].Shape()[1]
	return w.done(w.add("Pad", nil, x, w.list(w.layer(), "pads", 0, 0, 0, 0, 0, more, 0, 0)))
}

func writeScale(w *nodeWriter) (string, error) {
	return w.done(w.add("Mul", nil, w.arg(0), w.number(w.layer(), "factor", w.spec.Factor)))
}

// writeCompare gives numbers, as the graph has them.
func writeCompare(w *nodeWriter) (string, error) {
	kind := map[string]string{"<": "Less", "<=": "LessOrEqual", ">": "Greater", ">=": "GreaterOrEqual", "==": "Equal"}[w.spec.Sign]
	if kind == "" || w.spec.Bool {
		return w.fail("got a comparison %q", w.spec.Sign)
	}
	return w.done(w.add("Cast", attributes{"to": int(typeOf(w.n.Dtype()))}, w.add(kind, nil, w.args()...)))
}

// writeReduction writes a sum, a mean or a maximum over axes. Means of normalisations are part of these.
func writeReduction(kind string) writer {
	return func(w *nodeWriter) (string, error) {
		if len(w.spec.Axes) == 0 {
			return w.fail("it is a statistic outside of a normalisation")
		}
		keep := 0
		if w.spec.Keep {
			keep = 1
		}
		if kind == "ReduceSum" {
			return w.done(w.add(kind, attributes{"keepdims": keep}, w.arg(0), w.list(w.layer(), "axes", w.spec.Axes...)))
		}
		return w.done(w.add(kind, attributes{"axes": w.spec.Axes, "keepdims": keep}, w.arg(0)))
	}
}

func writeSoftmax(kind string) writer {
	return func(w *nodeWriter) (string, error) {
		if w.spec.Name != "" {
			return w.fail("got a %s", w.spec.Name)
		}
		axis := w.n.Dims() - 1
		if len(w.spec.Axes) > 0 {
			axis = w.spec.Axes[0]
		}
		return w.done(w.add(kind, attributes{"axis": axis}, w.arg(0)))
	}
}

// writeNormalize writes a normalisation with its statistics.
func writeNormalize(w *nodeWriter) (string, error) {
	if w.spec.Name == "rms" && len(w.in) == 2 {
		return w.rmsNorm()
	}
	if len(w.in) != 5 || w.spec.Name != "" {
		return w.fail("got %d operands, want 5", len(w.in))
	}
	rstd := op.SpecOf(w.in[2])
	from := op.Operands(w.in[2])
	if rstd.Kind != op.KindRStd || len(from) == 0 {
		return w.fail("its deviation is computed by %v", w.in[2].Op())
	}
	eps := attributes{"epsilon": rstd.Eps}
	x, gain, shift := w.arg(0), w.arg(3), w.arg(4)
	if w.spec.Frozen && len(from) == 1 && (w.spec.Over == op.OverBatch || w.spec.Over == op.OverImages) {
		variance, err := w.write(from[0])
		if err != nil {
			return "", err
		}
		return w.done(w.add("BatchNormalization", eps, x, gain, shift, w.arg(1), variance))
	}
	ofX := len(from) == 2 && from[0] == w.in[0] && from[1] == w.in[1]
	switch groups := w.spec.Over.Groups(); {
	case !ofX || w.spec.Frozen:
		return w.fail("its statistics are neither those of its input nor fixed")
	case w.spec.Over == op.OverFeatures:
		eps["axis"] = w.n.Dims() - 1
		return w.done(w.add("LayerNormalization", eps, x, gain, shift))
	case groups > 0:
		return w.groupNorm(x, gain, shift, groups, eps)
	}
	return w.fail("it takes the statistics of the batch, as in training")
}

// rmsNorm is x/√(mean of x² + eps) times the gain.
func (w *nodeWriter) rmsNorm() (string, error) {
	x, layer := w.arg(0), w.layer()
	mean := w.add("ReduceMean", attributes{"axes": []int{w.n.Dims() - 1}, "keepdims": 1}, w.add("Mul", nil, x, x))
	root := w.add("Sqrt", nil, w.add("Add", nil, mean, w.number(layer, "eps", w.spec.Eps)))
	return w.done(w.add("Mul", nil, w.add("Div", nil, x, root), w.arg(1)))
}

// groupNorm normalises groups of channels as instances, which opset 17 has.
func (w *nodeWriter) groupNorm(x, gain, shift string, groups int, eps attributes) (string, error) {
	layer, channels := w.layer(), w.n.Shape()[1]
	grouped := w.add("Reshape", nil, x, w.list(layer, "groups", 0, groups, -1))
	one, zero := w.number(layer, "one", 1), w.number(layer, "zero", 0)
	size := w.list(layer, "number", groups)
	y := w.add("InstanceNormalization", eps, grouped, w.add("Expand", nil, one, size), w.add("Expand", nil, zero, size))
	y, err := w.reshaped(y)
	if err != nil {
		return "", err
	}
	vector := append([]int{channels}, slices.Repeat([]int{1}, w.n.Dims()-2)...)
	y = w.add("Mul", nil, y, w.add("Reshape", nil, gain, w.list(layer, "shape", vector...)))
	return w.done(w.add("Add", nil, y, w.add("Reshape", nil, shift, w.list(layer, "shape", vector...))))
}

// writeSlice writes a slice of Gorgonia's, which leaves out an axis of size 1.
func writeSlice(w *nodeWriter) (string, error) {
	b := w.spec.Bounds
	if len(b) == 0 && w.spec.Name == "" { // all along the axis
		return w.reshaped(w.arg(0))
	}
	switch w.spec.Name {
	case "take":
		return w.take()
	case "last steps":
		return w.lastSteps()
	case "step":
		return w.reshaped(w.add("Gather", attributes{"axis": 0}, w.arg(0), w.list(w.layer(), "step", w.spec.Index)))
	}
	if w.spec.Name != "" || len(w.spec.Axes) != 1 || len(b) != 3 {
		return w.fail("got a slice %q with bounds %v", w.spec.Name, b)
	}
	if axis := w.spec.Axes[0]; w.shape(w.in[0])[axis] < 0 {
		return w.fail("it cuts along the batch")
	}
	layer := w.layer()
	y := w.add("Slice", nil, w.arg(0), w.list(layer, "starts", b[0]), w.list(layer, "ends", b[1]), w.list(layer, "axes", w.spec.Axes[0]), w.list(layer, "steps", max(1, b[2])))
	return w.reshaped(y)
}

// writeRepeat repeats along an axis that has one element.
func writeRepeat(w *nodeWriter) (string, error) {
	if len(w.spec.Axes) == 0 || w.in[0].Dims() != w.n.Dims() || w.in[0].Shape()[w.spec.Axes[0]] != 1 || w.shape(w.n)[w.spec.Axes[0]] < 0 {
		return w.fail("it repeats an axis of several elements, or to the size of the batch")
	}
	times := slices.Repeat([]int{1}, w.n.Dims())
	times[w.spec.Axes[0]] = w.n.Shape()[w.spec.Axes[0]]
	return w.done(w.add("Tile", nil, w.arg(0), w.list(w.layer(), "repeats", times...)))
}
