package attention

import (
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/enum"
)

// Positions is how a network knows the places of its inputs.
type Positions int

// The encodings of positions.
const (
	Learned     Positions = iota // a vector for each position, added to the input: [LearnedPositions]
	Sinusoidal                   // sines and cosines, added to the input: [SinusoidalPositions]
	Rotary                       // queries and keys are rotated by their position: [op.Rotate]
	NoPositions                  // a causal network can still tell them apart by what it sees
)

// String is "learned", "sinusoidal", "rotary" or "none".
func (p Positions) String() string {
	return enum.Name("positions", p, "learned", "sinusoidal", "rotary", "none")
}

// Validate returns an error unless p is one of the encodings.
func (p Positions) Validate() error {
	if p < Learned || p > NoPositions {
		return errors.Errorf("attention: positions: got %v, want Learned, Sinusoidal, Rotary or NoPositions", p)
	}
	return nil
}

// Layer is what is added to the input of a network that reads sequences up to a length; nil for nothing.
func (p Positions) Layer(longest int, init initializer.Initializer) graph.Layer {
	switch p {
	case Learned:
		return LearnedPositions{Max: longest, Init: init}
	case Sinusoidal:
		return SinusoidalPositions{}
	}
	return nil
}

// LearnedPositions adds a vector that is trained to each position of sequences (batch, time, width). The vectors are the parameter
// "weight" (Max, width), of role [graph.Bias], as it is added: optimisers treat it as a table of vectors, see LARS and Muon of package optim.
type LearnedPositions struct {
	Max  int                     // the longest time
	Init initializer.Initializer // nil means N(0, 0.02²), as in GPT-2
}

// Apply draws the sum.
func (p LearnedPositions) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return p.draw(b.Scope("positions"), x)
}

func (p LearnedPositions) draw(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	checkSequences(b, x)
	time, width := x.Shape()[1], x.Shape()[2]
	if time > p.Max {
		return b.Failf("got sequences of length %d, want at most %d (Max)", time, p.Max)
	}
	init := p.Init
	if init == nil {
		init = initializer.Normal{Std: 0.02}
	}
	vectors := b.Param(graph.Param{Name: "weight", Role: graph.Bias, Fan: initializer.Fan{In: 1, Out: width}, Init: init}, p.Max, width)
	if time < p.Max {
		vectors = b.Check(gorgonia.Slice(vectors, gorgonia.S(0, time)))
		vectors = b.Check(gorgonia.Reshape(vectors, tensor.Shape{time, width})) // a slice of one row has lost an axis
	}
	return b.Check(op.BroadcastAdd(x, vectors))
}

// SinusoidalPositions adds sines and cosines of position/10000^(2i/width) to elements 2i and 2i+1 of sequences (batch, time, width)
// (Vaswani et al. 2017, sec. 3.5).
type SinusoidalPositions struct{}

// Apply draws the sum.
func (SinusoidalPositions) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	b = b.Scope("positions")
	checkSequences(b, x)
	time, width := x.Shape()[1], x.Shape()[2]
	values := make([]float64, time*width)
	for at := range values {
		t, i := at/width, at%width
		angle := float64(t) * math.Pow(10000, -float64(i-i%2)/float64(width))
		if values[at] = math.Sin(angle); i%2 == 1 {
			values[at] = math.Cos(angle)
		}
	}
	return b.Check(op.BroadcastAdd(x, b.ConstantOf(values, time, width)))
}

var (
	_ graph.Layer = LearnedPositions{}
	_ graph.Layer = SinusoidalPositions{}
)
