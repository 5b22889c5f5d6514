package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Replacement gives an op of ours that computes what Gorgonia's operation at a node is meant to compute, and the nodes that it reads:
// the first operands of the node, or nodes that those are computed from. It is nil if there is none, or if the operation is not of a
// known form.
func Replacement(n *gorgonia.Node) (o *Op, reads []*gorgonia.Node) {
	if _, ours := n.Op().(*Op); ours || n.Op() == nil || !isFloat(n) {
		return nil, nil
	}
	s := stock{node: n, spec: SpecOf(n), text: n.Op().String(), out: n.Shape(), in: Operands(n)}
	if r := s.several(); r.op != nil {
		return r.op, r.reads
	}
	if o = s.single(); o == nil {
		return nil, nil
	}
	return o, s.in[:o.Arity()]
}

// A replacement is an op of ours with the nodes it reads. The op is nil if there is none.
type replacement struct {
	op    *Op
	reads []*gorgonia.Node
}

// several replaces operations by ops that may take the place of several nodes.
func (s stock) several() replacement {
	switch s.spec.Kind {
	case KindTranspose:
		return s.convolution()
	case KindReshape:
		return s.weightGradient()
	case KindPool:
		return s.pool()
	case KindMul:
		return s.rectify()
	}
	if s.spec.Kind != KindGradient {
		return replacement{}
	}
	switch s.spec.Name {
	case "patches":
		return s.inputGradient()
	case "maximum", "average":
		return s.poolGradient()
	case "slice":
		return s.sliceGradient()
	}
	return replacement{}
}

// single replaces an operation by an op that reads its first operands.
func (s stock) single() *Op {
	switch s.spec.Kind {
	case KindAdd, KindSub, KindMul, KindDiv, KindPow, KindCompare:
		return s.binary()
	case KindActivate, KindExp, KindLog, KindSqrt, KindSquare, KindNeg, KindInverse, KindInverseSqrt, KindElementwise:
		return s.unary()
	case KindMatMul, KindMatVec, KindDot, KindOuter:
		return s.product()
	case KindRepeat:
		return s.repeat()
	case KindSum:
		return s.reduce(func(along axes) kernels {
			one := func(int) float64 { return 1 }
			return kernels{reduceSum[float32](along, one), reduceSum[float64](along, one)}
		})
	case KindMax:
		return s.reduce(kernelsOf(reduceMax[float32], reduceMax[float64]))
	case KindReshape:
		return s.reshape()
	case KindTranspose:
		return s.transpose()
	case KindSlice:
		return s.slice()
	case KindConcat:
		return s.concat()
	case KindDropout:
		return s.dropout()
	case KindNormalize:
		return s.normalization()
	case KindGradient:
		switch s.spec.Name {
		case "dropout":
			return s.dropoutGradient()
		case "normalization":
			return s.normalizationGradient()
		}
		return s.softmax()
	case KindSoftmax, KindLogSoftmax:
		return s.softmax()
	}
	return nil
}

func isFloat(n *gorgonia.Node) bool {
	return n.Type() != nil && (n.Dtype() == tensor.Float32 || n.Dtype() == tensor.Float64)
}

// A stock is an operation of Gorgonia's at a node.
type stock struct {
	node *gorgonia.Node
	spec Spec
	text string // for the name of the replacement
	out  tensor.Shape
	in   gorgonia.Nodes
}

// op makes an op that takes the given number of first inputs.
func (s stock) op(name string, k kernels, inputs int, inPlace ...int) *Op {
	if len(s.in) < inputs {
		return nil
	}
	var types []hm.Type
	shapes := make([]tensor.Shape, inputs)
	for i, n := range s.in[:inputs] {
		if !isFloat(n) || n.Dtype() != s.node.Dtype() {
			return nil
		}
		types, shapes[i] = append(types, tensorOf(n.Dims())), n.Shape()
	}
	out := s.out.Clone()
	return &Op{
		name: fmt.Sprintf("%s%v", name, out), types: append(types, tensorOf(len(out))), kernel: k, inPlace: inPlace,
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			for i, shape := range in {
				if !shape.Eq(shapes[i]) {
					return nil, errors.Errorf("input %d: got shape %v, want %v", i, shape, shapes[i])
				}
			}
			return out, nil
		},
	}
}

// binary replaces an elementwise operation on two tensors of one shape, or on a tensor and a scalar.
func (s stock) binary() *Op {
	sign := s.sign()
	k, known := binaryKernels[sign]
	if !known || len(s.in) != 2 || s.spec.Bool {
		return nil
	}
	a, b := s.in[0].Shape(), s.in[1].Shape()
	if !(a.Eq(s.out) || a.IsScalar()) || !(b.Eq(s.out) || b.IsScalar()) {
		return nil
	}
	if a.Eq(s.out) && b.Eq(s.out) {
		switch s.spec.Kind {
		case KindAdd:
			sum := s.op("add", kernels{add[float32], add[float64]}, 2, 0, 1)
			if sum != nil {
				sum.blocked = cellwise(partAdd)
			}
			return sum
		case KindMul:
			return s.op("mul", kernels{mul[float32], mul[float64]}, 2, 0, 1)
		}
		return s.op(sign, k, 2, 0, 1)
	}
	inPlace := []int{0}
	if a.IsScalar() {
		inPlace = []int{1}
	}
	if s.spec.Kind == KindMul && len(s.out) > 0 {
		return s.op("scale", kernels{scaleBy[float32](1 - inPlace[0]), scaleBy[float64](1 - inPlace[0])}, 2, inPlace...)
	}
	return s.op(sign, k, 2, inPlace...)
}

// sign is the symbol of an elementwise operation on two operands.
func (s stock) sign() string {
	switch s.spec.Kind {
	case KindAdd:
		return "+"
	case KindSub:
		return "-"
	case KindMul:
		return "⊙"
	case KindDiv:
		return "÷"
	case KindPow:
		return "^"
	}
	return s.spec.Sign
}

// unary replaces an elementwise operation on one tensor.
func (s stock) unary() *Op {
	switch name := s.spec.Name; name {
	case "tanh":
		return s.op(name, kernels{activate[float32](Tanh, 0), activate[float64](Tanh, 0)}, 1, 0)
	case "neg":
		return s.op(name, kernels{scale[float32](-1), scale[float64](-1)}, 1, 0)
	case "sigmoid":
		return s.op(name, kernels{activate[float32](Sigmoid, 0), activate[float64](Sigmoid, 0)}, 1, 0)
	default:
		f := unaryFunctions[name]
		if f == nil {
			return nil
		}
		return s.op(name, kernelsOf(elementwise1[float32], elementwise1[float64])(f), 1, 0)
	}
}

// kernelsOf pairs the two forms of a kernel that takes an argument.
func kernelsOf[A any](f32 func(A) func(*call[float32]) error, f64 func(A) func(*call[float64]) error) func(A) kernels {
	return func(a A) kernels { return kernels{f32(a), f64(a)} }
}
