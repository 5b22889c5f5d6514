package profile

// A Quantity is a number that records hold for each layer, each parameter or each block. Reports that write one number a line,
// or one series each, iterate over the tables below.
type Quantity struct {
	Name string // as in CSV: "delta_rms", "gains.weight"
	Size bool   // whether it is a size, 0 or more; otherwise it is a mean, a share, a cosine or a logarithm

	// Of is the number of the layer, parameter or block with index i; known reports whether the record has it.
	Of func(r *Record, i int) (value float64, known bool)
}

// LayerQuantities are the quantities of a layer.
var LayerQuantities = []Quantity{
	{"delta_rms", true, func(r *Record, i int) (float64, bool) { return float64(r.Layers[i].DeltaRMS), true }},
	{"flushed", false, func(r *Record, i int) (float64, bool) { return float64(r.Layers[i].Flushed), true }},
	{"act_grad_rms", true, layerDetail(func(d *LayerDetail) Number { return d.ActGradRMS })},
	{"pre_mean", false, layerDetail(func(d *LayerDetail) Number { return d.PreMean })},
	{"pre_std", true, layerDetail(func(d *LayerDetail) Number { return d.PreStd })},
	{"act_mean", false, layerDetail(func(d *LayerDetail) Number { return d.ActMean })},
	{"act_std", true, layerDetail(func(d *LayerDetail) Number { return d.ActStd })},
	{"act_zero", false, layerDetail(func(d *LayerDetail) Number { return d.ActZero })},
	{"saturated", false, layerDetail(func(d *LayerDetail) Number { return d.Saturated })},
	{"dead", false, layerDetail(func(d *LayerDetail) Number { return d.Dead })},
	{"gains.weight", false, gain(func(g *Gains) Number { return g.Weight })},
	{"gains.activation", false, gain(func(g *Gains) Number { return g.Activation })},
	{"gains.norm", false, gain(func(g *Gains) Number { return g.Norm })},
	{"gains.skip", false, gain(func(g *Gains) Number { return g.Skip })},
	{"gains.other", false, gain(func(g *Gains) Number { return g.Other })},
}

// ParamQuantities are the quantities of a parameter.
var ParamQuantities = []Quantity{
	{"grad_l2", true, func(r *Record, i int) (float64, bool) { return float64(r.Params[i].GradL2), true }},
	{"grad_rms", true, func(r *Record, i int) (float64, bool) { return float64(r.Params[i].GradRMS), true }},
	{"norm_l2", true, paramDetail(func(d *ParamDetail) Number { return d.NormL2 })},
	{"update_ratio", true, update(func(u *Update) Number { return u.Ratio })},
	{"grad_max", true, paramDetail(func(d *ParamDetail) Number { return d.GradMax })},
	{"grad_mean_abs", true, paramDetail(func(d *ParamDetail) Number { return d.GradMeanAbs })},
	{"clipped_l2", true, clipped(func(c *ClippedGrad) Number { return c.L2 })},
	{"clipped_rms", true, clipped(func(c *ClippedGrad) Number { return c.RMS })},
	{"clipped_max", true, clipped(func(c *ClippedGrad) Number { return c.Max })},
	{"clipped_mean_abs", true, clipped(func(c *ClippedGrad) Number { return c.MeanAbs })},
	{"update_l2", true, update(func(u *Update) Number { return u.L2 })},
	{"unchanged", false, update(func(u *Update) Number { return u.Unchanged })},
	{"snr", true, snr},
	{"filters.min_l2", true, filter(func(f *Filters) Number { return f.MinL2 })},
	{"filters.median_l2", true, filter(func(f *Filters) Number { return f.MedianL2 })},
	{"filters.max_l2", true, filter(func(f *Filters) Number { return f.MaxL2 })},
}

// BlockQuantities are the quantities of a residual block.
var BlockQuantities = []Quantity{
	{"total_rms", true, blockDetail(func(d *BlockDetail) Number { return d.TotalRMS })},
	{"skip_rms", true, blockDetail(func(d *BlockDetail) Number { return d.SkipRMS })},
	{"branch_rms", true, blockDetail(func(d *BlockDetail) Number { return d.BranchRMS })},
	{"cosine", false, blockDetail(func(d *BlockDetail) Number { return d.Cosine })},
	{"write_share", true, write},
	{"signal.squared_mean", true, signal(func(s *BlockSignal) Number { return s.SquaredMean })},
	{"signal.variance", true, signal(func(s *BlockSignal) Number { return s.Variance })},
	{"signal.branch_variance", true, signal(func(s *BlockSignal) Number { return s.BranchVariance })},
}

// HeadQuantities are the quantities of a head of an attention.
var HeadQuantities = []HeadQuantity{
	{"attention.largest_logit", func(h *HeadDetail) Number { return h.LargestLogit }},
	{"attention.entropy", func(h *HeadDetail) Number { return h.Entropy }},
	{"attention.even_entropy", func(h *HeadDetail) Number { return h.EvenEntropy }},
	{"attention.first_share", func(h *HeadDetail) Number { return h.FirstShare }},
	{"attention.query_l2", func(h *HeadDetail) Number { return h.QueryL2 }},
	{"attention.key_l2", func(h *HeadDetail) Number { return h.KeyL2 }},
}

// A HeadQuantity is a number of a head in records with details of attentions.
type HeadQuantity struct {
	Name string // as in CSV
	Of   func(h *HeadDetail) Number
}

type accessor = func(r *Record, i int) (float64, bool)

func layerDetail(of func(*LayerDetail) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil {
			return 0, false
		}
		return float64(of(&r.Details.Layers[i])), true
	}
}

func gain(of func(*Gains) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil || r.Details.Layers[i].Gains == nil {
			return 0, false
		}
		return float64(of(r.Details.Layers[i].Gains)), true
	}
}

func paramDetail(of func(*ParamDetail) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil {
			return 0, false
		}
		return float64(of(&r.Details.Params[i])), true
	}
}

func clipped(of func(*ClippedGrad) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil || r.Details.Clipped == nil {
			return 0, false
		}
		return float64(of(&r.Details.Clipped[i])), true
	}
}

func update(of func(*Update) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil || r.Details.Updates == nil {
			return 0, false
		}
		return float64(of(&r.Details.Updates[i])), true
	}
}

func snr(r *Record, i int) (float64, bool) {
	if r.Details == nil || r.Details.Params[i].SNR == nil {
		return 0, false
	}
	return float64(*r.Details.Params[i].SNR), true
}

func blockDetail(of func(*BlockDetail) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil || i >= len(r.Details.Blocks) || r.Details.Blocks[i] == nil {
			return 0, false
		}
		return float64(of(r.Details.Blocks[i])), true
	}
}

func write(r *Record, i int) (float64, bool) {
	if r.Details == nil || i >= len(r.Details.Writes) {
		return 0, false
	}
	return float64(r.Details.Writes[i]), true
}

func filter(of func(*Filters) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if r.Details == nil || r.Details.Params[i].Filters == nil {
			return 0, false
		}
		return float64(of(r.Details.Params[i].Filters)), true
	}
}

func signal(of func(*BlockSignal) Number) accessor {
	return func(r *Record, i int) (float64, bool) {
		if i >= len(r.Signal) {
			return 0, false
		}
		return float64(of(&r.Signal[i])), true
	}
}
