package profile

import "math"

// Gains say where the gradient won or lost its size on its way back to a layer's pre-activation z, from that of the next
// layer on the path to the output: log10(RMS(delta of this layer) / RMS(delta of the next)), split by the chain rule into
// parts that sum to it. Each part is the log10 of the root mean square behind an operation over that before it:
//
//	Weight      the next layer's linear map: the product with W^T
//	Activation  the activation: the product with phi'(z)
//	Norm        normalisation, and the scale of a residual branch
//	Skip        a skip that joins: the gradient of a block's input over the part of it that came through the branch
//	Other       anything else
//
// The next layer of a step in a recurrent layer is the next step; of several layers at the next depth it is one that reads this
// layer. All are NaN in the last layer of the path and in layers beside it, as projections on skips.
type Gains struct {
	Weight     float64 `json:"weight"`
	Activation float64 `json:"activation"`
	Norm       float64 `json:"norm"`
	Skip       float64 `json:"skip"`
	Other      float64 `json:"other"`
}

// Total is the sum of the parts.
func (g Gains) Total() float64 { return g.Weight + g.Activation + g.Norm + g.Skip + g.Other }

// NoGains is for a layer that has none.
func NoGains() Gains {
	nan := math.NaN()
	return Gains{nan, nan, nan, nan, nan}
}
