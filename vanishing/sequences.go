package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxSequenceSteps bounds the steps of a sequence that are recorded.
const maxSequenceSteps = 128

// A sequence is a watched layer whose steps one operation computes.
type sequence struct {
	profile.Sequence
	found *structure.Layer
	delta *gorgonia.Node // dL/dz: of all steps, (batch, steps, width), or of one step in package scan
	scan  bool           // whether it is that of one step
	unit  *linearUnit    // of a linear recurrent unit; nil in other cells
}

// isCell reports whether the recurrence is one of package op's cells.
func (s sequence) isCell() bool { return s.Cell != "" && s.Cell != profile.LRU }

// findSequences lists these layers.
func (w *probe) findSequences() {
	network := w.program.Structure()
	for _, s := range network.Sequences {
		for _, at := range s.Layers {
			l := w.program.Layers[at]
			place, delta := slices.Index(w.layers, l), l.Pre.Deriv()
			step := s.Recurrent && s.Fused == 0 && network.Layers[at].Steps > 1
			whole := s.Recurrent && !step && delta != nil && delta.Dims() == 3 && delta.Shape()[1] == s.Steps
			if place < 0 || delta == nil || !whole && !step {
				continue
			}
			one := sequence{found: network.Layers[at], delta: delta, scan: step, Sequence: profile.Sequence{
				Layer: place, Steps: s.Steps, At: recordedSteps(s.Steps), Reverse: s.Reverse,
			}}
			switch {
			case s.Fused > 0:
				one.Cell = profile.CellKind(s.Cell.String())
			case lruOf(network.Layers[at]) != nil:
				one.Cell, one.unit = profile.LRU, w.linearUnitOf(network.Layers[at])
			}
			w.sequences = append(w.sequences, one)
		}
	}
}

// recordedSteps are all steps, from 1, or evenly spaced ones with the first and the last.
func recordedSteps(steps int) (at []int) {
	n := min(steps, maxSequenceSteps)
	for i := range n {
		at = append(at, 1+int(math.Round(float64(i)*float64(steps-1)/float64(max(1, n-1)))))
	}
	return at
}

// tapSequences measures the gradients of sequences step by step, in records with details.
func (w *probe) tapSequences() {
	for i, s := range w.sequences {
		if s.scan {
			w.details.TapSteps(s.delta, w.timedSteps(func(r *profile.Record, step int, v gorgonia.Value) {
				s.note(&r.Details.Sequences[i], step, valueRMS(v))
			}))
			continue
		}
		w.details.TapParallel(s.delta, w.timed(func(r *profile.Record, v gorgonia.Value) {
			r.Details.Sequences[i].DeltaRMS, r.Details.Sequences[i].Linear = s.measure(v), s.unit.expect(s.Steps)
		}))
		w.tapFlow(i)
	}
}

// timedSteps is timed for a tap of steps.
func (w *probe) timedSteps(f func(r *profile.Record, step int, v gorgonia.Value)) func(int, gorgonia.Value) {
	return func(step int, v gorgonia.Value) {
		if w.record != nil {
			defer w.clock.stop(w.clock.start())
			f(w.record, step, v)
		}
	}
}

// note keeps the size of a step, counted from 0, if that is one to record.
func (s sequence) note(d *profile.SequenceDetail, step int, rms float64) {
	if d.DeltaRMS == nil {
		d.DeltaRMS = make([]number, len(s.At))
	}
	if i, found := slices.BinarySearch(s.At, step+1); found {
		d.DeltaRMS[i] = number(rms)
	}
}

// measure gives the root mean square at each recorded step.
func (s sequence) measure(v gorgonia.Value) []number {
	sizes := make([]number, len(s.At))
	for i, at := range s.At {
		sizes[i] = stepRMS(v, s.Steps, at)
	}
	return sizes
}

// stepRMS is the root mean square at a step, counted from 1, of a value whose elements lie as (batch, steps, width).
func stepRMS(v gorgonia.Value, steps, at int) number {
	single, double := elements(v)
	batch := v.Shape()[0]
	if len(v.Shape()) == 2 { // (batch·steps, width)
		batch /= steps
	}
	width := v.Shape().TotalSize() / (batch * steps)
	norm := 0.0
	for b := range batch {
		from := (b*steps + at - 1) * width
		if single != nil {
			norm = math.Hypot(norm, vecnorm.L2(single[from:from+width]))
		} else {
			norm = math.Hypot(norm, vecnorm.L2(double[from:from+width]))
		}
	}
	return number(norm) / rootOf(batch*width)
}
