package attention

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// MultiHead is attention with several heads (Vaswani et al. 2017, sec. 3.2.2): queries, keys and values are linear maps of the input,
// each head mixes the values of its share of the features, and a last linear map mixes the heads. As in PyTorch's
// nn.MultiheadAttention the three maps are one parameter, "in_proj_weight" (width, 3·width), with "in_proj_bias"; the last one is
// "out_proj/weight" and "out_proj/bias".
type MultiHead struct {
	Heads int // a divisor of the width; 0 means 1
	// Causal hides later positions from each position.
	Causal bool
	// Lengths names an input of int and of shape (batch): keys from there on are padding, which nothing sees. "" means none.
	Lengths string
	// Rotary rotates queries and keys by their positions; see [op.Rotate].
	Rotary bool
	// QKNorm normalises each head's queries and keys by their root mean square, with the gains "q_norm/weight" and "k_norm/weight"
	// (width of a head): logits then cannot grow without bound (Henry et al. 2020; Dehghani et al. 2023).
	QKNorm bool
	NoBias bool
	Init   initializer.Initializer // of in_proj_weight; nil means XavierUniform{}, as in PyTorch
	// OutputInit draws out_proj; nil means XavierUniform{}.
	OutputInit initializer.Initializer
}

// rotaryBase is that of the paper.
const rotaryBase = 10000

// Apply draws self-attention on sequences (batch, time, width).
func (m MultiHead) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return m.draw(b.Scope("attention"), x, x)
}

// Cross draws attention of sequences x to others, (batch, another time, width): queries come from x, keys and values from the memory.
func (m MultiHead) Cross(b *graph.Builder, x, memory *gorgonia.Node) *gorgonia.Node {
	return m.draw(b.Scope("attention"), x, memory)
}

func (m MultiHead) draw(b *graph.Builder, x, memory *gorgonia.Node) *gorgonia.Node {
	m.check(b, x, memory)
	c := op.AttentionConfig{Heads: max(1, m.Heads), Causal: m.Causal}
	head := x.Shape()[2] / c.Heads
	if growth := b.Growth("head", head); growth != 1 {
		c.Scale = 1 / math.Sqrt(float64(head)*growth)
	}
	if m.Lengths != "" {
		c.Lengths = b.Input(m.Lengths)
	}
	p := m.projections(b, x.Shape()[2])
	var mixed *gorgonia.Node
	if x == memory && !m.Rotary && !m.QKNorm {
		mixed = b.Check(op.SelfAttention(sequences(b, b.Check(op.Linear(rowsOf(b, x), p.weight, p.bias)), x), c))
	} else {
		q, k := m.prepare(b, p.part(b, x, 0), "q_norm"), m.prepare(b, p.part(b, memory, 1), "k_norm")
		mixed = b.Check(op.Attention(q, k, p.part(b, memory, 2), c))
	}
	output := linear{units: x.Shape()[2], init: m.OutputInit, noBias: m.NoBias}
	return sequences(b, output.draw(b.ScopeAs("out_proj"), rowsOf(b, mixed)), x)
}

func (m MultiHead) check(b *graph.Builder, x, memory *gorgonia.Node) {
	checkSequences(b, x)
	checkSequences(b, memory)
	width, heads := x.Shape()[2], max(1, m.Heads)
	switch {
	case m.Heads < 0 || width%heads != 0:
		b.Failf("got %d heads for the width %d, want a divisor", m.Heads, width)
	case m.Rotary && width/heads%2 != 0:
		b.Failf("got heads of width %d with Rotary, want an even width", width/heads)
	case memory.Shape()[2] != width || memory.Shape()[0] != x.Shape()[0]:
		b.Failf("got a memory of shape %v for sequences %v, want the same batch and width", memory.Shape(), x.Shape())
	}
}

// projections are the maps to queries, keys and values, side by side.
type projections struct {
	weight, bias *gorgonia.Node // (width, 3·width) and (3·width); the bias may be nil
	width        int
}

func (m MultiHead) projections(b *graph.Builder, width int) projections {
	fan := initializer.Fan{In: width, Out: 3 * width}
	p := projections{width: width}
	p.weight = b.Param(graph.Param{Name: "in_proj_weight", Role: graph.Weight, Fan: fan, Init: orXavier(m.Init)}, fan.In, fan.Out)
	if !m.NoBias {
		p.bias = b.Param(graph.Param{Name: "in_proj_bias", Role: graph.Bias, Fan: fan, Init: initializer.Constant{}}, fan.Out)
	}
	return p
}

// part draws the map to queries (0), keys (1) or values (2) alone.
func (p projections) part(b *graph.Builder, x *gorgonia.Node, i int) *gorgonia.Node {
	columns := gorgonia.S(i*p.width, (i+1)*p.width)
	weight := b.Check(gorgonia.Slice(p.weight, nil, columns))
	weight = b.Check(gorgonia.Reshape(weight, tensor.Shape{p.width, p.width})) // a slice of one column has lost an axis
	bias := p.bias
	if bias != nil {
		bias = b.Check(gorgonia.Slice(bias, columns))
		bias = b.Check(gorgonia.Reshape(bias, tensor.Shape{p.width}))
	}
	return sequences(b, b.Check(op.Linear(rowsOf(b, x), weight, bias)), x)
}

// prepare normalises and rotates queries or keys.
func (m MultiHead) prepare(b *graph.Builder, x *gorgonia.Node, norm string) *gorgonia.Node {
	heads := max(1, m.Heads)
	if m.QKNorm {
		shape := x.Shape().Clone()
		byHead := b.Check(gorgonia.Reshape(x, tensor.Shape{shape[0], shape[1], heads, shape[2] / heads}))
		x = b.Check(gorgonia.Reshape(RMS.draw(b.ScopeAs(norm), byHead, defaultEps), shape))
	}
	if m.Rotary {
		x = b.Check(op.Rotate(x, heads, rotaryBase))
	}
	return x
}

var _ graph.Layer = MultiHead{}
