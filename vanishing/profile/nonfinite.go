package profile

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A NonFiniteEvent says where a NaN or an infinity was first recorded. The order is that of computation: the activations from
// the first layer on, then the loss, then the gradients from the last layer back.
type NonFiniteEvent struct {
	Step int
	// What is not finite: "activation", "loss", "gradient" or "parameter".
	What string
	// Layer is its index in Profile.Layers; -1 for the loss, and for a parameter of no weighted layer.
	Layer int
}

// FiniteRecords are the records before the first one with a NaN or infinity, and that event; nil if all records are finite.
func (p Profile) FiniteRecords() ([]Record, *NonFiniteEvent) {
	for i := range p.Records {
		if event := p.nonFinite(&p.Records[i]); event != nil {
			return p.Records[:i], event
		}
	}
	return p.Records, nil
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
