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

// tiers are the optional parts of a record.
type tiers struct{ details, histograms bool }

var allTiers = tiers{details: true, histograms: true}

// A probe holds the taps on one program. They do nothing while no record is open.
type probe struct {
	program *graph.Program
	machine *machine.Machine
	layers  []*graph.LayerTrace // the watched layers
	params  []*graph.Binding
	places  []int // indices of params in program.Weights
	blocks  []*graph.BlockTrace

	sequences  []sequence
	attentions []*attention
	writes     []writeSizes // by block

	record  *profile.Record
	norms   *profile.Record   // the record of steps without details; reused
	details *machine.TapGroup // nil if details are never recorded
	remove  []func()          // each removes a tap

	sizes      map[*gorgonia.Node]*float64 // root mean squares of the gradients that gains are made of
	chains     []chain                     // by layer
	snr        []number                    // by parameter, in the open record
	blockSizes []blockSizes                // by block
	clock      clock

	measured bool // whether the optimiser measures the gradients
	signal   bool // whether records with details have the forward signal at the blocks
	snrAll   bool // whether every record with details has the SNR of all weights
	snrTurn  int  // number of records with details so far; selects the weights whose SNR is measured

	counts kernel.ExponentCounts // for histograms

	overlay  *overlay     // nil without theory, and after the first record
	overTime *timeOverlay // likewise, and nil without recurrent layers
	guesser  *guesser     // nil if the loss of guessing is known, or cannot be measured
	derived  bool         // whether the first layer reads numbers computed from the input, and not the input
}

// snrTurns is the number of records with details in which the SNR of each weight is measured once.
const snrTurns = 4

// newProbe watches the layers of a program whose path matches a pattern, or all layers if the pattern is empty. It taps the
// gradients of the parameters only on request, because the optimiser may measure them.
func newProbe(p *graph.Program, pattern string, params, details bool) (*probe, error) {
	if err := check(p); err != nil {
		return nil, err
	}
	w := &probe{program: p, machine: p.Machine(), sizes: make(map[*gorgonia.Node]*float64), measured: !params}
	if err := w.choose(pattern); err != nil {
		return nil, err
	}
	w.findSequences()
	w.findAttentions()
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
		w.tapInputs()
		w.tapReads()
		w.tapOutputs()
		w.details.Enable(false)
	}
	return w, nil
}

// check returns an error if the gradients of a program cannot be watched.
func check(p *graph.Program) error {
	if p == nil {
		return errors.New("vanishing: no program: got nil, want one of graph.Build")
	}
	if p.Loss == nil || p.Mode != graph.Train {
		return errors.Errorf("vanishing: the program has no gradients: got one in mode %v, want one in mode train, built with a loss", p.Mode)
	}
	for _, layer := range p.Layers {
		if layer.Pre.Deriv() == nil {
			return errors.Errorf("vanishing: layer %s has no gradient: the loss does not depend on this layer", layer.Path)
		}
	}
	return nil
}

// choose selects the layers that match the pattern, with their parameters and blocks.
func (w *probe) choose(pattern string) error {
	chosen := make(map[string]bool)
	for _, l := range w.program.Layers {
		matches, err := path.Match(pattern, l.Path)
		if err != nil {
			return errors.Wrapf(err, "vanishing: invalid layer pattern %q", pattern)
		}
		if matches || pattern == "" {
			w.layers = append(w.layers, l)
			chosen[l.Path] = true
		}
	}
	if len(w.layers) == 0 && len(w.program.Layers) > 0 {
		return errors.Errorf("vanishing: no layer matches the pattern: got %q, want one that matches paths like %q", pattern, w.program.Layers[0].Path)
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

// begin opens a record with the given tiers for the next run.
func (w *probe) begin(t tiers) {
	if w.record = w.norms; t.details || w.norms == nil {
		w.record = newRecord(len(w.layers), len(w.params), len(w.blocks), len(w.sequences), w.signal, t)
		w.openAttentions(w.record)
	}
	if t.details {
		w.snrTurn++
		w.snr = make([]number, len(w.params))
	} else {
		w.norms, w.record.Clip = w.record, 1
	}
	if w.details != nil {
		w.details.Enable(t.details)
	}
}

// idle leaves the next run unrecorded.
func (w *probe) idle() {
	w.record = nil
	if w.details != nil {
		w.details.Enable(false)
	}
}

// end closes the record and returns it. The next record overwrites one without details.
func (w *probe) end() *profile.Record {
	r := w.record
	w.record = nil
	if r.Details != nil {
		w.finishDetails(r)
	}
	return r
}

// detach removes all taps.
func (w *probe) detach() {
	for _, remove := range w.remove {
		remove()
	}
	w.remove = nil
	if w.details != nil {
		w.details.Remove()
		w.details = nil
	}
	w.guesser.close()
}

// tap sets a tap that is called while a record is open.
func (w *probe) tap(n *gorgonia.Node, f func(r *profile.Record, v gorgonia.Value)) {
	w.remove = append(w.remove, w.machine.Tap(n, w.timed(f)))
}

// timed makes a tap of a function. The tap calls it while a record is open, and times it in some records.
func (w *probe) timed(f func(r *profile.Record, v gorgonia.Value)) func(gorgonia.Value) {
	return func(v gorgonia.Value) {
		if w.record != nil {
			defer w.clock.stop(w.clock.start())
			f(w.record, v)
		}
	}
}

// tapDelta measures the gradient of a layer's pre-activation.
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

// tapGradients measures the gradients of the parameters.
func (w *probe) tapGradients() {
	for i, b := range w.params {
		w.tap(b.Grad, func(r *profile.Record, v gorgonia.Value) {
			r.Params[i].GradL2, r.Params[i].GradRMS = valueSizes(v)
		})
	}
}
