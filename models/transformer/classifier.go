package transformer

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/enum"
)

// A Pooling makes one vector of a sequence.
type Pooling int

// The poolings.
const (
	MeanPooling Pooling = iota // the mean of all positions, without padding
	ClassToken                 // a vector that is trained comes before the sequence, and its output is taken (Devlin et al. 2019)
)

// String is "mean" or "class-token".
func (p Pooling) String() string { return enum.Name("pooling", p, "mean", "class-token") }

func (p Pooling) validate() error {
	if p != MeanPooling && p != ClassToken {
		return errors.Errorf("transformer: Pooling: got %v, want MeanPooling or ClassToken", p)
	}
	return nil
}

// A Classifier gives a class to each sequence of tokens (batch, time) of int: it gives logits (batch, Classes). Vocabulary, Classes,
// Context, Width and Config.Layers are needed. Padded sequences need Config.Lengths and MeanPooling.
type Classifier struct {
	Vocabulary int // number of tokens
	Classes    int
	Context    int // the longest sequence
	Width      int

	attention.Config

	Positions attention.Positions // the zero value is learned positions
	Pooling   Pooling             // the zero value is the mean
	// EmbeddingInit draws the embedding; nil means N(0, 0.02²).
	EmbeddingInit initializer.Initializer
}

// Validate says what is wrong with the configuration, if anything.
func (m Classifier) Validate() error {
	if err := checkSizes("Vocabulary", m.Vocabulary, "Classes", m.Classes, "Context", m.Context, "Width", m.Width); err != nil {
		return err
	}
	if err := m.Positions.Validate(); err != nil {
		return err
	}
	if err := m.Pooling.validate(); err != nil {
		return err
	}
	if m.Pooling == ClassToken && (m.Lengths != "" || m.Causal) {
		return errors.New("transformer: got ClassToken with Lengths or Causal, want MeanPooling: the token comes first, and lengths do not count it")
	}
	return m.Config.Validate()
}

// Apply draws the network.
func (m Classifier) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	x, _ = embed(b, x, embedding(m.Vocabulary, m.Width, m.EmbeddingInit), m.Positions, m.Context)
	c := m.Config
	c.Rotary = c.Rotary || m.Positions == attention.Rotary
	if m.Pooling == ClassToken {
		x = withClassToken(b, x)
	}
	x = graph.Dropout{P: c.Dropout}.Apply(b, x)
	x = attention.Encoder{Config: c}.Apply(b, x)
	return classes(b, m.Pooling.draw(b, x, m.Lengths), m.Classes)
}

// withClassToken puts a vector before each sequence.
func withClassToken(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	batch, width := x.Shape()[0], x.Shape()[2]
	token := b.Param(graph.Param{Name: "class_token", Role: graph.Bias, Fan: initializer.Fan{In: 1, Out: width}, Init: initializer.Normal{Std: gptStd}}, 1, 1, width)
	copies := b.Check(op.BroadcastAdd(b.ConstantOf(make([]float64, batch*width), batch, 1, width), token))
	return b.Check(gorgonia.Concat(1, copies, x))
}

// draw makes rows (batch, width) of sequences.
func (p Pooling) draw(b *graph.Builder, x *gorgonia.Node, lengths string) *gorgonia.Node {
	batch, time, width := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	switch {
	case p == ClassToken:
		first := b.Check(gorgonia.Slice(x, nil, gorgonia.S(0, 1)))
		return b.Check(gorgonia.Reshape(first, tensor.Shape{batch, width}))
	case lengths == "":
		return b.Check(op.ReduceMean(x, []int{1}, false))
	}
	shares := b.Check(gorgonia.Reshape(shares(b, b.Input(lengths), time), tensor.Shape{batch, time, 1}))
	return b.Check(op.ReduceSum(b.Check(op.BroadcastMul(x, shares)), []int{1}, false))
}

// shares are 1/length for each position within the length, and 0 after it: (batch, time).
func shares(b *graph.Builder, lengths *gorgonia.Node, time int) *gorgonia.Node {
	table := make([]float64, (time+1)*time) // a row for each length
	for length := range time + 1 {
		for i := range length {
			table[length*time+i] = 1 / float64(length)
		}
	}
	return b.Check(op.Embedding(b.ConstantOf(table, time+1, time), lengths))
}

// classes draws logits (batch, classes) of rows, with the parameters "head/weight" and "head/bias".
func classes(b *graph.Builder, rows *gorgonia.Node, n int) *gorgonia.Node {
	b = b.ScopeAs("head")
	fan := initializer.Fan{In: rows.Shape()[1], Out: n}
	weight := b.Param(graph.Param{Name: "weight", Role: graph.Weight, Fan: fan, Init: initializer.XavierUniform{}}, fan.In, fan.Out)
	bias := b.Param(graph.Param{Name: "bias", Role: graph.Bias, Fan: fan, Init: initializer.Constant{}}, fan.Out)
	return b.Check(op.Linear(rows, weight, bias))
}

// Size is the number of parameters.
func (m Classifier) Size() int {
	size := m.Vocabulary*m.Width + positionsSize(m.Positions, m.Context, m.Width) + m.Config.Size(m.Width) + (m.Width+1)*m.Classes
	if m.Pooling == ClassToken {
		size += m.Width
	}
	return size
}

var _ graph.Model = Classifier{}
