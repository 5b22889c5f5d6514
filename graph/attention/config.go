package attention

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// A Config describes a stack of layers. Layers is needed; the zero value of every other field is a default.
type Config struct {
	Layers     int
	Heads      int              // of each attention, a divisor of the width; 0 means 1
	Hidden     int              // width of the feed-forward networks; see [FeedForward]
	Activation graph.Activation // of the feed-forward networks; the zero value is ReLU
	SwiGLU     bool             // gated feed-forward networks; see [FeedForward]

	Placement Placement // of residual and normalisation; the zero value is PreLN
	Norm      Norm      // the zero value is LayerNorm
	Rotary    bool      // queries and keys of self-attention are rotated by their positions
	QKNorm    bool      // queries and keys are normalised; see [MultiHead]
	NoBias    bool      // no bias in linear maps

	Causal  bool    // no position sees later ones; a Decoder always is causal
	Lengths string  // input of int, (batch), with the lengths of padded sequences; "" means that none is padded
	Dropout float64 // of each branch and of the hidden values, as in PyTorch

	// Init draws the weights; nil means XavierUniform{}, as in PyTorch's nn.Transformer. With DeepNorm it must be nil: Xavier normal, with
	// the gain beta of its paper for all maps but those to queries and keys.
	Init initializer.Initializer
	// OutputInit draws the last map of each branch; nil means Init.
	OutputInit initializer.Initializer
}

// Validate says what is wrong with the configuration, if anything.
func (c Config) Validate() error {
	switch {
	case c.Layers <= 0:
		return errors.Errorf("attention: Layers: got %d, want a positive number", c.Layers)
	case c.Heads < 0 || c.Hidden < 0:
		return errors.Errorf("attention: got Heads %d and Hidden %d, want positive numbers, or 0 for the default", c.Heads, c.Hidden)
	case !(c.Dropout >= 0 && c.Dropout < 1):
		return errors.Errorf("attention: Dropout: got %g, want a probability in [0, 1)", c.Dropout)
	case c.Placement == DeepNorm && (c.Init != nil || c.OutputInit != nil):
		return errors.New("attention: got DeepNorm with Init or OutputInit, want neither: DeepNorm includes how weights start")
	}
	if err := c.Placement.Validate(); err != nil {
		return err
	}
	return c.Norm.validate()
}

// A branch draws attention or a feed-forward network in its scope.
type branch func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node

// residual draws a branch with its residual and its normalisation; the branch has a scope of its own. The constants count with DeepNorm.
func (c Config) residual(b *graph.Builder, x *gorgonia.Node, name, norm string, constants deepNorm, f branch) *gorgonia.Node {
	normalize := c.Norm.Layer(norm)
	block := graph.Residual{Name: name, NoSkip: c.Placement == NoResidual}
	block.Branch = graph.LayerFunc(func(inner *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		if c.Placement.normsFirst() {
			x = normalize.Apply(b, x)
		}
		x = graph.Dropout{P: c.Dropout}.Apply(inner, f(inner, x))
		if c.Placement == ReZero {
			x = graph.ScalarGain{Init: initializer.Constant{}}.Apply(inner, x)
		}
		return x
	})
	switch c.Placement {
	case PostLN:
		return normalize.Apply(b, block.Apply(b, x))
	case DeepNorm: // norm(alpha·x + F) is norm(x + F/alpha), but for eps
		block.Scale = 1 / constants.alpha
		return c.Norm.draw(b.ScopeAs(norm), block.Apply(b, x), defaultEps*math.Pow(constants.alpha, -2))
	}
	return block.Apply(b, x)
}

// last draws the normalisation after all layers, if the placement has one.
func (c Config) last(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if c.Placement.normsFirst() {
		return c.Norm.Layer("norm").Apply(b, x)
	}
	return x
}

// attention is the self-attention of a layer.
func (c Config) attention(constants deepNorm) MultiHead {
	m := MultiHead{
		Heads: c.Heads, Causal: c.Causal, Lengths: c.Lengths, Rotary: c.Rotary, QKNorm: c.QKNorm, NoBias: c.NoBias,
		Init: c.Init, OutputInit: c.outputInit(),
	}
	if c.Placement == DeepNorm {
		scaled := initializer.XavierNormal{Gain: constants.beta}
		m.Init, m.OutputInit = thirds{initializer.XavierNormal{}, initializer.XavierNormal{}, scaled}, scaled
	}
	return m
}

// feedForward is the feed-forward network of a layer.
func (c Config) feedForward(constants deepNorm) FeedForward {
	f := FeedForward{
		Hidden: c.Hidden, Activation: c.Activation, SwiGLU: c.SwiGLU, NoBias: c.NoBias, Dropout: c.Dropout,
		Init: c.Init, OutputInit: c.outputInit(),
	}
	if c.Placement == DeepNorm {
		scaled := initializer.XavierNormal{Gain: constants.beta}
		f.Init, f.OutputInit = scaled, scaled
	}
	return f
}

func (c Config) outputInit() initializer.Initializer {
	if c.OutputInit == nil {
		return c.Init
	}
	return c.OutputInit
}
