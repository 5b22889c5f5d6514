package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// newRecord allocates a record with the given tiers, of which details may include the forward signal.
func newRecord(layers, params, blocks, sequences int, signal bool, t tiers) *profile.Record {
	r := &profile.Record{Layers: make([]profile.LayerRecord, layers), Params: make([]profile.ParamRecord, params), Clip: 1}
	if t.details {
		r.Details = &profile.Details{
			Layers: make([]profile.LayerDetail, layers), Params: make([]profile.ParamDetail, params), Blocks: make([]*profile.BlockDetail, blocks),
			Sequences: make([]profile.SequenceDetail, sequences),
		}
	}
	if t.details && signal {
		r.Signal = make([]profile.BlockSignal, blocks)
	}
	if t.histograms {
		r.Histograms = &profile.Histograms{Layers: make([]profile.LayerHistograms, layers), Params: make([]profile.ParamHistograms, params)}
	}
	return r
}

// tapDetails sets the taps for details. Their group is switched off in other runs, which then run as if there were no such taps.
func (w *probe) tapDetails() {
	for i, layer := range w.layers {
		w.tapPre(i, layer)
		w.details.Tap(layer.Pre.Deriv(), w.timed(func(r *profile.Record, delta gorgonia.Value) {
			if r.Histograms != nil {
				r.Histograms.Layers[i].Delta = w.histogram(delta)
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
	w.tapSignal()
	w.tapSequences()
	w.tapAttentions()
	w.tapWrites()
	w.chains = make([]chain, len(w.layers))
	for i := len(w.layers) - 1; i >= 0; i-- {
		w.chains[i] = w.chainFrom(i)
	}
	for _, b := range w.blocks {
		var sizes blockSizes // fields stay nil if the parts are unknown
		if skip, branch := blockTerms(b); branch != nil {
			sizes = blockSizes{w.size(b.Input.Deriv()), w.size(skip), w.size(branch)}
		}
		w.blockSizes = append(w.blockSizes, sizes)
	}
}

// tapTop passes the gradient of the last layer to the theory overlay.
func (w *probe) tapTop() {
	path := pathOf(w.program)
	if len(path) == 0 {
		return
	}
	w.details.Tap(path[len(path)-1].Pre.Deriv(), w.timed(func(_ *profile.Record, delta gorgonia.Value) {
		if w.overlay != nil {
			w.overlay.measureTop(delta)
		}
	}))
}

// tapInputs passes what the first layer reads to the theory overlay, where that is computed from the input: standardised, for example.
func (w *probe) tapInputs() {
	path := pathOf(w.program)
	if len(path) == 0 {
		return
	}
	first := w.program.Structure().Layers[slices.Index(w.program.Layers, path[0])]
	x := first.Maps[0].Data
	for op.SpecOf(x).Kind == op.KindReshape {
		x = op.Operands(x)[0]
	}
	if len(op.Operands(x)) == 0 { // an input
		return
	}
	w.derived = true
	w.details.Tap(x, w.timed(func(_ *profile.Record, v gorgonia.Value) {
		if w.overlay != nil {
			w.overlay.measureInput(v)
		}
	}))
}

// predict compares the first record with the prediction of theory. It returns nil without an overlay.
func (w *probe) predict(r *profile.Record) *profile.Theory {
	o := w.overlay
	w.overlay = nil
	input := w.program.InputValue()
	if o == nil || r.Details == nil || input == nil {
		return nil
	}
	if !w.derived && !o.inputSeen {
		o.measureInput(input)
	}
	t := o.theory(w.layers, *r)
	if size := math.Sqrt(o.meanSquare); stat.Finite(size) {
		t.Inputs, t.InputCosine = number(size), number(o.cosine)
	}
	return t
}

// size returns the variable that holds the root mean square of a value after a run with details.
func (w *probe) size(n *gorgonia.Node) *float64 {
	if known := w.sizes[n]; known != nil {
		return known
	}
	size := new(float64)
	w.sizes[n] = size
	w.details.TapParallel(n, w.timed(func(_ *profile.Record, v gorgonia.Value) { *size = valueRMS(v) }))
	return size
}

// tapPre measures a layer's pre-activation.
func (w *probe) tapPre(i int, layer *graph.LayerTrace) {
	var saturation *saturation
	if layer.Act != nil {
		units, stride := layer.Units()
		saturation = newSaturation(layer.Activation, units, stride)
	}
	w.details.Tap(layer.Pre, w.timed(func(r *profile.Record, z gorgonia.Value) {
		l := &r.Details.Layers[i]
		l.PreMean, l.PreStd = valueMeanStd(z)
		if saturation != nil {
			l.Saturated, l.Dead = numbers2(saturation.measure(z))
		} else {
			l.ActMean, l.ActStd, l.ActZero = l.PreMean, l.PreStd, zeros(z)
		}
		if r.Histograms != nil {
			r.Histograms.Layers[i].Pre = w.histogram(z)
		}
	}))
}

// tapAct measures a layer's activation.
func (w *probe) tapAct(i int, layer *graph.LayerTrace) {
	w.details.Tap(layer.Act, w.timed(func(r *profile.Record, a gorgonia.Value) {
		l := &r.Details.Layers[i]
		l.ActMean, l.ActStd = valueMeanStd(a)
		l.ActZero = zeros(a)
	}))
}

// tapGradient measures a parameter's gradient.
func (w *probe) tapGradient(i int, b *graph.Binding) {
	var snr noise
	if layer := w.factors(b); layer != nil {
		snr = newNoise(layer)
	}
	w.details.TapInputs(b.Grad, func(g gorgonia.Value, inputs []gorgonia.Value) {
		if w.record == nil {
			return
		}
		defer w.clock.stop(w.clock.start())
		norms, p := &w.record.Params[i], &w.record.Details.Params[i]
		if !w.measured {
			norms.GradL2, p.GradMax, p.GradMeanAbs = valueAbs(g)
			norms.GradRMS = norms.GradL2 / rootOf(b.Size())
		}
		if snr != nil && len(inputs) == 2 && (w.snrAll || (i/2+w.snrTurn)%snrTurns == 0) {
			w.snr[i] = number(snr.measure(float64(valueL2(g)), g, inputs))
			p.SNR = &w.snr[i]
		}
		if b.Role == graph.Weight && len(b.Value.Shape()) > 2 {
			p.Filters = filterNorms(b.Value, b.Layout())
		}
		if w.record.Histograms != nil {
			w.record.Histograms.Params[i].Grad = w.histogram(g)
		}
	})
}

// factors returns the layer whose weight gradient is the product xᵀ·dz of the layer's input and the gradient of its linear map.
// It returns nil if the gradient is computed otherwise, as for a weight that two layers share.
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

// finishDetails fills in the details that combine several values of a run.
func (w *probe) finishDetails(r *profile.Record) {
	gains := make([]profile.Gains, len(w.layers))
	for i, layer := range w.layers {
		norms, l := &r.Layers[i], &r.Details.Layers[i]
		if w.chains[i] != nil {
			gains[i] = w.chains[i].gains()
			l.Gains = &gains[i]
		}
		norms.Flushed = max(0, norms.Flushed-l.Saturated)
		if l.ActGradRMS = norms.DeltaRMS; layer.Act != nil {
			l.ActGradRMS = number(*w.sizes[layer.Act.Deriv()])
		}
	}
	for i, sizes := range w.blockSizes {
		r.Details.Blocks[i] = sizes.detail()
	}
	for i, s := range w.sequences {
		s.unit.measure(r, i)
	}
	for _, s := range w.writes {
		r.Details.Writes = append(r.Details.Writes, s.share())
	}
}

// blockSizes hold the root mean squares of a block's gradients. They are nil if skip and branch cannot be told apart.
type blockSizes struct{ total, skip, branch *float64 }

func (s blockSizes) detail() *profile.BlockDetail {
	if s.branch == nil {
		return nil
	}
	return &profile.BlockDetail{
		TotalRMS: number(*s.total), SkipRMS: number(*s.skip), BranchRMS: number(*s.branch),
		Cosine: number(cosine(*s.total, *s.skip, *s.branch)),
	}
}
