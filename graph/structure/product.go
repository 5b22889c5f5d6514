package structure

import (
	"math"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A product is the product of a parameter and samples: a linear map. Nodes are positions in the flow.
type product struct {
	node               int
	weight, data, bias int // the bias is -1 if the operation has none
	transposed         bool
	unitAxis           int // of the result, counted back from the last; -1 if all of it is one unit's
	inner              int // products that are summed for each element; 0 in a lookup
}

// productAt recognises a linear map. It needs the origins of the node's operands.
func (f *flow) productAt(n int) (p product, ok bool) {
	from, spec := f.reads[n], f.specs[n]
	if !isProduct(spec.Kind) || len(from) < 2 {
		return p, false
	}
	left, right := from[0], from[1]
	switch {
	case spec.Kind != op.KindEmbedding && f.isMap(right, left):
		p = product{node: n, weight: right, data: left, transposed: spec.TransB, unitAxis: 0}
	case !isConvolution(spec.Kind) && f.isMap(left, right):
		p = product{node: n, weight: left, data: right, transposed: spec.TransA, unitAxis: 1}
	default:
		return p, false
	}
	p.bias = -1
	if len(from) > 2 && (spec.Kind == op.KindLinear || isConvolution(spec.Kind)) {
		p.bias = from[2]
	}
	p.inner = innerSize(spec, f.shapes[left], f.shapes[right], f.shapes[n])
	switch vector := len(f.shapes[p.weight]) < 2; {
	case isConvolution(spec.Kind):
		p.unitAxis = len(f.shapes[n]) - 2
	case spec.Kind == op.KindEmbedding:
		p.unitAxis = 0
	case spec.Kind == op.KindDot, spec.Kind == op.KindMatVec && vector:
		p.unitAxis = -1
	case spec.Kind == op.KindMatVec:
		p.unitAxis = 0
	case spec.Kind == op.KindTensordot && p.weight == left:
		p.unitAxis = len(f.shapes[n]) - 1
	}
	return p, true
}

func isProduct(k op.Kind) bool { return k >= op.KindLinear && k <= op.KindEmbedding }

func isConvolution(k op.Kind) bool { return k == op.KindConv || k == op.KindConvTransposed }

// isMap reports whether the product of two nodes is a linear map whose weight is the first.
func (f *flow) isMap(weight, data int) bool {
	return f.origins[weight] == parameter &&
		(f.origins[data] == sample || f.origins[data] == constant && len(f.shapes[data]) > 0)
}

// innerSize is the number of products that are summed for each element of a product.
func innerSize(spec op.Spec, left, right, out tensor.Shape) int {
	switch spec.Kind {
	case op.KindLinear, op.KindMatMul:
		if spec.TransA {
			return left[len(left)-2]
		}
		return left[len(left)-1]
	case op.KindMatVec, op.KindDot:
		return sizeOf(right)
	case op.KindOuter:
		return 1
	case op.KindConv: // the weight is (out, in/groups, window ...)
		return sizeOf(right[1:])
	case op.KindConvTransposed: // (in, out/groups, window ...); a stride leaves a part of the window for each output
		w := spec.Window
		return right[0] / spec.Groups * parts(w.Size[0], w.Stride[0]) * parts(w.Size[1], w.Stride[1])
	case op.KindTensordot: // each summed axis is in both operands and not in the result
		return int(math.Round(math.Sqrt(float64(sizeOf(left)) * float64(sizeOf(right)) / float64(sizeOf(out)))))
	}
	return 0
}

// parts is the number of steps in n, the last of which may be smaller.
func parts(n, step int) int { return (n + step - 1) / step }

// sizeOf is the number of elements of a shape; 1 for a scalar, and empty axes count as 1.
func sizeOf(s tensor.Shape) int {
	size := 1
	for _, n := range s {
		size *= max(1, n)
	}
	return size
}

// moveAxis finds an axis, counted back from the last, in another shape of the same elements; false if it no longer exists.
func moveAxis(axis int, from, to tensor.Shape) (int, bool) {
	if axis < 0 || axis >= len(from) {
		return axis, axis < 0
	}
	at := len(from) - 1 - axis
	inner, below := sizeOf(from[at+1:]), 1
	for i := range to {
		size := to[len(to)-1-i]
		if size == from[at] && below == inner {
			return i, true
		}
		below *= size
	}
	return axis, false
}

// transposedAxis is the new position of an axis in another order of the axes; both count back from the last.
func transposedAxis(axis int, order []int) int {
	for i, from := range order {
		if len(order)-1-from == axis {
			return len(order) - 1 - i
		}
	}
	return axis
}
