package profile

// Histograms are the third tier of a record. A histogram that was not recorded is nil.
type Histograms struct {
	Layers []LayerHistograms `json:"layers,omitempty"` // one for each of Profile.Layers
	Params []ParamHistograms `json:"params,omitempty"` // one for each of Profile.Params

	// Attentions are maps of the heads, one for each of Profile.Attentions; nil if they were not recorded.
	Attentions []AttentionMap `json:"attentions,omitempty"`
}

// LayerHistograms are the histograms of one layer.
type LayerHistograms struct {
	Delta *Histogram `json:"delta,omitempty"` // of the entries of delta
	Pre   *Histogram `json:"pre,omitempty"`   // of the entries of z
}

// ParamHistograms are the histograms of one parameter.
type ParamHistograms struct {
	Grad  *Histogram `json:"grad,omitempty"`  // of the gradient's elements, before any clipping
	Value *Histogram `json:"value,omitempty"` // of the parameter's elements, before the update
}

// A Histogram counts numbers by sign and size, on a logarithmic scale: bucket i counts the numbers x with
// 2^(Low+i) <= |x| < 2^(Low+i+1). Empty outer buckets are left out.
type Histogram struct {
	Low      int   `json:"low"`                // exponent of the first bucket
	Negative []int `json:"negative,omitempty"` // counts of the numbers below zero, by size
	Positive []int `json:"positive,omitempty"` // counts of the numbers above zero, by size; as many buckets as Negative
	Zero     int   `json:"zero,omitempty"`     // numbers that are exactly zero
	NaN      int   `json:"nan,omitempty"`
	Inf      int   `json:"inf,omitempty"` // infinities of both signs
}
