package profile

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A NonFiniteEvent says where a NaN or an infinity was first recorded. The order is that of computation: the activations from
// the first layer on, then the loss, then the gradients from the last layer back.
type NonFiniteEvent struct {
	Step int `json:"step"`
	// What is not finite: "activation", "loss", "gradient" or "parameter".
	What string `json:"what"`
	// Layer is its index in Profile.Layers; -1 for the loss, for a parameter of no weighted layer, and if it is unknown.
	Layer int `json:"layer"`
}

// FiniteRecords are the records before the first one with a NaN or infinity, and that event: the one that ended the run if all records are finite;
// nil without one.
func (p Profile) FiniteRecords() ([]Record, *NonFiniteEvent) {
	for i := range p.Records {
		if event := p.nonFinite(&p.Records[i]); event != nil {
			return p.Records[:i], event
		}
	}
	return p.Records, p.NonFinite
}

// checkNonFinite checks the event that ended the run.
func (p Profile) checkNonFinite() error {
	e := p.NonFinite
	switch {
	case e == nil:
		return nil
	case !slices.Contains([]string{"activation", "loss", "gradient", "parameter"}, e.What):
		return errors.Errorf("non_finite: got %q, want activation, loss, gradient or parameter", e.What)
	case e.Step < 0 || e.Layer < -1 || e.Layer >= len(p.Layers) || e.Layer == -1 && e.What == "activation":
		return errors.Errorf("non_finite: got step %d and layer %d of %d, want a step from 0 on and the index of a layer, or -1", e.Step, e.Layer, len(p.Layers))
	}
	return nil
}

// nonFinite is the first event of a record; nil if the record is finite. Numbers that may be missing are not checked.
func (p Profile) nonFinite(r *Record) *NonFiniteEvent {
	if d := r.Details; d != nil {
		for i := range d.Layers {
			if !finite(d.Layers[i].ActMean) || !finite(d.Layers[i].ActStd) {
				return &NonFiniteEvent{r.Step, "activation", i}
			}
		}
	}
	if !finite(r.Loss) {
		return &NonFiniteEvent{r.Step, "loss", -1}
	}
	for i := len(r.Layers) - 1; i >= 0; i-- {
		if !finite(r.Layers[i].DeltaRMS) {
			return &NonFiniteEvent{r.Step, "gradient", i}
		}
	}
	for i := len(r.Params) - 1; i >= 0; i-- {
		if !finite(r.Params[i].GradL2) {
			return &NonFiniteEvent{r.Step, "gradient", p.layerOf(i)}
		}
		if r.Details != nil && !finite(r.Details.Params[i].NormL2) {
			return &NonFiniteEvent{r.Step, "parameter", p.layerOf(i)}
		}
	}
	return nil
}

func finite(n Number) bool { return stat.Finite(float64(n)) }

// layerOf is the index of a parameter's layer, or -1.
func (p Profile) layerOf(param int) int {
	for i, l := range p.Layers {
		if l.Path == p.Params[param].Layer {
			return i
		}
	}
	return -1
}
