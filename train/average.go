package train

import (
	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// evalParams are the parameters that evaluation and prediction read.
func (t *Trainer) evalParams() *graph.Params {
	if t.AverageDecay != 0 && t.Averaged != nil {
		return t.Averaged
	}
	return t.Params
}

// average moves the averages towards the parameters, after an update.
func (f *fit) average() {
	t := f.Trainer
	if t.AverageDecay == 0 {
		return
	}
	if t.Averaged == nil {
		t.Averaged = t.Params.Clone()
		f.run.Averaged = t.Averaged
		return
	}
	for _, p := range t.Params.All() {
		a := t.Averaged.Get(p.Name)
		a.Updates = p.Updates
		if p.Value.Dtype() == tensor.Float32 {
			approach(a.Value.Float32s(), p.Value.Float32s(), 1-t.AverageDecay)
		} else {
			approach(a.Value.Float64s(), p.Value.Float64s(), 1-t.AverageDecay)
		}
	}
}

// approach is a = (1 - share)·a + share·w.
func approach[T kernel.Float](a, w []T, share float64) {
	kernel.Move(a, w, w, -share, share, kernel.MeasureNothing, nil)
}

// checkAverages returns an error if the averages are not of the parameters.
func (t *Trainer) checkAverages() error {
	if t.AverageDecay == 0 || t.Averaged == nil {
		return nil
	}
	for _, p := range t.Params.All() {
		a := t.Averaged.Get(p.Name)
		if a == nil || a.Value.Dtype() != p.Value.Dtype() || !a.Value.Shape().Eq(p.Value.Shape()) {
			return errors.Errorf("train: Trainer.Averaged are not of Params: parameter %s has no average of its shape and type "+
				"(set Averaged to nil to begin anew)", p.Name)
		}
	}
	return nil
}
