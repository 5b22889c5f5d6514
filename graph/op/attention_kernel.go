package op

import (
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/kernel/attention"
)

// scaleOf is the factor of the logits for heads of a width.
func (a attend) scaleOf(width int) float64 {
	if a.scale != 0 {
		return a.scale
	}
	return 1 / math.Sqrt(float64(width))
}

// setProblem fills in p from the inputs of a call, of which those of the attention begin at the given one.
func setProblem[T Float](p *attention.Problem[T], a attend, c *call[T], first int) (err error) {
	if p.Shape, err = a.sizes(c.shapes[first:]); err != nil {
		return err
	}
	in := c.in[first:]
	if a.packed {
		p.Q, p.K, p.V = operandRows(a, p.Shape, in[0], nil, nil)
		in = in[1:]
	} else {
		p.Q, p.K, p.V = operandRows(a, p.Shape, in[0], in[1], in[2])
		in = in[3:]
	}
	if a.lengths {
		p.Lengths, in = c.labels, in[1:]
	}
	if a.mask > 0 {
		p.Mask = in[0]
	}
	for i, n := range p.Lengths {
		if n < 0 || n > p.Keys {
			return errors.Errorf("length of sample %d: got %d, want 0 to %d, the number of keys", i, n, p.Keys)
		}
	}
	return nil
}

// operandRows are queries, keys and values, or the gradients of them, which lie in memory in the same way: all in q if they are packed.
func operandRows[T Float](a attend, s attention.Shape, q, k, v []T) (queries, keys, values attention.Rows[T]) {
	width, valueWidth := s.Heads*s.Width, s.Heads*s.ValueWidth
	if a.packed {
		return attention.Rows[T]{Data: q, Stride: 3 * width}, attention.Rows[T]{Data: q[width:], Stride: 3 * width},
			attention.Rows[T]{Data: q[2*width:], Stride: 3 * width}
	}
	return attention.Rows[T]{Data: q, Stride: width}, attention.Rows[T]{Data: k, Stride: width}, attention.Rows[T]{Data: v, Stride: valueWidth}
}

func attentionForward[T Float](a attend) func(*call[T]) error {
	return func(c *call[T]) error { return runAttention(c, a, nil) }
}

// attentionWithLogSum also computes what [attentionLogSum] does, into the memory of the last input.
func attentionWithLogSum[T Float](a attend) func(*call[T]) error {
	return func(c *call[T]) error { return runAttention(c, a, c.in[len(c.in)-1]) }
}

func runAttention[T Float](c *call[T], a attend, logSum []T) error {
	f := kept[attention.Forward[T]](c)
	if err := setProblem(&f.Problem, a, c, 0); err != nil {
		return err
	}
	f.Out, f.LogSum = attention.Rows[T]{Data: c.out, Stride: f.Heads * f.ValueWidth}, logSum
	f.Run()
	return nil
}

// attentionLogSum is the logarithm of the sum in the softmax of each query, (batch, heads, Tq). Input 0 is the result of the attention.
func attentionLogSum[T Float](a attend) func(*call[T]) error {
	return func(c *call[T]) error {
		f := kept[attention.Forward[T]](c)
		if err := setProblem(&f.Problem, a, c, 1); err != nil {
			return err
		}
		f.LogSum = c.out
		f.Run()
		return nil
	}
}

// attentionBackward computes the gradients of queries, keys and values.
func attentionBackward[T Float](a attend) func(*call[T]) error {
	return func(c *call[T]) error {
		g := kept[attention.Backward[T]](c)
		if err := setProblem(&g.Problem, a, c, 3); err != nil {
			return err
		}
		stride := g.Heads * g.ValueWidth
		g.DOut, g.Out, g.LogSum = attention.Rows[T]{Data: c.in[0], Stride: stride}, attention.Rows[T]{Data: c.in[1], Stride: stride}, c.in[2]
		g.Flushed = c.flushed
		if a.packed {
			g.DQ, g.DK, g.DV = operandRows(a, g.Shape, c.out, nil, nil)
		} else {
			keys := len(c.in[3])
			values := keys + len(c.in[4])
			g.DQ, g.DK, g.DV = operandRows(a, g.Shape, c.out[:keys], c.out[keys:values], c.out[values:])
		}
		g.Run()
		return nil
	}
}
