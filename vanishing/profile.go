package vanishing

import (
	"math"
	"slices"
)

// A Profile is what the gradients of one network did, step by step and layer by layer. It is a plain value: it holds no
// pointers into the network, and no times but those in Cost, so that the same run gives the same profile, and a report can
// be made anywhere.
//
// To look at a part of a run, cut Records: with p.Records = p.Records[:1] it is the profile of the first step. A profile
// made or changed by hand can be checked with Validate.
type Profile struct {
	Name      string `json:"name"`      // of the network, in reports
	Dtype     string `json:"dtype"`     // "float32" or "float64"
	Seed      uint64 `json:"seed"`      // the parameters were drawn from
	Optimizer string `json:"optimizer"` // as "adam(lr=0.001, ...)"; empty if no update was made

	Layers []Layer `json:"layers"` // the weighted layers, in forward order: by depth
	Params []Param `json:"params"` // the parameters that have a gradient, in order of declaration
	Blocks []Block `json:"blocks"` // the residual blocks, in forward order

	// Unseen are the parameters of a weight's shape that no layer uses: an operation that is not known combines them with the
	// samples, so what the gradient does there is not recorded.
	Unseen []string `json:"unseen,omitempty"`

	Sampling Sampling `json:"sampling"` // which steps were recorded, and which of them kept
	Records  []Record `json:"records"`  // the recorded steps, in order

	Theory *Theory `json:"theory,omitempty"` // what the initialisation lets expect; nil if it was not asked for
	Paths  []Paths `json:"paths,omitempty"`  // path-length spectra of a residual network, by step
	Trials []Trial `json:"trials,omitempty"` // remedies that were tried on one batch, the best first
	Cost   *Cost   `json:"cost,omitempty"`   // what recording cost; the one part that differs from run to run
}

// A Layer is one weighted layer: the linear map z = x·w + b, with what follows it up to and including the activation.
type Layer struct {
	Path       string `json:"path"`       // as "block3/dense1"
	Depth      int    `json:"depth"`      // 1 for the layer next to the input; layers side by side have one depth
	Activation string `json:"activation"` // as "relu"; empty if there is none
	Norm       string `json:"norm"`       // between linear map and activation: "bn", "ln", "gn", "rms" or empty
	Units      int    `json:"units"`      // width of the layer
	FanIn      int    `json:"fan_in"`     // inputs of one unit; 0 if unknown
	OnSkip     bool   `json:"on_skip"`    // a projection on a skip: beside the path from input to output, not on it
	Init       string `json:"init"`       // how the weight was drawn, as "he_normal(gain=1.414)"; empty if unknown

	Step      int  `json:"step,omitempty"`      // from 1, if the weight is used at several steps: each is a layer of one path
	Recurrent bool `json:"recurrent,omitempty"` // whether these steps depend on earlier ones
}

// A Param is one parameter that has a gradient.
type Param struct {
	Name  string `json:"name"`  // as "block3/dense1/weight"
	Layer string `json:"layer"` // path of the layer that declared it
	Depth int    `json:"depth"` // of that layer
	Role  string `json:"role"`  // weight, bias, gain or shift
	Size  int    `json:"size"`  // number of elements
}

// A Block is one residual block: sum = skip + scale·branch.
type Block struct {
	Path  string `json:"path"`  // as "block3"
	First int    `json:"first"` // index in Profile.Layers of the branch's first layer
	Last  int    `json:"last"`  // and of its last one; before First if the branch has no layer
}

// Sampling says which steps of a run are in a profile.
type Sampling struct {
	Norms      string `json:"norms"`      // the schedule of the norms, as "every step"
	Details    string `json:"details"`    // that of the details
	Histograms string `json:"histograms"` // that of the histograms
	Layers     string `json:"layers"`     // the pattern of the layers that were watched; empty for all
	Steps      int    `json:"steps"`      // steps the run has made
	Recorded   int    `json:"recorded"`   // steps recorded
	Kept       int    `json:"kept"`       // of them, those still in Records: see Recorder.MaxRecords
}

// Cost is what recording took of a run's time, in seconds of a clock.
type Cost struct {
	Run       float64 `json:"run_s"`       // from the first step to the end of the last
	Recording float64 `json:"recording_s"` // in the recorder's own code: measured in some of the recorded steps, and scaled up
	Once      float64 `json:"once_s"`      // besides, for the prediction of theory and the spectra of paths
}

// MedianDeltaRMS is the typical DeltaRMS of each layer: the median of log10 DeltaRMS over the records, as a number that
// is no logarithm. Half of the recorded steps lie above it, half below, so that a few odd steps do not matter, and it
// does not matter either whether one speaks of the gradient or of its logarithm. Records from the first NaN or infinity
// on do not count; if that is all of them, or the profile is not valid, the medians are NaN.
func (p Profile) MedianDeltaRMS() []float64 {
	if p.Validate() != nil {
		return p.medianDeltaRMS(nil)
	}
	return p.medianDeltaRMS(p.finiteRecords())
}

func (p Profile) medianDeltaRMS(records []Record) []float64 {
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
