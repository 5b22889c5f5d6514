package rnn

import (
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
)

// A LanguageModel reads tokens (batch, time) of int and gives logits (batch, time, Vocabulary) of the next token at each position.
// Vocabulary and Config.Units are needed.
//
// Config.Dropout drops units of the embedding and of each layer's output, the last one too (Zaremba et al. 2014, and PyTorch's example
// word_language_model).
//
// Its parameters are "embedding/weight", those of the recurrent layers, and "head/weight" and "head/bias".
type LanguageModel struct {
	Vocabulary int // number of tokens
	Width      int // of the embedding; 0 means Units

	Config

	// Tied makes the embedding the weight of the output too (Press & Wolf 2017); it needs a Width of Units.
	Tied bool
}

func (m LanguageModel) width() int {
	if m.Width == 0 {
		return m.Units
	}
	return m.Width
}

// Validate says what is wrong with the configuration, if anything.
func (m LanguageModel) Validate() error {
	switch {
	case m.Vocabulary <= 0:
		return errors.Errorf("rnn: Vocabulary: got %d, want a positive number", m.Vocabulary)
	case m.Width < 0:
		return errors.Errorf("rnn: Width: got %d, want a positive number, or 0 for Units", m.Width)
	case m.Tied && m.width() != m.Units:
		return errors.Errorf("rnn: Width: got %d with Tied, want Units, %d", m.Width, m.Units)
	}
	return m.Config.Validate()
}

// Apply draws the network.
func (m LanguageModel) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	if x.Dims() != 2 {
		return b.Failf("got input of shape %v, want tokens (batch, time)", x.Shape())
	}
	scope, e := b.ScopeAs("embedding"), embedding(m.Vocabulary, m.width())
	table, dropout := e.Table(scope), graph.Dropout{P: m.Dropout}
	x = dropout.Apply(b, e.Lookup(scope, table, x))
	x = dropout.Apply(b, m.layer(false, false).Apply(b, x))
	if m.Tied {
		return attention.Tied(b, x, table)
	}
	return positions(b.ScopeAs("head"), x, m.Vocabulary)
}

// positions draws a linear map of each position of sequences (batch, time, features), with the parameters "weight" and "bias".
func positions(b *graph.Builder, x *gorgonia.Node, units int) *gorgonia.Node {
	s := x.Shape()
	rows := b.Check(gorgonia.Reshape(x, []int{s[0] * s[1], s[2]}))
	return b.Check(gorgonia.Reshape(linear(b, rows, units), []int{s[0], s[1], units}))
}

// linear draws a linear map of rows.
func linear(b *graph.Builder, rows *gorgonia.Node, units int) *gorgonia.Node {
	fan := initializer.Fan{In: rows.Shape()[1], Out: units}
	weight := b.Param(graph.Param{Name: "weight", Role: graph.Weight, Fan: fan, Init: initializer.TorchDefault{}}, fan.In, units)
	bias := b.Param(graph.Param{Name: "bias", Role: graph.Bias, Fan: fan, Init: initializer.Constant{}}, units)
	return b.Check(op.Linear(rows, weight, bias))
}

// Size is the number of parameters.
func (m LanguageModel) Size() int {
	size := m.Vocabulary*m.width() + m.size(m.width(), 1)
	if !m.Tied {
		size += (m.Units + 1) * m.Vocabulary
	}
	return size
}

var _ graph.Model = LanguageModel{}
