package profile

// Gains say where the gradient won or lost its size on its way back to a layer's pre-activation z, from that of the next
// layer on the path to the output: log10(RMS(delta of this layer) / RMS(delta of the next)), split by the chain rule into
// parts that sum to it. Each part is the log10 of the root mean square after an operation over that before it:
//
//	Weight      the next layer's linear map: the product with W^T
//	Activation  the activation: the product with phi'(z)
//	Norm        normalisation, and the scale of a residual branch
//	Skip        a skip that joins: the gradient of a block's input over the part of it that came through the branch
//	Other       anything else
//
// The next layer of a step in a recurrent layer is the next step; of several layers at the next depth it is one that reads this
// layer.
type Gains struct {
	Weight     Number `json:"weight"`
	Activation Number `json:"activation"`
	Norm       Number `json:"norm"`
	Skip       Number `json:"skip"`
	Other      Number `json:"other"`
}

// Total is the sum of the parts.
func (g Gains) Total() float64 { return float64(g.Weight + g.Activation + g.Norm + g.Skip + g.Other) }

// GainParts are the parts of gains by their names in JSON.
var GainParts = []struct {
	Name string
	Of   func(*Gains) float64
}{
	{"weight", func(g *Gains) float64 { return float64(g.Weight) }},
	{"activation", func(g *Gains) float64 { return float64(g.Activation) }},
	{"norm", func(g *Gains) float64 { return float64(g.Norm) }},
	{"skip", func(g *Gains) float64 { return float64(g.Skip) }},
	{"other", func(g *Gains) float64 { return float64(g.Other) }},
}
