package profile

// Histograms are the third tier of a record. A histogram is nil where there is none.
type Histograms struct {
	Layers []LayerHistograms `json:"layers,omitempty"` // one for each of Profile.Layers
	Params []ParamHistograms `json:"params,omitempty"` // one for each of Profile.Params
}

// LayerHistograms are those of one layer.
type LayerHistograms struct {
	Delta *Histogram `json:"delta,omitempty"` // of the entries of delta
	Pre   *Histogram `json:"pre,omitempty"`   // of the entries of z
}

// ParamHistograms are those of one parameter.
type ParamHistograms struct {
	Grad  *Histogram `json:"grad,omitempty"`  // of the gradient's elements, before any clipping
	Value *Histogram `json:"value,omitempty"` // of the parameter's elements, before the update
}

// A Histogram counts numbers by sign and size, on a logarithmic scale: bucket i holds those with
// 2^(Low+i) <= |x| < 2^(Low+i+1). Outer buckets that are empty are left out, so that Low depends on the numbers.
type Histogram struct {
	Low      int   `json:"low"`                // exponent of the first bucket
	Negative []int `json:"negative,omitempty"` // counts of the numbers below zero, by size
	Positive []int `json:"positive,omitempty"` // counts of those above, by size; as many buckets as Negative
	Zero     int   `json:"zero,omitempty"`     // numbers that are exactly zero
	NaN      int   `json:"nan,omitempty"`
	Inf      int   `json:"inf,omitempty"` // infinities of both signs
}
