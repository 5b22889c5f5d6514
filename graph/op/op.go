package op

import (
	"fmt"
	"hash"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// An Op is one operation: a name, a type, a rule for shapes, a kernel and a gradient.
// It holds no memory, so one Op may serve any number of nodes and machines; but see [DropoutMask].
type Op struct {
	name   string    // the name with every attribute; the op's identity
	spec   Spec      // describes it for programs that read graphs
	types  []hm.Type // of the inputs, then of the output
	shape  shapeRule
	kernel kernels
	grad   gradient // nil: there is none, and asking for it is an error
	wrt    []bool   // inputs that have a gradient; the others count as constants; nil: all have

	inPlace []int                       // see InPlace
	random  bool                        // see Random
	source  *rand.PCG                   // see RandomSource
	copies  bool                        // see Copies
	isPart  bool                        // see Part
	from    int                         // see Part
	work    func(in []tensor.Shape) int // see Work; nil: one for each element read
	scan    *Scan                       // of an op that runs a recurrence, which has no kernel
	blocked blocking                    // see Blocked; nil: there is no such form
	fixed   *fixedOp                    // of such a form; nil for other ops
	finish  *finish                     // of an op that applies a function to each element of its input
	finally func(finish) kernels        // the kernel that applies such a function to its result; nil if there is none

	recurrence *recurrence         // of [Recurrent]
	backward   *backward           // of its gradient
	aside      func(inner *Op) *Op // see Sums; nil if there is no such op
}

// A shapeRule gives the output shape for input shapes, or an error.
type shapeRule func(in []tensor.Shape) (tensor.Shape, error)

// A gradient gives dL/dx for every input x as nodes, given the output's node y and dy = dL/dy.
// Entries of inputs without a gradient are nil.
type gradient func(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error)

var (
	_ gorgonia.Op              = (*Op)(nil)
	_ gorgonia.SDOp            = (*Op)(nil)
	_ gorgonia.UsePreallocDoer = (*Op)(nil)
)

// apply puts the op on the graph of its inputs.
func (o *Op) apply(in ...*gorgonia.Node) (n *gorgonia.Node, err error) {
	defer func() {
		if r := recover(); r != nil { // Gorgonia panics over some broken nodes
			n, err = nil, errors.Errorf("%s: %v", o.name, r)
		}
	}()
	if err := o.checkInputs(in); err != nil {
		return nil, err
	}
	n, err = gorgonia.ApplyOp(o, in...)
	return n, errors.Wrap(err, o.name)
}

// checkInputs finds mistakes before Gorgonia does, to return better errors.
func (o *Op) checkInputs(in []*gorgonia.Node) error {
	for i, n := range in {
		if n == nil {
			return errors.Errorf("%s: input %d is nil", o.name, i)
		}
	}
	shapes := make([]tensor.Shape, len(in))
	for i, n := range in {
		if err := checkInput(n, o.types[i], in[0].Dtype()); err != nil {
			return errors.Wrapf(err, "%s: input %d", o.name, i)
		}
		shapes[i] = n.Shape()
	}
	_, err := o.shape(shapes)
	return errors.Wrap(err, o.name)
}

// checkInput compares a node with the wanted type, in a graph whose float type is dtype.
func checkInput(n *gorgonia.Node, want hm.Type, dtype tensor.Dtype) error {
	t, isTensor := want.(gorgonia.TensorType)
	dims, labels, flags := dimsOfType(want), isTensor && t.Of == tensor.Int, isTensor && t.Of == tensor.Bool
	isFloat := n.Dtype() == tensor.Float32 || n.Dtype() == tensor.Float64
	switch {
	case n.Dims() != dims:
		return errors.Errorf("got shape %v, want %d dimensions", n.Shape(), dims)
	case len(n.Shape()) != dims:
		return errors.Errorf("got no shape, want one of %d dimensions", dims)
	case slices.Contains(n.Shape(), 0):
		return errors.Errorf("got shape %v, want at least one element", n.Shape())
	case labels && n.Dtype() != tensor.Int:
		return errors.Errorf("got type %v, want class labels of int", n.Dtype())
	case flags && n.Dtype() == tensor.Bool:
		return nil
	case !labels && !isFloat:
		return errors.Errorf("got type %v, want float32 or float64", n.Dtype())
	case !labels && n.Dtype() != dtype:
		return errors.Errorf("got type %v, want %v as input 0 (use one dtype)", n.Dtype(), dtype)
	}
	return nil
}

// Arity is the number of inputs.
func (o *Op) Arity() int { return len(o.types) - 1 }

// Type makes a new type at each call, because Gorgonia's type inference modifies it.
func (o *Op) Type() hm.Type { return hm.NewFnType(o.types...) }

// InferShape gives the shape of the output.
func (o *Op) InferShape(ds ...gorgonia.DimSizer) (tensor.Shape, error) {
	in, err := gorgonia.DimSizersToShapes(ds)
	if err != nil {
		return nil, errors.Wrap(err, o.name)
	}
	out, err := o.shape(in)
	return out, errors.Wrap(err, o.name)
}

// ResultShape gives the shape of the output, or nil if the inputs do not fit.
func (o *Op) ResultShape(in []tensor.Shape) tensor.Shape {
	out, err := o.shape(in)
	if err != nil {
		return nil
	}
	return out
}

// DiffWRT tells which inputs have a gradient. An op without a gradient claims one for all: Gorgonia silently treats inputs
// without a gradient as constants, whereas SymDiff can return an error.
func (o *Op) DiffWRT(inputs int) []bool {
	if o.wrt != nil {
		return o.wrt
	}
	wrt := make([]bool, inputs)
	for i := range wrt {
		wrt[i] = true
	}
	return wrt
}

// SymDiff gives the gradient as nodes of the graph.
func (o *Op) SymDiff(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	if o.grad == nil {
		return nil, errors.Errorf("%s has no gradient: only first derivatives are available", o.name)
	}
	grads, err := o.grad(in, y, dy)
	return grads, errors.Wrapf(err, "gradient of %s", o.name)
}

// ReturnsPtr, CallsExtern and OverwritesInput tell Gorgonia's machine that the op allocates its result.
func (o *Op) ReturnsPtr() bool     { return true }
func (o *Op) CallsExtern() bool    { return false }
func (o *Op) OverwritesInput() int { return -1 }

// WriteHash writes the op's identity.
func (o *Op) WriteHash(h hash.Hash) { fmt.Fprintf(h, "gradflow.%s/%d", o.name, o.Arity()) }

// Hashcode is the 32-bit form of WriteHash.
func (o *Op) Hashcode() uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

// String names the op with its attributes.
func (o *Op) String() string { return o.name }

// Types of inputs and outputs. One graph has one float type, the type variable a.
var floatType = hm.TypeVariable('a')

// tensorOf is the type of a float tensor, or of a scalar for 0 dimensions.
func tensorOf(dims int) hm.Type {
	if dims == 0 {
		return floatType
	}
	return gorgonia.TensorType{Dims: dims, Of: floatType}
}

// dimsOfType is the number of dimensions of a type.
func dimsOfType(t hm.Type) int {
	if t, isTensor := t.(gorgonia.TensorType); isTensor {
		return t.Dims
	}
	return 0
}

// dimsOf is the number of dimensions of a node. It is 0 for nil, for which apply returns an error.
func dimsOf(n *gorgonia.Node) int {
	if n == nil {
		return 0
	}
	return n.Dims()
}

// repeat is the type list of an op whose n inputs and output all have the same number of dimensions.
func repeat(dims, n int) []hm.Type {
	types := make([]hm.Type, n+1)
	for i := range types {
		types[i] = tensorOf(dims)
	}
	return types
}

// likeFirst is the rule of ops whose output has the shape of input 0. The other inputs have the shapes that want gives
// for input 0.
func likeFirst(want func(x tensor.Shape) ([]tensor.Shape, error)) shapeRule {
	return func(in []tensor.Shape) (tensor.Shape, error) {
		others, err := want(in[0])
		if err != nil {
			return nil, err
		}
		for i, s := range others {
			if !slices.Equal(in[i+1], s) {
				return nil, errors.Errorf("input %d: got shape %v, want %v for %v", i+1, in[i+1], s, in[0])
			}
		}
		return in[0].Clone(), nil
	}
}

// sameShapes is the rule of elementwise ops: all inputs have one shape, and so has the output.
func sameShapes(in []tensor.Shape) (tensor.Shape, error) {
	for i, s := range in {
		if !s.Eq(in[0]) {
			return nil, errors.Errorf("input %d: got shape %v, want %v as input 0", i, s, in[0])
		}
	}
	return in[0].Clone(), nil
}
