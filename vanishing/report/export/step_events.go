package export

import (
	"math"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
)

// step is the Summary of a record.
func (t tags) step(p vanishing.Profile, r vanishing.Record) message {
	var s summary
	s.scalar("loss", r.Loss)
	s.scalar("learning_rate", r.LearningRate)
	s.scalar("clip", r.Clip)
	for i, l := range r.Layers {
		t.layer(&s, t.layers[i], r, l)
	}
	for i, param := range r.Params {
		s.scalar("grad_norm/"+t.params[i], param.GradL2)
		s.known("update_ratio/"+t.params[i], param.UpdateRatio)
		if r.Histograms {
			s.distribution("grad/"+t.params[i], param.Grad)
			s.distribution("value/"+t.params[i], param.Value)
		}
	}
	if r.Details && len(r.Blocks) == len(p.Blocks) {
		for i, b := range r.Blocks {
			s.known("skip_rms/"+t.blocks[i], b.SkipRMS)
			s.known("branch_rms/"+t.blocks[i], b.BranchRMS)
			s.known("cosine/"+t.blocks[i], b.Cosine)
		}
	}
	return s.message
}

func (t tags) layer(s *summary, tag string, r vanishing.Record, l vanishing.LayerRecord) {
	s.scalar("delta_rms/"+tag, l.DeltaRMS)
	if logscale.Drawable(l.DeltaRMS) {
		s.scalar("log10_delta_rms/"+tag, logscale.Log10(l.DeltaRMS))
	}
	if r.Details {
		s.known("saturated/"+tag, l.Saturated)
		s.known("dead/"+tag, l.Dead)
		for _, g := range t.gains {
			s.known("gain_"+g.name+"/"+tag, g.of(l.Gains))
		}
	}
	if r.Histograms {
		s.distribution("delta/"+tag, l.Delta)
		s.distribution("pre/"+tag, l.Pre)
	}
}

// known leaves out what does not exist.
func (s *summary) known(tag string, v float64) {
	if !math.IsNaN(v) {
		s.scalar(tag, v)
	}
}

func (s *summary) distribution(tag string, h *vanishing.Histogram) {
	if h != nil {
		s.histogram(tag, h)
	}
}

// layout is a Layout of the plugin custom_scalars: 2 category; of a category 1 title and 2 chart; of a chart 1 title and
// 2 multiline; of that 1 tag, a regular expression.
func (t tags) layout() message {
	charts := []struct{ title, tag string }{
		{"log10 RMS(dL/dz) of all layers", "log10_delta_rms"}, {"gradient norm of all parameters", "grad_norm"},
		{"update:parameter ratio of all parameters", "update_ratio"}, {"saturated share of all layers", "saturated"},
	}
	for _, g := range t.gains {
		charts = append(charts, struct{ title, tag string }{"gain by " + g.name + " in decades, all layers", "gain_" + g.name})
	}
	if len(t.blocks) > 0 {
		charts = append(charts, struct{ title, tag string }{"cosine between skip and branch, all blocks", "cosine"})
	}
	category := message(nil).text(1, "gradient flow")
	for _, c := range charts {
		multiline := message(nil).text(1, c.tag+"/.*")
		category = category.bytes(2, message(nil).text(1, c.title).bytes(2, multiline))
	}
	return message(nil).bytes(2, category)
}
