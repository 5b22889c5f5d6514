package remedy

import (
	"fmt"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
)

// attentive gives the configuration of a Transformer's layers, and makes a copy of the model with another one; known is false for other
// models.
func attentive(m graph.Model) (c attention.Config, with func(attention.Config) graph.Model, known bool) {
	switch m := m.(type) {
	case *transformer.GPT:
		return attentive(*m)
	case *transformer.Classifier:
		return attentive(*m)
	case *transformer.ViT:
		return attentive(*m)
	case *transformer.EncoderDecoder:
		return attentive(*m)
	case transformer.GPT:
		return m.Config, func(c attention.Config) graph.Model { m.Config = c; return m }, true
	case transformer.Classifier:
		return m.Config, func(c attention.Config) graph.Model { m.Config = c; return m }, true
	case transformer.ViT:
		return m.Config, func(c attention.Config) graph.Model { m.Config = c; return m }, true
	case transformer.EncoderDecoder:
		return m.Config, func(c attention.Config) graph.Model { m.Config = c; return m }, true
	}
	return attention.Config{}, nil, false
}

// forAttention lists the remedies for a Transformer: normalised queries and keys, the normalisation before the branches, and small first steps.
func (c Config) forAttention(config attention.Config, with func(attention.Config) graph.Model) (list []candidate) {
	if !config.QKNorm {
		changed := config
		changed.QKNorm = true
		list = append(list, candidate{name: "QK normalisation", code: "QKNorm: true", model: with(changed)})
	}
	if config.Placement != attention.PreLN {
		changed := config
		changed.Placement = attention.PreLN
		list = append(list, candidate{name: "Pre-LN", code: "Placement: attention.PreLN", model: with(changed)})
	}
	return append(list, candidate{
		name: "warm-up", code: fmt.Sprintf("Schedule: schedule.Warmup(%d, schedule.Constant{})", c.steps()), model: c.Model, warm: true, kept: true,
		note: "over the steps of the trial; a training needs longer ones",
	})
}
