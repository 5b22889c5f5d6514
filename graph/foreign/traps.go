package foreign

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// A trap is something that goes wrong at a node.
type trap struct {
	what     string
	at       func(l *linter, n *gorgonia.Node) bool
	remedy   string
	mended   bool // by the machine, without a replacement of the node
	upstream bool // the graph itself is wrong, so that no replacement of the node mends it
}

var traps = []trap{
	{
		what: "a reduction along axis 2 of a tensor of four dimensions adds the wrong elements",
		at: func(_ *linter, n *gorgonia.Node) bool {
			along := op.SpecOf(n).Axes
			return isStockOf(n, op.KindSum, op.KindMax) &&
				op.Operands(n)[0].Dims() == 4 && slices.Contains(along, 2) && !slices.Contains(along, 0) && !slices.Contains(along, 1)
		},
		remedy: "Reshape the last two axes into one and reduce that",
	},
	{
		what: "a reshaped value shares its memory with what was reshaped, which other operations read as well: the TapeMachine may write over it",
		at: func(l *linter, n *gorgonia.Node) bool {
			return isStockOf(n, op.KindReshape) && op.Operands(n)[0].Op() != nil && l.readers[op.Operands(n)[0]] > 1
		},
		remedy: "Reshape a copy, or use machine.Machine",
	},
	{
		what: "softmax takes the maximum of the whole tensor's first element and overflows for rows far above it",
		at: func(_ *linter, n *gorgonia.Node) bool {
			return isStockOf(n, op.KindSoftmax, op.KindLogSoftmax) && op.SpecOf(n).Name == ""
		},
		remedy: "Use op.Softmax or op.CrossEntropy",
	},
	{
		what: "this gives log-probabilities: taking the logarithm of a SoftMax changes the SoftMax itself, and SoftMax and LogSoftMax of one tensor are one node",
		at: func(_ *linter, n *gorgonia.Node) bool {
			return isStockOf(n, op.KindLogSoftmax)
		},
		remedy:   "Use op.Softmax for probabilities beside it",
		upstream: true,
	},
	{
		what: "two parameters share this gradient: a solver of Gorgonia's sets it to zero after it has moved the first, and the second stays where it is",
		at: func(_ *linter, n *gorgonia.Node) bool {
			parameters := 0
			for _, of := range n.DerivOf() {
				if of.Op() == nil {
					parameters++
				}
			}
			return parameters > 1
		},
		remedy:   "Copy the gradients before the solver's step, or give both parameters as one",
		upstream: true,
	},
	{
		what: "Gorgonia tells slices apart only by the last byte of start, end and step: this node may stand for another slice of the same tensor",
		at: func(l *linter, n *gorgonia.Node) bool {
			spec := op.SpecOf(n)
			if !isStockOf(n, op.KindSlice) || spec.Name != "" {
				return false
			}
			if slices.ContainsFunc(spec.Bounds, func(v int) bool { return v > 255 }) {
				return true
			}
			// A slice that was merged into this node leaves no trace but a second reader.
			return l.readers[n] > 1 && slices.Max(append(op.Operands(n)[0].Shape(), 0)) > 256
		},
		remedy:   "Multiply by a selection matrix, or slice in steps below 256",
		upstream: true,
	},
	{
		what: "the gradient of Concat is made of slices, which Gorgonia tells apart only by the last byte of their bounds",
		at: func(_ *linter, n *gorgonia.Node) bool {
			axis := op.SpecOf(n).Axes
			return isStockOf(n, op.KindConcat) && n.Deriv() != nil && len(axis) == 1 && n.Shape()[axis[0]] > 255
		},
		remedy:   "Keep the joined axis at 255 elements or fewer",
		upstream: true,
	},
	{
		what:   "the gradient of Dropout is dy/p where it should be dy/(1-p)",
		at:     func(_ *linter, n *gorgonia.Node) bool { return isNamed(n, "dropout", op.KindGradient) },
		remedy: "Use the layer graph.Dropout, or multiply by op.DropoutMask",
	},
	{
		what: "several nodes read this Dropout: it may stand for several, which Gorgonia takes for one if their input is the same, even with other probabilities",
		at: func(l *linter, n *gorgonia.Node) bool {
			return isStockOf(n, op.KindDropout) && l.forward[n] > 1
		},
		remedy:   "Use the layer graph.Dropout, or multiply by op.DropoutMask",
		upstream: true,
	},
	{
		what:     "two products read these patches of an image: they may stand for those of another dilation, which Gorgonia takes for the same",
		at:       mayHaveAnotherDilation,
		remedy:   "Give each convolution an input of its own, such as a sum with zero",
		upstream: true,
	},
	{
		what:     "of elements of equal size each gets the whole gradient of this maximum",
		at:       func(_ *linter, n *gorgonia.Node) bool { return isStockOf(n, op.KindMax) && n.Deriv() != nil },
		remedy:   "Use op.ReduceMax, or make sure that no two elements are equal",
		upstream: true,
	},
	{
		// Gorgonia tells constants apart by printing them, whatever their names, and prints no more than the ends of a large tensor.
		what: "a constant that is printed without some of its elements: Gorgonia takes it for another with the same ends",
		at: func(_ *linter, n *gorgonia.Node) bool {
			return isStockOf(n, op.KindConstant) && n.Dims() > 0 && strings.Contains(fmt.Sprint(n.Value()), "...")
		},
		remedy:   "Use gorgonia.NewTensor with gorgonia.WithValue and a name of its own in place of gorgonia.NewConstant",
		upstream: true,
	},
	{
		what: "in evaluation mode the gradient through batch normalisation of images is that of the batch's variance, not of the running one",
		at: func(_ *linter, n *gorgonia.Node) bool {
			return isNamed(n, "normalization", op.KindGradient) && n.Dims() == 4
		},
		remedy: "Differentiate in training mode only, or use the layer graph.BatchNorm",
	},
	{
		what: "several nodes read this maximum of windows, whose padding differs from side to side: it may stand for one with another padding at the lower or right side",
		at: func(l *linter, n *gorgonia.Node) bool {
			return isStockOf(n, op.KindPool) && l.forward[n] > 1 && hasUnevenPadding(n)
		},
		remedy:   "Pad the image before, by the same number on all sides",
		upstream: true,
	},
	{
		what:   "a Set statement does nothing on the TapeMachine",
		at:     func(_ *linter, n *gorgonia.Node) bool { return isNamed(n, "let", op.KindStatement) },
		remedy: "Bind the value with gorgonia.Let after the run",
		mended: true,
	},
	{
		what:   "average pooling divides by the width of the input, not by the size of the window, and so does its gradient",
		at:     func(_ *linter, n *gorgonia.Node) bool { return isNamed(n, "average", op.KindPool, op.KindGradient) },
		remedy: "Use op.AvgPool2D",
	},
	{
		what:     "global average pooling has no gradient, and Grad panics over it",
		at:       func(_ *linter, n *gorgonia.Node) bool { return isNamed(n, "global average", op.KindPool) },
		remedy:   "Use op.GlobalAvgPool",
		upstream: true,
	},
	{
		what: "the gradient of this operation is wrong",
		at: func(_ *linter, n *gorgonia.Node) bool {
			return n.Deriv() != nil && (isStockOf(n, op.KindInverseSqrt, op.KindOuter) || isNamed(n, "log2", op.KindElementwise))
		},
		remedy:   "Write it with others: Inverse(Sqrt(x)), Log(x)/log 2, or a product of matrices (n, 1) and (1, m)",
		upstream: true,
	},
	{
		what:     "LogSumExp computes log(sum + max), which is not the logarithm of the sum of exponentials",
		at:       isLogSumExp,
		remedy:   "Use op.LogSoftmax or op.CrossEntropy, or Log(Sum(Exp(x))) of small numbers",
		upstream: true,
	},
	{
		what:     "the logarithm of an input is only added, as in log(p·y) = log p + log y: the loss has the same gradient whatever this input is",
		at:       leavesInputOut,
		remedy:   "If it is the target, multiply by it: HadamardProd(Log(p), y)",
		upstream: true,
	},
	{
		// Gorgonia names an unnamed node by printing its operation, which an input does not have.
		what:     "an input without a name: Gorgonia takes inputs of one name, type and shape for the same",
		at:       func(_ *linter, n *gorgonia.Node) bool { return n.Op() == nil && strings.HasPrefix(n.Name(), "%!") },
		remedy:   "Give each input a name of its own with gorgonia.WithName",
		upstream: true,
	},
	{
		what:   "making a TapeMachine sets batch normalisation to training or evaluation and forgets its running statistics, in all machines of the graph",
		at:     func(_ *linter, n *gorgonia.Node) bool { return isStockOf(n, op.KindNormalize) },
		remedy: "Make all machines before training, or use the layer graph.BatchNorm",
		mended: true,
	},
	{
		what:   "the value of At is nil on the TapeMachine",
		at:     func(_ *linter, n *gorgonia.Node) bool { return isNamed(n, "at", op.KindSlice) },
		remedy: "Read the element from the tensor's value",
		mended: true,
	},
}

