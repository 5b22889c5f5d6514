package rnn

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A Classifier gives the logits of classes, or other numbers, (batch, Outputs), to each sequence: of tokens (batch, time) of int, or of
// numbers (batch, time, features). It reads the state after the last step. Outputs and Config.Units are needed, and Vocabulary for tokens.
//
// Its parameters are "embedding/weight" with tokens, those of the recurrent layers, and "head/weight" and "head/bias".
type Classifier struct {
	Outputs    int // number of classes, or of regression targets
	Vocabulary int // number of tokens; 0 means that the input holds numbers
	Width      int // of the embedding; 0 means Units

	Config

	Bidirectional bool // a second network reads each sequence from its end
	// EveryStep gives outputs (batch, time, Outputs) of all positions in place of the last one.
	EveryStep bool
}

func (m Classifier) width() int {
	if m.Width == 0 {
		return m.Units
	}
	return m.Width
}

// Validate says what is wrong with the configuration, if anything.
func (m Classifier) Validate() error {
	switch {
	case m.Outputs <= 0:
		return errors.Errorf("rnn: Outputs: got %d, want a positive number", m.Outputs)
	case m.Vocabulary < 0 || m.Width < 0:
		return errors.Errorf("rnn: got Vocabulary %d and Width %d, want positive numbers, or 0 for the default", m.Vocabulary, m.Width)
	case m.Width > 0 && m.Vocabulary == 0:
		return errors.Errorf("rnn: Width: got %d without Vocabulary, want both, or none for numbers", m.Width)
	}
	return m.Config.Validate()
}

// Apply draws the network.
func (m Classifier) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	switch isTokens := x.Dtype() == tensor.Int; {
	case m.Vocabulary > 0 && (!isTokens || x.Dims() != 2):
		return b.Failf("got input of shape %v of %v, want tokens (batch, time) of int (or no Vocabulary)", x.Shape(), x.Dtype())
	case m.Vocabulary == 0 && (isTokens || x.Dims() != 3):
		return b.Failf("got input of shape %v of %v, want numbers (batch, time, features) (or a Vocabulary, for tokens)", x.Shape(), x.Dtype())
	case m.Vocabulary > 0:
		scope, e := b.ScopeAs("embedding"), embedding(m.Vocabulary, m.width())
		x = e.Lookup(scope, e.Table(scope), x)
	}
	x = m.layer(m.Bidirectional, !m.EveryStep).Apply(b, x)
	if m.EveryStep {
		return positions(b.ScopeAs("head"), x, m.Outputs)
	}
	return linear(b.ScopeAs("head"), x, m.Outputs)
}

// Size is the number of parameters, for inputs of so many features; they count without Vocabulary.
func (m Classifier) Size(features int) int {
	size, directions := 0, 1
	if m.Vocabulary > 0 {
		features = m.width()
		size = m.Vocabulary * features
	}
	if m.Bidirectional {
		directions = 2
	}
	return size + m.size(features, directions) + (directions*m.Units+1)*m.Outputs
}

var _ graph.Model = Classifier{}
