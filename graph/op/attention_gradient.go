package op

import (
	"fmt"
	"slices"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/attention"
)

// operandNames name the operands of an attention in the names of ops.
var operandNames = []string{"q", "k", "v"}

// gradients draws the gradients of an attention y of the inputs in.
func (a attend) gradients(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	logSum, err := a.logSum(y, in)
	if err != nil {
		return nil, err
	}
	grads := make(gorgonia.Nodes, len(in))
	for i := range a.operands() {
		if grads[i], err = a.gradient(i, append(gorgonia.Nodes{dy, y, logSum}, in...)); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

// logSum draws what the gradients need of the softmax. It reads the result of the attention only to be found beside it: a machine computes
// both at once.
func (a attend) logSum(y *gorgonia.Node, in gorgonia.Nodes) (*gorgonia.Node, error) {
	o := &Op{
		name:  fmt.Sprintf("attention_log_sum(%v)", a),
		spec:  Spec{Kind: KindGradient},
		types: slices.Insert(append(a.types(), tensorOf(3)), 0, tensorOf(3)),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			s, err := a.sizesAfter(in, 1)
			return rowShape(s), err
		},
		kernel: kernels{attentionLogSum[float32](a), attentionLogSum[float64](a)},
		work:   func(in []tensor.Shape) int { return a.products(in[1:], 1) },
		aside:  a.withLogSum,
	}
	return o.apply(append(gorgonia.Nodes{y}, in...)...)
}

// withLogSum is an attention that also writes the logarithms of its sums into the memory of its last input.
func (a attend) withLogSum(inner *Op) *Op {
	if inner.spec.Kind != KindAttention || inner.name != a.name() {
		return nil
	}
	types := slices.Concat(a.types(), a.types(), []hm.Type{tensorOf(3), tensorOf(3)})
	return &Op{
		name: inner.name + " with log sum", types: types, work: inner.work,
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			s, err := a.sizes(in)
			if got := in[len(in)-1]; err == nil && !slices.Equal(got, rowShape(s)) {
				err = errors.Errorf("log sum: got shape %v, want %v", got, rowShape(s))
			}
			return resultOf(s), err
		},
		kernel: kernels{attentionWithLogSum[float32](a), attentionWithLogSum[float64](a)},
	}
}

// rowShape is the shape of what there is for each query and head.
func rowShape(s attention.Shape) tensor.Shape { return tensor.Shape{s.Batch, s.Heads, s.Queries} }

// sizesAfter checks the shapes of inputs of which those of the attention come after n others; these are results of it, but for the third.
func (a attend) sizesAfter(in []tensor.Shape, n int) (attention.Shape, error) {
	s, err := a.sizes(in[n:])
	if err != nil {
		return s, err
	}
	want := resultOf(s)
	for i, got := range in[:min(n, 2)] {
		if !slices.Equal(got, want) {
			return s, errors.Errorf("input %d: got shape %v, want %v as the result", i, got, want)
		}
	}
	return s, nil
}

// gradient draws the gradient of operand i.
func (a attend) gradient(i int, in gorgonia.Nodes) (*gorgonia.Node, error) {
	of, work := operandNames[i], 3
	if a.packed {
		of, work = "qkv", 5
	}
	o := &Op{
		name:  fmt.Sprintf("attention_backward(%s, %v)", of, a),
		spec:  Spec{Kind: KindGradient},
		types: slices.Insert(append(a.types(), tensorOf(3)), 0, tensorOf(3), tensorOf(3), tensorOf(3)),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			s, err := a.sizesAfter(in, 3)
			if err == nil && !slices.Equal(in[2], rowShape(s)) {
				err = errors.Errorf("log sum: got shape %v, want %v", in[2], rowShape(s))
			}
			return in[3+i].Clone(), err
		},
		kernel: kernels{attentionBackward[float32](a, i), attentionBackward[float64](a, i)},
		work:   func(in []tensor.Shape) int { return a.products(in[3:], work) },
	}
	return o.apply(in...)
}
