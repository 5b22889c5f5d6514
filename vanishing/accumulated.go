package vanishing

import (
	"math"

	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// An accumulated is what a step of several batches shows, see train.Trainer.Accumulate. Batches without weight, of padding for example, do
// not count. The sizes of the layers' gradients are over all batches, each by its weight; all else is of the first.
type accumulated struct {
	record  *profile.Record // of the first batch that counts; nil before it
	source  *probe          // that recorded it
	norms   []float64       // by layer: of the gradients of all batches, times their weights
	samples float64
	weight  float64 // of all batches
	batches int
}

// add takes the open record of a batch of a program, and closes it.
func (a *accumulated) add(w *probe, weight float64) {
	if w.record == nil {
		return
	}
	if weight == 0 {
		if w.idle(); a.record == nil { // the next batch begins anew
			w.overlay, w.overTime = nil, nil
		}
		return
	}
	samples := float64(w.program.Input.Shape()[0])
	if a.record == nil {
		a.norms = append(a.norms[:0], make([]float64, len(w.layers))...)
	}
	for i, l := range w.record.Layers {
		a.norms[i] = math.Hypot(a.norms[i], math.Sqrt(samples)*weight*float64(l.DeltaRMS))
	}
	a.samples += samples
	a.weight += weight
	a.batches++
	if a.record != nil {
		w.idle()
		return
	}
	if w.overlay != nil && !w.derived {
		w.overlay.measureInput(w.program.InputValue())
		w.overlay.inputSeen = true
	}
	a.record, a.source = w.end(), w
}

// whole is the record of the step: the gradients of the layers are as large as those of one batch of mean weight. Their ratio to the gradients
// of the activations stays that of the first batch.
func (a *accumulated) whole() *profile.Record {
	mean := a.weight / float64(a.batches)
	for i := range a.record.Layers {
		l := &a.record.Layers[i]
		first, all := l.DeltaRMS, number(a.norms[i]/math.Sqrt(a.samples)/mean)
		l.DeltaRMS = all
		if d := a.record.Details; d != nil && first != 0 {
			d.Layers[i].ActGradRMS *= all / first
		}
	}
	return a.record
}

// BeforeBatch implements train.BatchWatcher.
func (r *Recorder) BeforeBatch(run *train.Run) error {
	r.open(run)
	return nil
}

// AfterBatch implements train.BatchWatcher.
func (r *Recorder) AfterBatch(run *train.Run) error {
	r.batches.add(r.probes[run.Program], run.BatchWeight)
	return nil
}

var _ train.BatchWatcher = (*Recorder)(nil)
