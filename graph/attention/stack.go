package attention

import (
	"strconv"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
)

// An Encoder is a stack of layers on sequences (batch, time, width): self-attention and a feed-forward network each. With Causal it is
// the decoder of GPT, which reads no encoder.
type Encoder struct {
	Config
	// DecoderLayers is the number of layers of the decoder that reads the encoder; DeepNorm depends on it. 0 means that there is none.
	DecoderLayers int
}

// Apply draws the layers, "layers/0" and so on, and the last normalisation, "norm".
func (e Encoder) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	e.check(b, x)
	constants := deepNormAlone(e.Layers)
	if e.DecoderLayers > 0 {
		constants = deepNormEncoder(e.Layers, e.DecoderLayers)
	}
	layers := b.ScopeAs("layers")
	for i := range e.Layers {
		layer := layers.ScopeAs(strconv.Itoa(i))
		x = e.residual(layer, x, "self_attn", "norm1", constants, e.attention(constants).selfAttention)
		x = e.residual(layer, x, "ff", "norm2", constants, e.feedForward(constants).draw)
	}
	return e.last(b, x)
}

// A Decoder is a stack of layers on sequences (batch, time, width), each of which attends to earlier positions, then to a memory, the
// output of an encoder, and ends with a feed-forward network.
type Decoder struct {
	Config
	// MemoryLengths names an input of int, (batch), with the lengths of padded memories; "" means that none is padded.
	MemoryLengths string
}

// Apply draws the layers, "layers/0" and so on, and the last normalisation, "norm". The memory is (batch, another time, width).
func (d Decoder) Apply(b *graph.Builder, x, memory *gorgonia.Node) *gorgonia.Node {
	d.check(b, x)
	d.Causal = true
	constants := deepNormDecoder(d.Layers)
	toMemory := d.attention(constants)
	toMemory.Causal, toMemory.Rotary, toMemory.Lengths = false, false, d.MemoryLengths
	layers := b.ScopeAs("layers")
	for i := range d.Layers {
		layer := layers.ScopeAs(strconv.Itoa(i))
		x = d.residual(layer, x, "self_attn", "norm1", constants, d.attention(constants).selfAttention)
		x = d.residual(layer, x, "multihead_attn", "norm2", constants, func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			return toMemory.draw(b, x, memory)
		})
		x = d.residual(layer, x, "ff", "norm3", constants, d.feedForward(constants).draw)
	}
	return d.last(b, x)
}

// selfAttention draws attention of sequences to themselves.
func (m MultiHead) selfAttention(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return m.draw(b, x, x)
}

// check fails unless the stack can read x.
func (c Config) check(b *graph.Builder, x *gorgonia.Node) {
	if err := c.Validate(); err != nil {
		b.Failf("%v", err)
	}
	checkSequences(b, x)
}

var _ graph.Layer = Encoder{}