// isStockOf tells whether a node is an operation of Gorgonia's own, of one of the kinds.
func isStockOf(n *gorgonia.Node, kinds ...op.Kind) bool {
	_, ours := n.Op().(*op.Op)
	return !ours && slices.Contains(kinds, op.SpecOf(n).Kind)
}

// isNamed is isStockOf of an operation with a name.
func isNamed(n *gorgonia.Node, name string, kinds ...op.Kind) bool {
	return isStockOf(n, kinds...) && op.SpecOf(n).Name == name
}

// isLogSumExp recognises ln(Σ ... + max ...).
func isLogSumExp(_ *linter, n *gorgonia.Node) bool {
	if !isStockOf(n, op.KindLog) || !isStockOf(op.Operands(n)[0], op.KindAdd) {
		return false
	}
	terms := op.Operands(op.Operands(n)[0])
	has := func(k op.Kind) bool {
		return slices.ContainsFunc(terms, func(term *gorgonia.Node) bool { return isStockOf(term, k) })
	}
	return has(op.KindSum) && has(op.KindMax)
}

// mayHaveAnotherDilation recognises patches for several convolutions, if patches with another dilation would have their shape.
func mayHaveAnotherDilation(l *linter, n *gorgonia.Node) bool {
	if !isStockOf(n, op.KindPatches) || !l.readTwice(n) {
		return false
	}
	image, sizes := op.Operands(n)[0].Shape(), op.SpecOf(n).Bounds
	if len(image) != 4 || len(sizes) != 8 {
		return false
	}
	steps := func(axis, dilation int) int { // to which the window is moved
		window, padding, stride := sizes[axis], sizes[2+axis], sizes[4+axis]
		return (image[2+axis] + 2*padding - dilation*(window-1) - 1) / stride
	}
	for other := 1; other <= 8; other++ {
		if (other != sizes[6] || other != sizes[7]) && max(sizes[0], sizes[1]) > 1 &&
			steps(0, other) == steps(0, sizes[6]) && steps(1, other) == steps(1, sizes[7]) {
			return true
		}
	}
	return false
}

// hasUnevenPadding tells whether a maximum of windows pads opposite sides by different numbers.
func hasUnevenPadding(n *gorgonia.Node) bool {
	v := reflect.ValueOf(n.Op())
	if v.Kind() != reflect.Pointer {
		return false
	}
	r := fieldReader{of: v.Elem()}
	return read[int](&r, "padNorth") != read[int](&r, "padSouth") || read[int](&r, "padWest") != read[int](&r, "padEast")
}
