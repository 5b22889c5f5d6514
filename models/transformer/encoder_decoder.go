package transformer

import (
	"gorgonia.org/gorgonia"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
)

// An EncoderDecoder writes one sequence while it reads another (Vaswani et al. 2017): an encoder reads the source (batch, time) of int, the
// first input, and a decoder the target up to each position, the input TargetInput, of int and (batch, another time). It gives logits
// (batch, another time, Target) of the token of the target that comes next. Source, Context, Width and Config.Layers are needed.
type EncoderDecoder struct {
	Source  int // number of tokens of the source
	Target  int // number of tokens of the target; 0 means Source
	Context int // the longest sequence
	Width   int

	attention.Config     // of both stacks; Lengths are those of the source
	DecoderLayers    int // 0 means Config.Layers

	// TargetInput names the input with the target, moved by one position: token i is the one before the token that position i
	// predicts. "" means "shifted".
	TargetInput string
	Positions   attention.Positions // the zero value is learned positions
	// EmbeddingInit draws the embeddings; nil means N(0, 0.02²).
	EmbeddingInit initializer.Initializer
}

// DefaultTargetInput is the input of the target if EncoderDecoder.TargetInput is empty.
const DefaultTargetInput = "shifted"

// withDefaults fills in empty fields.
func (m EncoderDecoder) withDefaults() EncoderDecoder {
	if m.Target == 0 {
		m.Target = m.Source
	}
	if m.DecoderLayers == 0 {
		m.DecoderLayers = m.Layers
	}
	if m.TargetInput == "" {
		m.TargetInput = DefaultTargetInput
	}
	m.Rotary = m.Rotary || m.Positions == attention.Rotary
	return m
}

// Validate says what is wrong with the configuration, if anything.
func (m EncoderDecoder) Validate() error {
	m = m.withDefaults()
	if err := checkSizes("Source", m.Source, "Target", m.Target, "Context", m.Context, "Width", m.Width, "DecoderLayers", m.DecoderLayers); err != nil {
		return err
	}
	if m.Causal {
		return errors.New("transformer: got an EncoderDecoder with Causal, want it false: the encoder sees all of the source, and the decoder always is causal")
	}
	if err := m.Positions.Validate(); err != nil {
		return err
	}
	return m.Config.Validate()
}

// Apply draws the network, with the scopes "encoder" and "decoder". The output has the table of the decoder's embedding as its weight.
func (m EncoderDecoder) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	m = m.withDefaults()
	scope := b.ScopeAs("encoder")
	memory, _ := embed(scope, x, embedding(m.Source, m.Width, m.EmbeddingInit), m.Positions, m.Context)
	memory = graph.Dropout{P: m.Dropout}.Apply(scope, memory)
	memory = attention.Encoder{Config: m.Config, DecoderLayers: m.DecoderLayers}.Apply(scope, memory)

	scope = b.ScopeAs("decoder")
	y, table := embed(scope, b.Input(m.TargetInput), embedding(m.Target, m.Width, m.EmbeddingInit), m.Positions, m.Context)
	y = graph.Dropout{P: m.Dropout}.Apply(scope, y)
	decoder := attention.Decoder{Config: m.Config, MemoryLengths: m.Lengths}
	decoder.Layers, decoder.Lengths = m.DecoderLayers, ""
	return attention.Tied(b, decoder.Apply(scope, y, memory), table)
}

// Size is the number of parameters.
func (m EncoderDecoder) Size() int {
	m = m.withDefaults()
	decoder := m.Config
	decoder.Layers = m.DecoderLayers
	return (m.Source+m.Target)*m.Width + 2*positionsSize(m.Positions, m.Context, m.Width) + m.Config.Size(m.Width) + decoder.DecoderSize(m.Width)
}

var _ graph.Model = EncoderDecoder{}
