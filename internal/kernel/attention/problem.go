package attention

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Rows are the rows of a matrix: row r begins at element r·Stride of Data. Head h has the columns from h times its width.
type Rows[T kernel.Float] struct {
	Data   []T
	Stride int
}

// from is the matrix from a row and a column on.
func (r Rows[T]) from(row, col int) []T { return r.Data[row*r.Stride+col:] }

// A Shape tells the sizes of an attention and which keys each query sees.
type Shape struct {
	Batch, Heads  int
	Queries, Keys int // of a sample
	Width         int // of a head's queries and keys
	ValueWidth    int // of a head's values and results
	Scale         float64
	// Causal lets query i see only the keys j <= i + Keys - Queries: the last query sees all.
	Causal bool
	// MaskPerHead tells that there is a mask for each sample and head, and not one for all.
	MaskPerHead bool
}

// A Problem is an attention: rows of samples one after another, (Batch·Queries) of Q and (Batch·Keys) of K and V.
type Problem[T kernel.Float] struct {
	Shape
	Q, K, V Rows[T]
	Lengths []int // the number of keys of each sample; nil: Keys
	Mask    []T   // (Queries, Keys), or (Batch, Heads, Queries, Keys) if it is per head, added to the logits; nil: none
}

// The sizes of a block of logits.
const (
	blockQueries = 64
	blockKeys    = 128
)

// length is the number of keys of a sample.
func (p *Problem[T]) length(sample int) int {
	if p.Lengths == nil {
		return p.Keys
	}
	return p.Lengths[sample]
}

// visible is the number of keys that a query of a sample sees. These are the first ones.
func (p *Problem[T]) visible(sample, query int) int {
	n := p.length(sample)
	if p.Causal {
		n = max(0, min(n, query+1+p.Keys-p.Queries))
	}
	return n
}

// A block is some queries and some keys of a sample and a head.
type block struct {
	sample, head  int
	query, key    int // the first ones
	queries, keys int // their numbers
}

// queryRow and keyRow are the first rows of the block in the matrices.
func (b block) queryRow(s *Shape) int { return b.sample*s.Queries + b.query }
func (b block) keyRow(s *Shape) int   { return b.sample*s.Keys + b.key }

// width is the number of keys to which a row of a block is filled up, so that vector kernels take whole rows.
const width = 16

// stride is the number of elements in a row of the block's logits.
func (b block) stride() int { return (b.keys + width - 1) / width * width }

// logits computes s of a block in rows of stride elements, also for the keys that a query does not see.
func (p *Problem[T]) logits(b block, s []T) {
	q, k := p.Q.from(b.queryRow(&p.Shape), b.head*p.Width), p.K.from(b.keyRow(&p.Shape), b.head*p.Width)
	kernel.Gemm(nil, false, true, b.queries, b.keys, p.Width, T(p.Scale), q, p.Q.Stride, k, p.K.Stride, 0, s, b.stride())
	if p.Mask == nil {
		return
	}
	first := 0
	if p.MaskPerHead {
		first = (b.sample*p.Heads + b.head) * p.Queries
	}
	for i := range b.queries {
		mask := p.Mask[(first+b.query+i)*p.Keys+b.key:]
		row := s[i*b.stride():][:b.keys]
		for j := range row {
			row[j] += mask[j]
		}
	}
}

// hide makes logits -Inf where a query sees no key, up to the end of the rows.
func (p *Problem[T]) hide(b block, s []T) {
	hidden, stride := T(math.Inf(-1)), b.stride()
	for i := range b.queries {
		row := s[i*stride : (i+1)*stride]
		for j := p.seen(b, i); j < stride; j++ {
			row[j] = hidden
		}
	}
}

// seen is the number of keys of a block that its query i sees.
func (p *Problem[T]) seen(b block, i int) int {
	return max(0, min(b.keys, p.visible(b.sample, b.query+i)-b.key))
}
