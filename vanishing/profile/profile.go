package profile

import "slices"

// A Profile holds the gradients of one network, step by step and layer by layer. It is a plain value without pointers into the
// network, so a report can be made anywhere. Only Cost holds times: otherwise the same run gives the same profile.
//
// To look at a part of a run, cut Records: p.Records, p.NonFinite = p.Records[:1], nil leaves the first step. Validate checks a profile made or
// changed by hand.
type Profile struct {
	Name      string     `json:"name,omitempty"`      // of the network, in reports
	Dtype     string     `json:"dtype,omitempty"`     // "float32" or "float64"
	Framework string     `json:"framework,omitempty"` // that trained it, as [PyTorch]; empty for gradflow
	Seed      uint64     `json:"seed,omitempty"`      // of the initial parameters
	Optimizer *Optimizer `json:"optimizer,omitempty"` // nil if no update was made

	Layers []Layer `json:"layers,omitempty"` // the weighted layers, in forward order, which is by depth
	Params []Param `json:"params,omitempty"` // the parameters that have a gradient, in order of declaration
	Blocks []Block `json:"blocks,omitempty"` // the residual blocks, in forward order

	// Sequences are the recurrent layers that one operation computes for all steps, and whose gradient is recorded step by step.
	Sequences []Sequence `json:"sequences,omitempty"`

	// Attentions are the attentions whose heads are recorded, in the order in which they were drawn.
	Attentions []Attention `json:"attentions,omitempty"`

	// Unseen are the weights that belong to no layer, because an unknown operation uses them, or a known one in a way that makes
	// no layer. Their gradients are not recorded.
	Unseen []string `json:"unseen,omitempty"`

	Sampling Sampling `json:"sampling,omitzero"` // which steps were recorded and kept
	Records  []Record `json:"records,omitempty"` // the recorded steps, in order, each once

	History []Epoch `json:"history,omitempty"` // the scores of the finished epochs, or of evenly spaced ones and the last

	// Baseline is the loss of the best constant output: the same for all samples, whatever the inputs. It is computed as
	// [Record].Loss is, from the targets of the recorded steps; 0 if it is unknown.
	Baseline Number `json:"baseline,omitempty"`
	// BaselineAccuracy is the share of the samples that are classified right by always answering the most frequent class; 0 if it is unknown.
	BaselineAccuracy Number `json:"baseline_accuracy,omitempty"`

	// Losses are the losses whose weighted sum is minimised; nil if there is one.
	Losses []Loss `json:"losses,omitempty"`

	// Trained says that the parameters had been trained before the first record.
	Trained bool `json:"trained,omitempty"`

	// NonFinite is the NaN or infinity that ended the run; nil if nothing did, or it is in a record alone.
	NonFinite *NonFiniteEvent `json:"non_finite,omitempty"`

	// Dropout is the largest probability with which a dropout sets values to zero in training; 0 if there is none or it is unknown.
	Dropout Number `json:"dropout,omitempty"`

	// Targets is the root mean square of the targets of the recorded steps, if the loss is their squared error; 0 otherwise.
	Targets Number `json:"targets,omitempty"`

	Theory    *Theory     `json:"theory,omitempty"`    // the prediction at initialisation; nil if it was not asked for
	Paths     []Paths     `json:"paths,omitempty"`     // path-length spectra of a residual network, by step
	Sharpness []Sharpness `json:"sharpness,omitempty"` // the curvature of the loss, by step
	Trials    []Trial     `json:"trials,omitempty"`    // remedies tried on one batch, the best first
	Cost      *Cost       `json:"cost,omitempty"`      // the time that recording took; the only part that differs from run to run
}

// PyTorch is the Framework of a network that PyTorch trained: remedies name its functions.
const PyTorch = "pytorch"

// A Loss is one of several losses.
type Loss struct {
	Name     string `json:"name"`
	Baseline Number `json:"baseline,omitempty"` // as [Profile].Baseline, of this loss alone and before it is weighted; 0 if it is unknown
}

// OfLoss is the profile with one of its Losses in the place of their sum.
func (p Profile) OfLoss(i int) Profile {
	p.Baseline, p.Targets, p.History, p.Records = p.Losses[i].Baseline, 0, nil, slices.Clone(p.Records)
	for k := range p.Records {
		p.Records[k].Loss = 0
		if losses := p.Records[k].Losses; i < len(losses) {
			p.Records[k].Loss = losses[i]
		}
	}
	return p
}

// A Layer is one weighted layer: the linear map z = x·w + b and the operations after it, up to and including the activation.
type Layer struct {
	Path       string       `json:"path"`                // as "block3/dense1"
	Depth      int          `json:"depth"`               // 1 for the layer next to the input; layers side by side have one depth
	Activation Activation   `json:"activation,omitzero"` // zero if there is none
	Norm       Norm         `json:"norm,omitzero"`       // between linear map and activation; zero if there is none
	Units      int          `json:"units,omitempty"`     // width of the layer; 0 if unknown
	FanIn      int          `json:"fan_in,omitempty"`    // inputs of one unit; 0 if unknown
	OnSkip     bool         `json:"on_skip,omitempty"`   // a projection on a skip, which is not on the path from input to output
	Init       *Initializer `json:"init,omitempty"`      // of the weight; nil if unknown

	Step      int  `json:"step,omitempty"`      // from 1, if the weight is used at several steps, each a layer of the same Path
	Recurrent bool `json:"recurrent,omitempty"` // whether the steps depend on earlier ones
	// FirstRecurrent is set if Recurrent is, and no other recurrent layer comes before this one on the ways from the inputs.
	FirstRecurrent bool `json:"first_recurrent,omitempty"`
	// Stacked is set if Recurrent is, and the steps are depth and not time: one weight is applied again and again, and later steps read no
	// new data.
	Stacked bool `json:"stacked,omitempty"`
}

// A Param is one parameter that has a gradient.
type Param struct {
	Name  string `json:"name"`            // as "block3/dense1/weight"
	Layer string `json:"layer,omitempty"` // path of its layer
	Depth int    `json:"depth,omitempty"` // of that layer
	Role  string `json:"role,omitempty"`  // weight, bias, gain or shift
	Size  int    `json:"size,omitempty"`  // number of elements; 0 if unknown
}

// A Block is one residual block: sum = skip + scale·branch.
type Block struct {
	Path  string `json:"path"`  // as "block3"
	First int    `json:"first"` // index in Profile.Layers of the branch's first layer
	Last  int    `json:"last"`  // index of the branch's last layer; before First if the branch has no layer

	NoSkip bool `json:"no_skip,omitempty"` // whether there is no skip, as in the plain twin of a residual network
}

// HasSkips reports whether any of the blocks has a skip.
func (p Profile) HasSkips() bool {
	return slices.ContainsFunc(p.Blocks, func(b Block) bool { return !b.NoSkip })
}
