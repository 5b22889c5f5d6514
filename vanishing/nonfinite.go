package vanishing

import (
	"math"
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

// finiteRecords are the records before the first one with a NaN or infinity.
func (p Profile) finiteRecords() []Record {
	for i, r := range p.Records {
		if locate(p, r) != nil {
			return p.Records[:i]
		}
	}
	return p.Records
}

// locate finds where a record is not finite; nil if it is. What may be missing is not looked at: update ratios, the
// activations in records without details.
func locate(p Profile, r Record) *NonFiniteEvent {
	for i, l := range r.Layers {
		if r.Details && (!finite(l.ActMean) || !finite(l.ActStd)) {
			return &NonFiniteEvent{r.Step, "activation", i}
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
		if r.Details && !finite(r.Params[i].NormL2) {
			return &NonFiniteEvent{r.Step, "parameter", p.layerOf(i)}
		}
	}
	return nil
}

// layerOf is the index of the layer that a parameter belongs to, or -1.
func (p Profile) layerOf(param int) int {
	for i, l := range p.Layers {
		if l.Path == p.Params[param].Layer {
			return i
		}
	}
	return -1
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
