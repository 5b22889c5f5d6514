package vanishing

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// newRecord is a record in which nothing is known yet but what is not asked for.
func newRecord(layers, params, blocks int, t tiers) *profile.Record {
	r := &profile.Record{
		Layers: make([]profile.LayerRecord, layers), Params: make([]profile.ParamRecord, params),
		Clip: 1, Details: t.details, Histograms: t.histograms,
	}
	nan := math.NaN()
	for i := range r.Layers {
		l := &r.Layers[i]
		if l.Gains = profile.NoGains(); !t.details {
			l.ActGradRMS, l.PreMean, l.PreStd, l.ActMean, l.ActStd, l.ActZero, l.Saturated, l.Dead = nan, nan, nan, nan, nan, nan, nan, nan
		}
	}
	for i := range r.Params {
		p := &r.Params[i]
		p.NormL2, p.UpdateRatio, p.UpdateL2, p.Unchanged, p.SNR = nan, nan, nan, nan, nan
		p.GradMax, p.GradMeanAbs = nan, nan
		p.ClippedL2, p.ClippedRMS, p.ClippedMax, p.ClippedMeanAbs = nan, nan, nan, nan
	}
	if t.details {
		r.Blocks = make([]profile.BlockRecord, blocks)
	}
	return r
}

// tapDetails sets the taps of the details, in a group that is off in other runs: the machine then computes as if they were
// not there.
func (w *probe) tapDetails() {
	for i, layer := range w.layers {
		w.tapPre(i, layer)
		w.details.Tap(layer.Pre.Deriv(), w.timed(func(r *profile.Record, delta gorgonia.Value) {
			if r.Histograms {
				r.Layers[i].Delta = w.histogram(delta)
			}
		}))
		if layer.Act != nil {
			w.tapAct(i, layer)
			w.size(layer.Act.Deriv())
		}
	}
	for i, b := range w.params {
		w.tapGradient(i, b)
	}
	w.chains = make([]chain, len(w.layers))
	for i := len(w.layers) - 1; i >= 0; i-- {
		w.chains[i] = w.chainFrom(i)
	}
	for _, b := range w.blocks {
		var sizes blockSizes // nil if the parts are not known
		if skip, branch := blockTerms(b); branch != nil {
			sizes = blockSizes{w.size(b.Input.Deriv()), w.size(skip), w.size(branch)}
		}
		w.blockSizes = append(w.blockSizes, sizes)
	}
}

// tapTop shows the gradient of the last layer to the overlay of theory.
func (w *probe) tapTop() {
	path := newOverlay(w.program).path
	if len(path) == 0 {
		return
	}
	w.details.Tap(path[len(path)-1].Pre.Deriv(), w.timed(func(_ *profile.Record, delta gorgonia.Value) {
		if w.overlay != nil {
			w.overlay.seeTop(delta)
		}
	}))
}

// expect gives what theory expects of the network, of its first record. Without an overlay it is nil.
func (w *probe) expect(r *profile.Record) *profile.Theory {
	o := w.overlay
	w.overlay = nil
	input := w.program.InputValue()
	if o == nil || !r.Details || input == nil {
		return nil
	}
	o.seeInput(input)
	return o.theory(w.layers, *r)
}

// size is where the root mean square of a gradient is written to in runs with details.
func (w *probe) size(n *gorgonia.Node) *float64 {
	if known := w.sizes[n]; known != nil {
		return known
	}
	size := new(float64)
	w.sizes[n] = size
	w.details.TapParallel(n, w.timed(func(_ *profile.Record, v gorgonia.Value) { *size = valueRMS(v) }))
	return size
}

// tapPre looks at a layer's pre-activation.
func (w *probe) tapPre(i int, layer *graph.LayerTrace) {
	var saturation *saturation
	if layer.Act != nil {
		units, stride := layer.Units()
		saturation = newSaturation(layer.Activation, units, stride)
	}
	w.details.Tap(layer.Pre, w.timed(func(r *profile.Record, z gorgonia.Value) {
		l := &r.Layers[i]
		l.PreMean, l.PreStd = valueMeanStd(z)
		if saturation != nil {
			l.Saturated, l.Dead = saturation.measure(z)
		} else {
			l.ActMean, l.ActStd, l.ActZero = l.PreMean, l.PreStd, zeros(z)
		}
		if r.Histograms {
			l.Pre = w.histogram(z)
		}
	}))
}

// tapAct looks at a layer's activation.
func (w *probe) tapAct(i int, layer *graph.LayerTrace) {
	w.details.Tap(layer.Act, w.timed(func(r *profile.Record, a gorgonia.Value) {
		l := &r.Layers[i]
		l.ActMean, l.ActStd = valueMeanStd(a)
		l.ActZero = zeros(a)
	}))
}

// tapGradient looks at a parameter's gradient.
func (w *probe) tapGradient(i int, b *graph.Binding) {
	var snr *signalToNoise
	if layer := w.factors(b); layer != nil {
		snr = newSignalToNoise(layer)
	}
	w.details.TapInputs(b.Grad, func(g gorgonia.Value, inputs []gorgonia.Value) {
		if w.record == nil {
			return
		}
		defer w.clock.stop(w.clock.start())
		p := &w.record.Params[i]
		if !w.measured {
			p.GradL2, p.GradMax, p.GradMeanAbs = valueAbs(g)
			p.GradRMS = p.GradL2 / math.Sqrt(float64(b.Size()))
		}
		if snr != nil && (w.every || (i/2+w.turn)%4 == 0) {
			p.SNR = snr.measure(valueL2(g), inputs)
		}
		if w.record.Histograms {
			p.Grad = w.histogram(g)
		}
	})
}

// factors is the layer whose weight's gradient is computed as xᵀ·dz, from the layer's input and the gradient of its linear
// map; nil if it is computed in another way, as for a weight that two layers share.
func (w *probe) factors(b *graph.Binding) *graph.LayerTrace {
	for _, layer := range w.layers {
		inputs := op.Operands(layer.Linear)
		if len(inputs) < 2 || inputs[1] != b.Node {
			continue
		}
		if product := op.Operands(b.Grad); len(product) == 2 && product[0] == inputs[0] && product[1] == layer.Linear.Deriv() {
			return layer
		}
	}
	return nil
}

// finishDetails fills in what is made of several values.
func (w *probe) finishDetails(r *profile.Record) {
	for i, layer := range w.layers {
		l := &r.Layers[i]
		l.Gains = w.chains[i].gains()
		l.Flushed = max(0, l.Flushed-l.Saturated)
		if l.ActGradRMS = l.DeltaRMS; layer.Act != nil {
			l.ActGradRMS = *w.sizes[layer.Act.Deriv()]
		}
	}
	for i, sizes := range w.blockSizes {
		r.Blocks[i] = sizes.record()
	}
}

// blockSizes are where the root mean squares of a block's gradients are written to.
type blockSizes struct{ total, skip, branch *float64 }

func (s blockSizes) record() profile.BlockRecord {
	if s.branch == nil {
		nan := math.NaN()
		return profile.BlockRecord{TotalRMS: nan, SkipRMS: nan, BranchRMS: nan, Cosine: nan}
	}
	r := profile.BlockRecord{TotalRMS: *s.total, SkipRMS: *s.skip, BranchRMS: *s.branch}
	r.Cosine = cosine(r.TotalRMS, r.SkipRMS, r.BranchRMS)
	return r
}
