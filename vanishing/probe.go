package vanishing

import (
	"path"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// tiers are the parts of a record that not every recorded step has.
type tiers struct{ details, histograms bool }

var allTiers = tiers{details: true, histograms: true}

// A probe is the taps on one program. While no record is open they do nothing.
type probe struct {
	program *graph.Program
	machine *machine.Machine
	layers  []*graph.LayerTrace // those that are watched
	params  []*graph.Binding
	places  []int // of the parameters in program.Weights
	blocks  []*graph.BlockTrace

	record  *profile.Record
	norms   *profile.Record   // what is open in steps without details; used again and again
	details *machine.TapGroup // nil: no details are ever asked for
	remove  []func()          // each takes a tap off again

	sizes      map[*gorgonia.Node]*float64 // root mean squares of the gradients that gains are made of
	chains     []chain                     // by layer
	snr        []number                    // by parameter, in the open record
	blockSizes []blockSizes                // by block
	clock      clock

	measured bool // the optimiser tells the sizes of the gradients
	every    bool // takes what is taken in turns in every record
	turn     int  // of what is taken in turns

	counts kernel.ExponentCounts // for histograms

	overlay *overlay // until it has seen the first record; nil if none is wanted
}

// newProbe watches the layers of a program whose path matches a pattern, all of them if it is empty. The gradients of the
// parameters are tapped only if asked for, as an optimiser may tell them.
func newProbe(p *graph.Program, pattern string, params, details bool) (*probe, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	w := &probe{program: p, machine: p.Machine(), sizes: make(map[*gorgonia.Node]*float64), measured: !params}
	if err := w.choose(pattern); err != nil {
		return nil, err
	}
	for i, layer := range w.layers {
		w.tapDelta(i, layer)
	}
	if params {
		w.tapGradients()
	}
	if details {
		w.details = w.machine.NewTapGroup()
		w.tapDetails()
		w.tapTop()
		w.details.Enable(false)
	}
	return w, nil
}

// check says why the gradients of a program cannot be watched, if so.
func check(p *graph.Program) error {
	if p == nil {
		return errors.New("vanishing: the program is nil: make one with graph.Build")
	}
	if p.Loss == nil || p.Mode != graph.Train {
		return errors.Errorf("vanishing: a program in mode %v without gradients cannot be watched: build one in mode train with a loss", p.Mode)
	}
	for _, layer := range p.Layers {
		if layer.Pre.Deriv() == nil {
			return errors.Errorf("vanishing: layer %s has no gradient: the loss does not depend on it", layer.Path)
		}
	}
	return nil
}

// choose picks what is watched: layers by the pattern, and what belongs to them.
func (w *probe) choose(pattern string) error {
	chosen := make(map[string]bool)
	for _, l := range w.program.Layers {
		matches, err := path.Match(pattern, l.Path)
		if err != nil {
			return errors.Wrapf(err, "vanishing: the pattern %q of layers", pattern)
		}
		if matches || pattern == "" {
			w.layers = append(w.layers, l)
			chosen[l.Path] = true
		}
	}
	if len(w.layers) == 0 && len(w.program.Layers) > 0 {
		return errors.Errorf("vanishing: no layer matches the pattern %q; the first is called %q", pattern, w.program.Layers[0].Path)
	}
	for i, b := range w.program.Weights {
		if b.Grad != nil && (pattern == "" || chosen[b.Layer]) {
			w.params, w.places = append(w.params, b), append(w.places, i)
		}
	}
	if pattern == "" {
		w.blocks = w.program.Blocks
	}
	return nil
}

// begin opens a record for the next run, with the tiers that are wanted.
func (w *probe) begin(t tiers) {
	if w.record = w.norms; t.details || w.norms == nil {
		w.record = newRecord(len(w.layers), len(w.params), len(w.blocks), t)
	}
	if t.details {
		w.turn++
		w.snr = make([]number, len(w.params))
	} else {
		w.norms, w.record.Clip = w.record, 1
	}
	if w.details != nil {
		w.details.Enable(t.details)
	}
}

// idle prepares the next run for not being recorded.
func (w *probe) idle() {
	w.record = nil
	if w.details != nil {
		w.details.Enable(false)
	}
}

// end closes the record and gives it back. One without details is overwritten by the next.
func (w *probe) end() *profile.Record {
	r := w.record
	w.record = nil
	if r.Details != nil {
		w.finishDetails(r)
	}
	return r
}

// detach takes all taps off again.
func (w *probe) detach() {
	for _, remove := range w.remove {
		remove()
	}
	w.remove = nil
	if w.details != nil {
		w.details.Remove()
		w.details = nil
	}
}

// tap sets a tap that is called while a record is open.
func (w *probe) tap(n *gorgonia.Node, f func(r *profile.Record, v gorgonia.Value)) {
	w.remove = append(w.remove, w.machine.Tap(n, w.timed(f)))
}

// timed makes a function of a tap, which takes its own time in some of the records.
func (w *probe) timed(f func(r *profile.Record, v gorgonia.Value)) func(gorgonia.Value) {
	return func(v gorgonia.Value) {
		if w.record != nil {
			defer w.clock.stop(w.clock.start())
			f(w.record, v)
		}
	}
}

// tapDelta takes the gradient of a layer's pre-activation.
func (w *probe) tapDelta(i int, layer *graph.LayerTrace) {
	delta := layer.Pre.Deriv()
	size := new(float64)
	w.sizes[delta] = size
	w.remove = append(w.remove, w.machine.TapParallel(delta, w.timed(func(r *profile.Record, v gorgonia.Value) {
		l := &r.Layers[i]
		*size = valueRMS(v)
		l.DeltaRMS, l.Flushed = number(*size), 0
		if m := w.machine; m.Flushed(delta) || layer.Act != nil && m.Flushed(layer.Act.Deriv()) {
			l.Flushed = zeros(v)
		}
	})))
}

// tapGradients takes the sizes of the parameters' gradients.
func (w *probe) tapGradients() {
	for i, b := range w.params {
		w.tap(b.Grad, func(r *profile.Record, v gorgonia.Value) {
			r.Params[i].GradL2, r.Params[i].GradRMS = valueSizes(v)
		})
	}
}
