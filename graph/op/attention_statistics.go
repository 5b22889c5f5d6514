package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/attention"
)

// AttentionStatistics tells of each head of an [Attention] what shows that it is sick, as a matrix (heads, 3): the largest logit, the mean
// over queries of the entropy of the probabilities p in nats, and the mean over queries of p of the first key (Xiao et al. 2023,
// "attention sinks"). Queries that see no key do not count; a head in which none sees any has -Inf, 0 and 0.
//
// It costs about half of the forward pass, and nothing in a run that does not ask for it: the node belongs to no loss, so that it is
// computed only where it is an output or has a tap that is on. It has no gradient.
func AttentionStatistics(q, k *gorgonia.Node, c AttentionConfig) (*gorgonia.Node, error) {
	return c.statistics(false, q, k, k)
}

// SelfAttentionStatistics is [AttentionStatistics] of a [SelfAttention].
func SelfAttentionStatistics(qkv *gorgonia.Node, c AttentionConfig) (*gorgonia.Node, error) {
	return c.statistics(true, qkv)
}

func (c AttentionConfig) statistics(packed bool, operands ...*gorgonia.Node) (*gorgonia.Node, error) {
	a, err := c.kind(packed)
	if err != nil {
		return nil, err
	}
	o := &Op{
		name:  fmt.Sprintf("attention_statistics(%v)", a),
		spec:  Spec{Kind: KindStatistics, Heads: a.heads},
		types: append(a.types(), tensorOf(2)),
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			s, err := a.sizes(in)
			return tensor.Shape{s.Heads, attention.HeadStatistics}, err
		},
		kernel: kernels{attentionStatistics[float32](a), attentionStatistics[float64](a)},
		work:   func(in []tensor.Shape) int { return a.products(in, 1) },
	}
	return o.apply(c.inputs(operands...)...)
}

func attentionStatistics[T Float](a attend) func(*call[T]) error {
	return func(c *call[T]) error {
		s := kept[attention.Statistics[T]](c)
		if err := setProblem(&s.Problem, a, c, 0); err != nil {
			return err
		}
		s.Out = c.out
		s.Run()
		return nil
	}
}
