package profile

import (
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A NonFiniteEvent says where a NaN or an infinity was first recorded. Going forward that is the first layer whose
// activation is not finite; if all are, and the loss too, it is the first gradient that is not, going backward.
type NonFiniteEvent struct {
	Step int
	// What was not finite: "activation", "loss", "gradient" or "parameter".
	What string
	// Layer is its index in Profile.Layers; -1 for the loss, and for a parameter of no weighted layer.
	Layer int
}

// FiniteRecords are the records before the first one with a NaN or infinity, and where that is; nil if there is none.
func (p Profile) FiniteRecords() ([]Record, *NonFiniteEvent) {
	for i := range p.Records {
		if event := p.nonFinite(&p.Records[i]); event != nil {
			return p.Records[:i], event
		}
	}
	return p.Records, nil
}

// nonFinite finds where a record is not finite; nil if it is. What may be missing is not looked at.
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

// layerOf is the index of the layer that a parameter belongs to, or -1.
func (p Profile) layerOf(param int) int {
	for i, l := range p.Layers {
		if l.Path == p.Params[param].Layer {
			return i
		}
	}
	return -1
}
