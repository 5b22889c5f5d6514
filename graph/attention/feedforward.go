package attention

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// FeedForward is two linear maps of each position with an activation between them, "linear1" and "linear2" as in PyTorch's
// nn.TransformerEncoderLayer, or the gated form of Shazeer 2020 (see SwiGLU).
type FeedForward struct {
	// Hidden is the width between the maps; 0 means 4 times the width of the input, and with SwiGLU 8/3 times, rounded up to a multiple of
	// 8, which has about as many parameters.
	Hidden     int
	Activation graph.Activation // the zero value is ReLU
	// SwiGLU multiplies silu(x·gate) and x·up before the last map: the maps are "gate_proj", "up_proj" and "down_proj", without bias, and
	// Activation is not used.
	SwiGLU  bool
	NoBias  bool
	Dropout float64 // of the hidden values
	Init    initializer.Initializer
	// OutputInit draws the last map. Both are XavierUniform{} by default.
	OutputInit initializer.Initializer
}

// Apply draws the network on sequences (batch, time, width).
func (f FeedForward) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	return f.draw(b.Scope("feedforward"), x)
}

func (f FeedForward) draw(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	checkSequences(b, x)
	width := x.Shape()[2]
	hidden := f.hidden(width)
	if hidden <= 0 {
		return b.Failf("got Hidden %d, want a positive width, or 0 for the default", f.Hidden)
	}
	rows, last := rowsOf(b, x), "linear2"
	if f.SwiGLU {
		rows, last = f.gated(b, rows, hidden), "down_proj"
	} else {
		rows = f.Activation.Apply(b, linear{hidden, f.Init, f.NoBias}.draw(b.ScopeAs("linear1"), rows))
	}
	rows = graph.Dropout{P: f.Dropout}.Apply(b, rows)
	output := linear{width, f.OutputInit, f.NoBias || f.SwiGLU}
	return sequences(b, output.draw(b.ScopeAs(last), rows), x)
}

// gated is the product of the gate and the value.
func (f FeedForward) gated(b *graph.Builder, rows *gorgonia.Node, hidden int) *gorgonia.Node {
	gate := linear{hidden, f.Init, true}.draw(b.ScopeAs("gate_proj"), rows)
	return b.Check(op.SwiGLU(gate, linear{hidden, f.Init, true}.draw(b.ScopeAs("up_proj"), rows)))
}

// hidden is the width between the maps.
func (f FeedForward) hidden(width int) int {
	switch {
	case f.Hidden != 0:
		return f.Hidden
	case f.SwiGLU:
		return (8*width/3 + 7) / 8 * 8
	}
	return 4 * width
}

var _ graph.Layer = FeedForward{}
