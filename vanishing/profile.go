package vanishing

import (
	"math"
	"slices"
)

// A Profile is what the gradients of one network did, step by step and layer by layer. It is a plain value: it holds no
// times and no pointers into the network, so that the same run gives the same profile, and a report can be made
// anywhere.
//
// To look at a part of a run, cut Records: with p.Records = p.Records[:1] it is the profile of the first step. A profile
// made or changed by hand can be checked with Validate.
type Profile struct {
	Name  string `json:"name"`  // of the network, in reports
	Dtype string `json:"dtype"` // "float32" or "float64"
	Seed  uint64 `json:"seed"`  // the parameters were drawn from

	Layers  []Layer  `json:"layers"`  // the weighted layers, in forward order
	Params  []Param  `json:"params"`  // the parameters that have a gradient, in order of declaration
	Records []Record `json:"records"` // the recorded steps, in order
}

// A Layer is one weighted layer: the linear map z = x·w + b, with what follows it up to and including the activation.
type Layer struct {
	Path       string `json:"path"`       // as "block3/dense1"
	Depth      int    `json:"depth"`      // 1 for the layer next to the input
	Activation string `json:"activation"` // as "relu"; empty if there is none
	Units      int    `json:"units"`      // width of the layer
	OnSkip     bool   `json:"on_skip"`    // a projection on a skip: beside the path from input to output, not on it
}

// A Param is one parameter that has a gradient.
type Param struct {
	Name  string `json:"name"`  // as "block3/dense1/weight"
	Layer string `json:"layer"` // path of the layer that declared it
	Depth int    `json:"depth"` // of that layer
	Role  string `json:"role"`  // weight, bias, gain or shift
	Size  int    `json:"size"`  // number of elements
}

// A Record is one training step.
type Record struct {
	Step  int     // optimiser updates before this one: the first step is 0
	Epoch int     // counted from 0
	Batch int     // samples in the batch
	Loss  float64 // of the batch, before the update

	Layers []LayerRecord // one for each of Profile.Layers
	Params []ParamRecord // one for each of Profile.Params
}

// A LayerRecord is one layer in one step. Where "the activation" is named and the layer has none, its pre-activation is
// meant.
type LayerRecord struct {
	// DeltaRMS is the root mean square, over batch and units, of delta = dL/dz, the gradient of the loss with respect to
	// the layer's pre-activation z. L is the loss as it is trained on: with a loss that is the mean over the batch, delta
	// is smaller by the batch size than the gradient of one sample's own loss, in all layers alike.
	DeltaRMS float64
	ActMean  float64 // mean of the activation over batch and units
	ActStd   float64 // standard deviation of the activation over batch and units
	// Saturated is the share of the pre-activations z, over batch and units, where the activation hardly passes a gradient
	// on: |phi'(z)| < 0.01·max|phi'|. For ReLU these are the inactive ones. It is 0 without an activation.
	Saturated float64
	// Dead is the share of the units that are saturated on every sample of the batch.
	Dead float64
	// Flushed is the share of the entries of delta that were lost because they were too small for the type: those that are
	// zero, less the saturated ones, if results were flushed to zero on the way to them.
	Flushed float64
}

// A ParamRecord is one parameter in one step.
type ParamRecord struct {
	GradL2  float64 // L2 norm of dL/dparameter, before any clipping
	GradRMS float64 // root mean square of dL/dparameter, before any clipping
	NormL2  float64 // L2 norm of the parameter before the update
	// UpdateRatio is ||update||_2 / ||parameter||_2 for the update that was really made, whatever the optimiser. It is NaN
	// where it does not exist: for a parameter of norm 0, as a bias before its first update, and if no update was made.
	UpdateRatio float64
}

// MedianDeltaRMS is the typical DeltaRMS of each layer: the median of log10 DeltaRMS over the records, as a number that
// is no logarithm. Half of the recorded steps lie above it, half below, so that a few odd steps do not matter, and it
// does not matter either whether one speaks of the gradient or of its logarithm. Records from the first NaN or infinity
// on do not count; if that is all of them, or the profile is not valid, the medians are NaN.
func (p Profile) MedianDeltaRMS() []float64 {
	var records []Record
	if p.Validate() == nil {
		records = p.finiteRecords()
	}
	medians := make([]float64, len(p.Layers))
	values := make([]float64, len(records))
	for l := range medians {
		for i, r := range records {
			values[i] = r.Layers[l].DeltaRMS
		}
		medians[l] = geometricMedian(values)
	}
	return medians
}

// geometricMedian is the median; of an even number of values the geometric mean of the two in the middle. It sorts the
// values.
func geometricMedian(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return math.Sqrt(values[middle-1]) * math.Sqrt(values[middle])
}
