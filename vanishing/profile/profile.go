package profile

// A Profile is what the gradients of one network did, step by step and layer by layer. It is a plain value: it holds no
// pointers into the network, and no times but those in Cost, so that the same run gives the same profile, and a report can
// be made anywhere.
//
// To look at a part of a run, cut Records: with p.Records = p.Records[:1] it is the profile of the first step. A profile
// made or changed by hand can be checked with Validate.
type Profile struct {
	Name      string     `json:"name,omitempty"`      // of the network, in reports
	Dtype     string     `json:"dtype,omitempty"`     // "float32" or "float64"
	Seed      uint64     `json:"seed,omitempty"`      // the parameters were drawn from
	Optimizer *Optimizer `json:"optimizer,omitempty"` // nil if no update was made

	Layers []Layer `json:"layers,omitempty"` // the weighted layers, in forward order: by depth
	Params []Param `json:"params,omitempty"` // the parameters that have a gradient, in order of declaration
	Blocks []Block `json:"blocks,omitempty"` // the residual blocks, in forward order

	// Unseen are the parameters of a weight's shape that no layer uses: an operation that is not known combines them with the
	// samples, so what the gradient does there is not recorded.
	Unseen []string `json:"unseen,omitempty"`

	Sampling Sampling `json:"sampling,omitzero"` // which steps were recorded, and which of them kept
	Records  []Record `json:"records,omitempty"` // the recorded steps, in order

	History []Epoch `json:"history,omitempty"` // the scores of the finished epochs, or of evenly spaced ones and the last

	// Baseline is the loss, as in [Record].Loss, of the best output that is the same for all samples, for the targets of the
	// records with details; 0 if it is not known.
	Baseline Number `json:"baseline,omitempty"`

	Theory *Theory `json:"theory,omitempty"` // what the initialisation lets expect; nil if it was not asked for
	Paths  []Paths `json:"paths,omitempty"`  // path-length spectra of a residual network, by step
	Trials []Trial `json:"trials,omitempty"` // remedies that were tried on one batch, the best first
	Cost   *Cost   `json:"cost,omitempty"`   // what recording cost; the one part that differs from run to run
}

// A Layer is one weighted layer: the linear map z = x·w + b, with what follows it up to and including the activation.
type Layer struct {
	Path       string       `json:"path"`                // as "block3/dense1"
	Depth      int          `json:"depth"`               // 1 for the layer next to the input; layers side by side have one depth
	Activation Activation   `json:"activation,omitzero"` // zero if there is none
	Norm       Norm         `json:"norm,omitzero"`       // between linear map and activation; zero if there is none
	Units      int          `json:"units,omitempty"`     // width of the layer; 0 if unknown
	FanIn      int          `json:"fan_in,omitempty"`    // inputs of one unit; 0 if unknown
	OnSkip     bool         `json:"on_skip,omitempty"`   // a projection on a skip: beside the path from input to output, not on it
	Init       *Initializer `json:"init,omitempty"`      // how the weight was drawn; nil if unknown

	Step      int  `json:"step,omitempty"`      // from 1, if the weight is used at several steps: each is a layer of one path
	Recurrent bool `json:"recurrent,omitempty"` // whether these steps depend on earlier ones
}

// A Param is one parameter that has a gradient.
type Param struct {
	Name  string `json:"name"`            // as "block3/dense1/weight"
	Layer string `json:"layer,omitempty"` // path of the layer that declared it
	Depth int    `json:"depth,omitempty"` // of that layer
	Role  string `json:"role,omitempty"`  // weight, bias, gain or shift
	Size  int    `json:"size,omitempty"`  // number of elements; 0 if unknown
}

// A Block is one residual block: sum = skip + scale·branch.
type Block struct {
	Path  string `json:"path"`  // as "block3"
	First int    `json:"first"` // index in Profile.Layers of the branch's first layer
	Last  int    `json:"last"`  // and of its last one; before First if the branch has no layer
}
