package remedy

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// A variant makes changed copies of a model.
type variant interface {
	style() style
	withStyle(style) graph.Model
	withSkips() (model graph.Model, code, note string) // nil if it has all skips already, or no room for any
}

// A style is the configuration that all layers of a model share.
type style struct {
	activation graph.Activation
	norm       graph.Norm
	init       initializer.Initializer
}

func withInit(v variant, init initializer.Initializer) graph.Model {
	s := v.style()
	s.init = init
	return v.withStyle(s)
}

// withNorm is nil if the model has the normalisation already.
func withNorm(v variant, norm graph.Norm) graph.Model {
	s := v.style()
	if s.norm == norm {
		return nil
	}
	s.norm = norm
	return v.withStyle(s)
}

// withActivation is nil if the model has the activation already.
func withActivation(v variant, a graph.Activation, init initializer.Initializer) graph.Model {
	s := v.style()
	if s.activation.String() == a.String() {
		return nil
	}
	s.activation, s.init = a, init
	return v.withStyle(s)
}

// variantOf supports the models of packages mlp and resnet, by value or pointer.
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

func (m plain) style() style { return style{m.Activation, m.Norm, m.Init} }

func (m plain) withStyle(s style) graph.Model {
	m.Activation, m.Norm, m.Init = s.activation, s.norm, s.init
	return mlp.Model(m)
}

// withSkips is a residual network with about as many layers: the first becomes the stem, and each pair of the others a block.
func (m plain) withSkips() (graph.Model, string, string) {
	widths := mlp.Model(m).Widths()
	if len(widths) < 3 {
		return nil, "", "not tried: a block needs two layers after the first, and there are fewer"
	}
	blocks := resnet.Model{Input: m.Input, Output: m.Output, Activation: m.Activation, Norm: m.Norm, Init: m.Init}
	for i := 2; i < len(widths); i += 2 {
		blocks.Widths = append(blocks.Widths, widths[i])
	}
	size := fmt.Sprintf("Widths: %#v", blocks.Widths)
	if m.Hidden == nil {
		blocks.Blocks, blocks.Width, blocks.Widths = len(blocks.Widths), m.Width, nil
		size = fmt.Sprintf("Blocks: %d, Width: %d", blocks.Blocks, m.Width)
	}
	note := ""
	if m.Dropout != 0 {
		note = "without the dropout"
	}
	return blocks, fmt.Sprintf("resnet.Model{Input: %d, %s, Output: %d%s}", m.Input, size, m.Output, optionCode(blocks)), note
}

// optionCode is the code of a model's options.
func optionCode(m resnet.Model) string {
	code := ""
	if m.Activation != graph.ReLU {
		code += ", Activation: " + activationCode(m.Activation)
	}
	if m.Norm != graph.NoNorm {
		code += ", Norm: graph." + strings.ToUpper(m.Norm.String())
	}
	if m.Init != nil {
		code += fmt.Sprintf(", Init: %#v", m.Init)
	}
	return code
}

// activationCode is the Go code of an activation, as "graph.ELU(1)".
func activationCode(a graph.Activation) string {
	kind := a.Kind()
	name, found := map[op.Activation]string{
		op.LeakyReLU: "LeakyReLU", op.GELUTanh: "GELUTanh", op.SiLU: "SiLU", op.ELU: "ELU", op.GELU: "GELU", op.SELU: "SELU", op.ReLU: "ReLU",
	}[kind]
	if !found {
		name = strings.ToUpper(kind.String()[:1]) + kind.String()[1:]
	}
	if kind == op.LeakyReLU || kind == op.ELU {
		return fmt.Sprintf("graph.%s(%g)", name, a.Alpha())
	}
	return "graph." + name
}

type residual resnet.Model

func (m residual) style() style { return style{m.Activation, m.Norm, m.Init} }

func (m residual) withStyle(s style) graph.Model {
	m.Activation, m.Norm, m.Init = s.activation, s.norm, s.init
	return resnet.Model(m)
}

// withSkips restores removed skips, and otherwise starts every branch at zero, so that at first the skips alone pass a signal.
func (m residual) withSkips() (graph.Model, string, string) {
	switch {
	case m.NoSkip:
		m.NoSkip = false
		return resnet.Model(m), "NoSkip: false", ""
	case m.ZeroInit:
		return nil, "", "" // nothing to add
	}
	m.ZeroInit = true
	return resnet.Model(m), "ZeroInit: true", "branches that start at zero"
}
