package vanishing

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxSequenceSteps bounds the steps of a sequence that are recorded.
const maxSequenceSteps = 128

// A sequence is a watched layer whose steps one operation computes.
type sequence struct {
	profile.Sequence
	found   *structure.Layer
	delta   *gorgonia.Node // dL/dz: of all steps, (batch, steps, width), or of one step in package scan
	lengths *gorgonia.Node // of the samples; nil without padding
	scan    bool           // whether delta holds one step, as in package scan
	unit    *linearUnit    // of a linear recurrent unit; nil in other cells
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
				one.Cell, one.lengths = profile.CellKind(s.Cell.String()), lengthsOfCell(one.found)
			case lruOf(network.Layers[at]) != nil:
				one.Cell, one.unit = profile.LRU, w.linearUnitOf(network.Layers[at])
			}
			w.sequences = append(w.sequences, one)
		}
	}
}

// lengthsOfCell is the input of a fused recurrence that holds the lengths; nil without padding.
func lengthsOfCell(found *structure.Layer) *gorgonia.Node {
	_, state := mapsOfCell(found)
	for _, n := range op.Operands(state.Node) {
		if n.Dtype() == tensor.Int {
			return n
		}
	}
	return nil
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
			r.Details.Sequences[i].DeltaRMS, r.Details.Sequences[i].Linear = s.measure(v, w.lengthsIn(s.lengths)), s.unit.expect(s.Steps)
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
func (s sequence) measure(v gorgonia.Value, lengths []int) []number {
	sizes := make([]number, len(s.At))
	for k, at := range s.At {
		if lengths == nil {
			sizes[k] = stepRMS(v, s.Steps, at)
		} else {
			sizes[k] = s.padded(v, lengths, k)
		}
	}
	return sizes
}

// padded is the size at the recorded step k, as far back from the end of each sample as that is from the last step. It is the root mean square
// of all samples at their ends, times the change from there of those that have the step: otherwise it would show which samples are long, and how
// large their gradient is, more than how it changes. NaN if no sample has the step.
func (s sequence) padded(v gorgonia.Value, lengths []int, k int) number {
	lag := s.Lag(k)
	var all, ends, sizes []float64 // at the ends of all samples, and of those that have the step; at the step
	for sample, length := range lengths {
		end, at := length, length-lag
		if s.Reverse {
			end, at = 1, 1+lag
		}
		all = append(all, sampleRMS(v, s.Steps, sample, end))
		if lag < length {
			ends, sizes = append(ends, all[sample]), append(sizes, sampleRMS(v, s.Steps, sample, at))
		}
	}
	switch last := vecnorm.RMS(ends); {
	case len(sizes) == 0:
		return number(math.NaN())
	case last > 0:
		return number(vecnorm.RMS(all) * (vecnorm.RMS(sizes) / last))
	}
	return number(vecnorm.RMS(sizes))
}

// stepRMS is the root mean square at a step, counted from 1, of a value whose elements lie as (batch, steps, width).
func stepRMS(v gorgonia.Value, steps, at int) number {
	batch, norm := batchOf(v, steps), 0.0
	for sample := range batch {
		norm = math.Hypot(norm, sampleRMS(v, steps, sample, at))
	}
	return number(norm) / rootOf(batch)
}

// sampleRMS is that of one sample.
func sampleRMS(v gorgonia.Value, steps, sample, at int) float64 {
	width := v.Shape().TotalSize() / (batchOf(v, steps) * steps)
	from := (sample*steps + at - 1) * width
	single, double := elements(v)
	if single != nil {
		return vecnorm.RMS(single[from : from+width])
	}
	return vecnorm.RMS(double[from : from+width])
}

// batchOf is the number of samples in a value of (batch, steps, width) or (batch·steps, width).
func batchOf(v gorgonia.Value, steps int) int {
	if len(v.Shape()) == 2 {
		return v.Shape()[0] / steps
	}
	return v.Shape()[0]
}
