package profile

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
