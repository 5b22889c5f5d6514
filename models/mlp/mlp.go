// Package mlp builds multilayer perceptrons: plain stacks of fully connected layers.
//
//	model := mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Sigmoid}
//
// Each hidden layer is Dense, then normalisation if asked for, then the activation, then dropout if asked for; the output
// layer is a Dense alone, giving logits.
package mlp

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// Model is a multilayer perceptron. Input and Output are needed; Hidden, or Depth and Width, give the hidden layers. Without
// any the model is one linear map.
type Model struct {
	Input  int // features of a sample
	Output int // width of the output layer: the number of classes, or of regression targets

	Hidden []int // widths of the hidden layers, from input to output
	Depth  int   // instead of Hidden: the number of hidden layers ...
	Width  int   // ... all of this width

	Activation graph.Activation        // of the hidden layers; the zero value is ReLU
	Norm       graph.Norm              // between linear map and activation; the zero value is none
	Dropout    float64                 // probability, after each hidden activation; 0 is none
	Init       initializer.Initializer // of the weights; nil means Activation.DefaultInit()
	NoBias     bool                    // no bias anywhere; with graph.BN hidden layers never have one, as the shift takes its place
}

var _ graph.Model = Model{}

// Widths lists the widths of the hidden layers.
func (m Model) Widths() []int {
	if m.Hidden != nil {
		return m.Hidden
	}
	return slices.Repeat([]int{m.Width}, max(m.Depth, 0))
}

// Validate says what is wrong with the configuration, if anything.
func (m Model) Validate() error {
	if m.Input <= 0 || m.Output <= 0 {
		return errors.Errorf("mlp: widths: got Input %d and Output %d, want positive numbers", m.Input, m.Output)
	}
	if m.Hidden != nil && (m.Depth != 0 || m.Width != 0) {
		return errors.New("mlp: got both Hidden and Depth or Width, want one of the two")
	}
	if m.Depth < 0 {
		return errors.Errorf("mlp: Depth: got %d, want at least 0", m.Depth)
	}
	if m.Depth == 0 && m.Width != 0 {
		return errors.Errorf("mlp: Depth: got 0 with Width %d, want the number of hidden layers (leave both out for none)", m.Width)
	}
	for i, width := range m.Widths() {
		if width <= 0 {
			return errors.Errorf("mlp: width of hidden layer %d: got %d, want a positive number", i+1, width)
		}
	}
	if !(m.Dropout >= 0 && m.Dropout < 1) {
		return errors.Errorf("mlp: Dropout: got %g, want a probability in [0, 1)", m.Dropout)
	}
	return errors.Wrap(m.Norm.Validate(), "mlp: Norm")
}

// Apply draws the network on rows x of shape (batch, Input). It flattens the axes after the first.
func (m Model) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if err := m.Validate(); err != nil {
		return b.Failf("%v", err)
	}
	x = graph.Flatten{}.Apply(b, x)
	if got := x.Shape()[1]; got != m.Input {
		return b.Failf("mlp: features of a sample: got %d, want %d (Input)", got, m.Input)
	}
	for _, width := range m.Widths() {
		x = m.hidden(width).Apply(b, x)
	}
	return graph.Dense{Units: m.Output, Init: m.init(), NoBias: m.NoBias}.Apply(b, x)
}

// hidden is one hidden layer.
func (m Model) hidden(width int) graph.Sequential {
	layers := graph.Sequential{graph.Dense{Units: width, Init: m.init(), NoBias: m.NoBias || m.Norm == graph.BN}}
	if norm := m.Norm.Layer(nil); norm != nil {
		layers = append(layers, norm)
	}
	layers = append(layers, m.Activation)
	if m.Dropout != 0 {
		layers = append(layers, graph.Dropout{P: m.Dropout})
	}
	return layers
}

func (m Model) init() initializer.Initializer {
	if m.Init == nil {
		return m.Activation.DefaultInit()
	}
	return m.Init
}
