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

// gradients draws the gradients of an attention y of the inputs in. They are computed at once, one after another in memory.
func (a attend) gradients(in gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
	logSum, err := a.logSum(y, in)
	if err != nil {
		return nil, err
	}
	all, err := a.backward(append(gorgonia.Nodes{dy, y, logSum}, in...))
	if err != nil || a.packed {
		return append(gorgonia.Nodes{all}, make(gorgonia.Nodes, len(in)-1)...), err
	}
	grads, from := make(gorgonia.Nodes, len(in)), 0
	for i, operand := range in[:3] {
		o := partOp(fmt.Sprintf("gradient %d of %s", i, a.name()), all, from, operand.Shape())
		o.spec = Spec{Kind: KindGradient}
		if grads[i], err = o.apply(all); err != nil {
			return nil, err
		}
		from += operand.Shape().TotalSize()
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

// backward draws the gradients of queries, keys and values: in a tensor like the input that holds all three, or in a vector.
func (a attend) backward(in gorgonia.Nodes) (*gorgonia.Node, error) {
	result := tensorOf(1)
	if a.packed {
		result = tensorOf(3)
	}
	o := &Op{
		name:  fmt.Sprintf("attention_backward(%v)", a),
		spec:  Spec{Kind: KindGradient},
		types: slices.Concat([]hm.Type{tensorOf(3), tensorOf(3), tensorOf(3)}, a.types(), []hm.Type{result}),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			s, err := a.sizesAfter(in, 3)
			if err == nil && !slices.Equal(in[2], rowShape(s)) {
				err = errors.Errorf("log sum: got shape %v, want %v", in[2], rowShape(s))
			}
			if a.packed {
				return in[3].Clone(), err
			}
			return tensor.Shape{in[3].TotalSize() + in[4].TotalSize() + in[5].TotalSize()}, err
		},
		kernel: kernels{attentionBackward[float32](a), attentionBackward[float64](a)},
		work:   func(in []tensor.Shape) int { return a.products(in[3:], 5) },
	}
	return o.apply(in...)
}
