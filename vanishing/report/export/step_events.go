package export

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/eventfile"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The quantities that are scalars, by their names in package profile, with the first part of their tags.
var (
	layerTags = map[string]string{
		"delta_rms": "delta_rms", "saturated": "saturated", "dead": "dead", "gains.weight": "gain_weight", "gains.activation": "gain_activation",
		"gains.norm": "gain_norm", "gains.skip": "gain_skip", "gains.other": "gain_other",
	}
	paramTags = map[string]string{"grad_l2": "grad_norm", "update_ratio": "update_ratio"}
	blockTags = map[string]string{"skip_rms": "skip_rms", "branch_rms": "branch_rms", "cosine": "cosine"}
)

// step is the Summary of a record.
func (t tags) step(r *vanishing.Record) eventfile.Summary {
	var s eventfile.Summary
	s.Scalar("loss", float64(r.Loss))
	s.Scalar("learning_rate", float64(r.LearningRate))
	s.Scalar("clip", float64(r.Clip))
	for i, tag := range t.layers {
		t.scalars(&s, profile.LayerQuantities, layerTags, r, i, tag)
		if delta := float64(r.Layers[i].DeltaRMS); logscale.Drawable(delta) {
			s.Scalar("log10_delta_rms/"+tag, stat.Log10(delta))
		}
		if h := r.Histograms; h != nil {
			distribution(&s, "delta/"+tag, h.Layers[i].Delta)
			distribution(&s, "pre/"+tag, h.Layers[i].Pre)
		}
	}
	for i, tag := range t.params {
		t.scalars(&s, profile.ParamQuantities, paramTags, r, i, tag)
		if h := r.Histograms; h != nil {
			distribution(&s, "grad/"+tag, h.Params[i].Grad)
			distribution(&s, "value/"+tag, h.Params[i].Value)
		}
	}
	for i, tag := range t.blocks {
		t.scalars(&s, profile.BlockQuantities, blockTags, r, i, tag)
	}
	return s
}

// gainParts are the parts of [profile.Gains] by the names of their quantities.
var gainParts = map[string]string{
	"gains.weight": "weight", "gains.activation": "activation", "gains.norm": "norm", "gains.skip": "skip", "gains.other": "other",
}

// scalars writes the quantities of a layer, a parameter or a block in a record. Other than gradients it leaves out NaN, and the
// parts of gains that are zero in all records.
func (t tags) scalars(s *eventfile.Summary, table []profile.Quantity, names map[string]string, r *vanishing.Record, i int, tag string) {
	for _, q := range table {
		name, isScalar := names[q.Name]
		if part, isGain := gainParts[q.Name]; !isScalar || isGain && !slices.Contains(t.gains, part) {
			continue
		}
		gradient := q.Name == "delta_rms" || q.Name == "grad_l2"
		if v, known := q.Of(r, i); known && (gradient || !math.IsNaN(v)) {
			s.Scalar(name+"/"+tag, v)
		}
	}
}

func distribution(s *eventfile.Summary, tag string, h *profile.Histogram) {
	if h != nil {
		s.Histogram(tag, histogramProto(h))
	}
}

// layout is a Layout of the plugin custom_scalars. Layout: 2 category. Category: 1 title, 2 chart. Chart: 1 title, 2 multiline.
// Multiline: 1 tag, a regular expression.
func (t tags) layout() eventfile.Message {
	charts := []struct{ title, tag string }{
		{"log10 RMS(dL/dz) of all layers", "log10_delta_rms"}, {"gradient norm of all parameters", "grad_norm"},
		{"update:parameter ratio of all parameters", "update_ratio"}, {"saturated share of all layers", "saturated"},
	}
	for _, g := range t.gains {
		charts = append(charts, struct{ title, tag string }{"gain by " + g + " in decades, all layers", "gain_" + g})
	}
	if len(t.blocks) > 0 {
		charts = append(charts, struct{ title, tag string }{"cosine between skip and branch, all blocks", "cosine"})
	}
	category := eventfile.Message(nil).Text(1, "gradient flow")
	for _, c := range charts {
		multiline := eventfile.Message(nil).Text(1, c.tag+"/.*")
		category = category.Bytes(2, eventfile.Message(nil).Text(1, c.title).Bytes(2, multiline))
	}
	return eventfile.Message(nil).Bytes(2, category)
}
