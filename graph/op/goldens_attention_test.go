package op_test

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

func drawAttention(c goldens.Case, in map[string]*gorgonia.Node) (y *gorgonia.Node, _ map[string]*gorgonia.Node, err error) {
	if c.Op == "swiglu" {
		y, err = op.SwiGLU(in["gate"], in["x"])
		return y, nil, err
	}
	config := op.AttentionConfig{Heads: int(c.Attrs["heads"]), Causal: c.Attrs["causal"] == 1, Mask: in["mask"]}
	if c.F64.Labels != nil {
		config.Lengths = input(in["q"].Graph(), "lengths", newLabels(c.F64.Labels...))
	}
	y, err = op.Attention(in["q"], in["k"], in["v"], config)
	return y, nil, err
}
