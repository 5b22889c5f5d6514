package transformer

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
)

// GPT is a language model of one stack of causal layers (Radford et al. 2019): tokens (batch, time) of int give logits
// (batch, time, Vocabulary) of the next token at each position. Vocabulary, Context, Width and Config.Layers are needed.
//
// Its parameters are "embedding/weight", "positions1/weight", those of an [attention.Encoder], and "head/weight" if Untied is set.
type GPT struct {
	Vocabulary int // number of tokens
	Context    int // the longest sequence
	Width      int

	attention.Config // Causal is set; Init nil means N(0, 0.02²), and OutputInit N(0, 0.02²/(2·Layers)), as in GPT-2

	Positions attention.Positions // the zero value is learned positions
	// EmbeddingInit draws the embedding; nil means N(0, 0.02²).
	EmbeddingInit initializer.Initializer
	// Untied gives the output a weight of its own. By default it is the embedding (Press & Wolf 2017).
	Untied bool
}

// gptStd is the standard deviation of weights in GPT-2.
const gptStd = 0.02

// Validate says what is wrong with the configuration, if anything.
func (m GPT) Validate() error {
	if err := checkSizes("Vocabulary", m.Vocabulary, "Context", m.Context, "Width", m.Width); err != nil {
		return err
	}
	if err := m.Positions.Validate(); err != nil {
		return err
	}
	return m.Config.Validate()
}

// checkSizes returns an error for the first size that is not positive. Names and sizes alternate.
func checkSizes(sizes ...any) error {
	for i := 0; i < len(sizes); i += 2 {
		if sizes[i+1].(int) <= 0 {
			return errors.Errorf("transformer: %s: got %d, want a positive number", sizes[i], sizes[i+1])
		}
	}
	return nil
}

// Apply draws the network.
func (m GPT) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	x, table := embed(b, x, m.embedding(), m.Positions, m.Context)
	x = graph.Dropout{P: m.Dropout}.Apply(b, x)
	x = attention.Encoder{Config: m.stack()}.Apply(b, x)
	if !m.Untied {
		return attention.Tied(b, x, table)
	}
	return head(b, x, m.Vocabulary)
}

func (m GPT) embedding() attention.Embedding {
	return embedding(m.Vocabulary, m.Width, m.EmbeddingInit)
}

// embedding is one whose table is N(0, 0.02²) by default.
func embedding(rows, width int, init initializer.Initializer) attention.Embedding {
	if init == nil {
		init = initializer.Normal{Std: gptStd}
	}
	return attention.Embedding{Rows: rows, Width: width, Init: init}
}

// embed draws the embedding of tokens (batch, time) with their positions.
func embed(b *graph.Builder, x *gorgonia.Node, e attention.Embedding, p attention.Positions, longest int) (embedded, table *gorgonia.Node) {
	if x.Dims() != 2 {
		b.Failf("got input of shape %v, want tokens (batch, time)", x.Shape())
	}
	if time := x.Shape()[1]; time > longest {
		b.Failf("got sequences of %d tokens, want at most %d (Context)", time, longest)
	}
	scope := b.ScopeAs("embedding")
	table = e.Table(scope)
	embedded = e.Lookup(scope, table, x)
	if p := p.Layer(longest, nil); p != nil {
		embedded = p.Apply(b, embedded)
	}
	return embedded, table
}

// stack is the configuration of the layers.
func (m GPT) stack() attention.Config {
	c := m.Config
	c.Causal, c.Rotary = true, c.Rotary || m.Positions == attention.Rotary
	if c.Init == nil && c.Placement != attention.DeepNorm {
		c.Init = initializer.Normal{Std: gptStd}
		if c.OutputInit == nil {
			c.OutputInit = initializer.Normal{Std: gptStd / math.Sqrt(2*float64(c.Layers))}
		}
	}
	return c
}

// head draws logits (batch, time, classes).
func head(b *graph.Builder, x *gorgonia.Node, classes int) *gorgonia.Node {
	shape := x.Shape()
	fan := initializer.Fan{In: shape[2], Out: classes}
	weight := b.ScopeAs("head").Param(graph.Param{Name: "weight", Role: graph.Weight, Fan: fan, Init: initializer.Normal{Std: gptStd}}, classes, shape[2])
	return attention.Logits(b, x, weight)
}

// Size is the number of parameters.
func (m GPT) Size() int {
	size := m.Vocabulary*m.Width + positionsSize(m.Positions, m.Context, m.Width) + m.stack().Size(m.Width)
	if m.Untied {
		size += m.Vocabulary * m.Width
	}
	return size
}

func positionsSize(p attention.Positions, longest, width int) int {
	if p == attention.Learned {
		return longest * width
	}
	return 0
}

var _ graph.Model = GPT{}
