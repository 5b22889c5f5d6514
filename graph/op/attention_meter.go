package op

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel/attention"
)

// An AttentionHead is what shows whether one head of an [Attention] is well: its largest logit, the entropy of its probabilities, the share
// of the first key ("attention sinks", Xiao et al. 2023), the norms of queries and keys, and a small map of the probabilities.
type AttentionHead = attention.Head

// AttentionMapSide is the largest number of rows and columns of a map.
const AttentionMapSide = attention.MaxSide

// An AttentionMeter measures the heads of an [Attention] or a [SelfAttention] from the values that it reads. No matrix of probabilities is
// stored. A measurement costs about as much as the operation, and allocates nothing after the first.
type AttentionMeter struct {
	kind   attend
	padded bool
	shapes []tensor.Shape

	single attention.Statistics[float32]
	double attention.Statistics[float64]
}

// NewAttentionMeter makes a meter of a node; nil if the node is no attention. If paddedQueries is set queries from the lengths of the keys on
// do not count, as in self-attention.
func NewAttentionMeter(n *gorgonia.Node, paddedQueries bool) *AttentionMeter {
	spec := SpecOf(n)
	if spec.Kind != KindAttention {
		return nil
	}
	m := &AttentionMeter{kind: attend{heads: spec.Heads, causal: spec.Causal, scale: spec.Factor, packed: spec.Packed}, padded: paddedQueries}
	for i, operand := range Operands(n) {
		m.shapes = append(m.shapes, operand.Shape().Clone())
		switch {
		case i < m.kind.operands():
		case operand.Dtype() == tensor.Int:
			m.kind.lengths = true
		default:
			m.kind.mask = operand.Dims()
		}
	}
	return m
}

// Measure gives the heads of an attention that reads these values, in the order of its operands. The lengths are those of the queries of each
// sample, nil if none is padded; a meter of padded queries does not read them. Maps have at most so many rows and columns; 0 means that there are
// none. The result is overwritten by the next measurement.
func (m *AttentionMeter) Measure(values []gorgonia.Value, lengths []int, side int) ([]AttentionHead, error) {
	if len(values) < len(m.shapes) {
		return nil, errors.Errorf("attention: got %d values, want %d, those of its operands", len(values), len(m.shapes))
	}
	if values[0].Dtype() == tensor.Float32 {
		return measureHeads(m, &m.single, values, lengths, side)
	}
	return measureHeads(m, &m.double, values, lengths, side)
}

func measureHeads[T Float](m *AttentionMeter, s *attention.Statistics[T], values []gorgonia.Value, lengths []int, side int) ([]AttentionHead, error) {
	c := &call[T]{shapes: m.shapes}
	for i, shape := range m.shapes {
		if got := values[i].Shape(); !slices.Equal(got, shape) {
			return nil, errors.Errorf("attention: operand %d: got a value of shape %v, want %v", i, got, shape)
		}
		if m.kind.lengths && i == m.kind.operands() {
			c.labels, c.in = values[i].(*tensor.Dense).Ints(), append(c.in, nil)
			continue
		}
		x, err := Elements[T](values[i], shape)
		if err != nil {
			return nil, errors.Wrapf(err, "attention: operand %d", i)
		}
		c.in = append(c.in, x)
	}
	if err := setProblem(&s.Problem, m.kind, c, 0); err != nil {
		return nil, errors.Wrap(err, "attention")
	}
	if s.QueryLengths = lengths; m.padded {
		s.QueryLengths = s.Lengths
	}
	if s.QueryLengths != nil && len(s.QueryLengths) != s.Batch {
		return nil, errors.Errorf("attention: got lengths of the queries of %d samples, want %d", len(s.QueryLengths), s.Batch)
	}
	s.Side = min(side, AttentionMapSide)
	s.Run()
	return s.Out, nil
}
