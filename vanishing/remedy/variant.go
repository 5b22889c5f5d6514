package remedy

import (
	"fmt"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// A variant makes changed copies of a model. They are nil where the model is that way already.
type variant interface {
	withInit(graph.Initializer) graph.Model
	withNorm(graph.Norm) graph.Model
	withActivation(graph.Activation, graph.Initializer) graph.Model
	withSkips() (model graph.Model, code, note string)
}

// variantOf knows the models of packages mlp and resnet, by value or pointer.
func variantOf(m graph.Model) (variant, bool) {
	switch m := m.(type) {
	case mlp.Model:
		return plain(m), true
	case *mlp.Model:
		return plain(*m), true
	case resnet.Model:
		return residual(m), true
	case *resnet.Model:
		return residual(*m), true
	}
	return nil, false
}

type plain mlp.Model

func (m plain) withInit(init graph.Initializer) graph.Model {
	m.Init = init
	return mlp.Model(m)
}

func (m plain) withNorm(norm graph.Norm) graph.Model {
	if m.Norm == norm {
		return nil
	}
	m.Norm = norm
	return mlp.Model(m)
}

func (m plain) withActivation(a graph.Activation, init graph.Initializer) graph.Model {
	if m.Activation.String() == a.String() {
		return nil
	}
	m.Activation, m.Init = a, init
	return mlp.Model(m)
}

// withSkips is a residual network with about as many layers: the first is the stem, each two of the others a block.
func (m plain) withSkips() (graph.Model, string, string) {
	widths := mlp.Model(m).Widths()
	if len(widths) < 3 {
		return nil, "", "not tried: a block takes two layers behind the first, and there are not as many"
	}
	blocks := resnet.Model{Input: m.Input, Output: m.Output, Activation: m.Activation, Norm: m.Norm, Init: m.Init}
	for i := 2; i < len(widths); i += 2 {
		blocks.Widths = append(blocks.Widths, widths[i])
	}
	code := fmt.Sprintf("resnet.Model{Input: %d, Widths: %#v, Output: %d, ...}", m.Input, blocks.Widths, m.Output)
	if m.Hidden == nil {
		blocks.Blocks, blocks.Width, blocks.Widths = len(blocks.Widths), m.Width, nil
		code = fmt.Sprintf("resnet.Model{Input: %d, Blocks: %d, Width: %d, Output: %d, ...}", m.Input, blocks.Blocks, m.Width, m.Output)
	}
	note := ""
	if m.Dropout != 0 {
		note = "without the dropout"
	}
	return blocks, code, note
}

type residual resnet.Model

func (m residual) withInit(init graph.Initializer) graph.Model {
	m.Init = init
	return resnet.Model(m)
}

func (m residual) withNorm(norm graph.Norm) graph.Model {
	if m.Norm == norm {
		return nil
	}
	m.Norm = norm
	return resnet.Model(m)
}

func (m residual) withActivation(a graph.Activation, init graph.Initializer) graph.Model {
	if m.Activation.String() == a.String() {
		return nil
	}
	m.Activation, m.Init = a, init
	return resnet.Model(m)
}

// withSkips puts back skips that were removed, and otherwise starts every branch at zero, so that the skips are all there is.
func (m residual) withSkips() (graph.Model, string, string) {
	switch {
	case m.NoSkip:
		m.NoSkip = false
		return resnet.Model(m), "NoSkip: false", ""
	case m.ZeroInit:
		return nil, "", "" // they are all there already
	}
	m.ZeroInit = true
	return resnet.Model(m), "ZeroInit: true", "branches that start at zero"
}
