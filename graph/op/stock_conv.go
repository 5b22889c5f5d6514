package op

import (
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Gorgonia draws a convolution of x with w, (out, in, height, width), as six nodes:
//
//	transpose(reshape(matmul(reshape(im2col(x)), reshape(w)ᵀ)))
//
// and its gradients, from dz of the transposed result, as
//
//	dx = col2im(reshape(matmul(rows(dz), reshape(w))))
//	dw = reshape(matmul(rows(dz)ᵀ, reshape(im2col(x))))    with rows(dz) = reshape(transpose(dz))
//
// Each is replaced by one op of ours at its last node. The other nodes are then not computed, unless something else reads them.
var (
	channelsFirst = []int{0, 3, 1, 2} // the order of axes in which the transpose puts the rows of the product
	channelsLast  = []int{0, 2, 3, 1}
)

// convolution replaces the transpose at the end of a convolution.
func (s stock) convolution() replacement {
	if !slices.Equal(s.spec.Axes, channelsFirst) || !inGroup(s.node, "Convolution") {
		return replacement{}
	}
	product := operandOf(operandOf(s.node, KindTranspose), KindReshape)
	patches, w := factors(product, false, true)
	x, w := operandOf(operandOf(patches, KindReshape), KindPatches), operandOf(w, KindReshape)
	c, ok := stockConvolution(operandOf(patches, KindReshape), w)
	if x == nil || !ok {
		return replacement{}
	}
	return s.by(c.op(false), x, w)
}

// inputGradient replaces the end of the gradient of x.
func (s stock) inputGradient() replacement {
	product := operandOf(operandOf(s.node, KindGradient), KindReshape)
	rows, w := factors(product, false, false)
	dz, w := rowsOf(rows), operandOf(w, KindReshape)
	c, ok := stockConvolution(s.node, w)
	if dz == nil || !ok || len(s.out) != 4 {
		return replacement{}
	}
	return s.by(c.transposedOp(false, c.rest(s.out)), dz, w)
}

// weightGradient replaces the reshape at the end of the gradient of w.
func (s stock) weightGradient() replacement {
	rows, patches := factors(operandOf(s.node, KindReshape), true, false)
	dz, patches := rowsOf(rows), operandOf(patches, KindReshape)
	x := operandOf(patches, KindPatches)
	c, ok := stockConvolution(patches, s.node)
	if dz == nil || x == nil || !ok {
		return replacement{}
	}
	return s.by(c.weightGradOp(), x, dz)
}

// operandOf is the first operand of a stock operation of one kind; nil for any other node.
func operandOf(n *gorgonia.Node, kind Kind) *gorgonia.Node {
	if !isStock(n, kind) {
		return nil
	}
	return Operands(n)[0]
}

func isStock(n *gorgonia.Node, kind Kind) bool {
	if n == nil {
		return false
	}
	_, ours := n.Op().(*Op)
	return !ours && SpecOf(n).Kind == kind
}

// factors are the operands of a stock product of two matrices, if it transposes them as told.
func factors(n *gorgonia.Node, transA, transB bool) (a, b *gorgonia.Node) {
	if !isStock(n, KindMatMul) {
		return nil, nil
	}
	if s := SpecOf(n); s.TransA != transA || s.TransB != transB {
		return nil, nil
	}
	in := Operands(n)
	return in[0], in[1]
}

// rowsOf is dz of rows(dz).
func rowsOf(n *gorgonia.Node) *gorgonia.Node {
	transposed := operandOf(n, KindReshape)
	if transposed == nil || !slices.Equal(SpecOf(transposed).Axes, channelsLast) {
		return nil
	}
	return operandOf(transposed, KindTranspose)
}

// stockConvolution reads the window from a node of im2col or col2im. It must be as large as that of the weight.
func stockConvolution(patches, w *gorgonia.Node) (c convolution, ok bool) {
	if patches == nil || patches.Op() == nil || w == nil || len(w.Shape()) != 4 {
		return c, false
	}
	r := fields{of: reflect.Indirect(reflect.ValueOf(patches.Op()))}
	window := Window{
		Size: r.pair("h", "w"), Stride: r.pair("strideH", "strideW"), Padding: r.pair("padH", "padW"),
		Dilation: r.pair("dilationH", "dilationW"),
	}
	shape := w.Shape()
	ok = !r.missing && window.Size == [2]int{shape[2], shape[3]}
	return convolution{dims: 4, window: window, groups: 1}, ok
}

// fields reads fields that Gorgonia does not export.
type fields struct {
	of      reflect.Value // a struct
	missing bool          // whether one was asked for that it does not have
}

func (f *fields) find(name string, kind reflect.Kind) reflect.Value {
	v := reflect.Value{}
	if f.of.Kind() == reflect.Struct {
		v = f.of.FieldByName(name)
	}
	if v.Kind() != kind {
		f.missing = true
		return reflect.Zero(reflect.TypeFor[int]())
	}
	return v
}

func (f *fields) int(name string) int { return int(f.find(name, reflect.Int).Int()) }

func (f *fields) pair(first, second string) [2]int { return [2]int{f.int(first), f.int(second)} }

// by replaces the operation by an op of ours that reads the given nodes, if it takes them and gives a result of the node's shape.
func (s stock) by(o *Op, reads ...*gorgonia.Node) replacement {
	shapes := make([]tensor.Shape, len(reads))
	for i, n := range reads {
		if checkInput(n, o.types[i], s.node.Dtype()) != nil {
			return replacement{}
		}
		shapes[i] = n.Shape()
	}
	if out, err := o.shape(shapes); err != nil || !slices.Equal(out, s.out) {
		return replacement{}
	}
	return replacement{o, reads}
}
