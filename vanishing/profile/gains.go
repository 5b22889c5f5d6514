package profile

// Gains split the change of the gradient from one layer to the layer before it. The change is log10(RMS(delta of this layer) /
// RMS(delta of the next layer on the path to the output)), where delta is the gradient with respect to the pre-activation.
// By the chain rule it is a sum of parts. Each part is log10 of the gradient's root mean square after an operation over the
// root mean square before it:
//
//	Weight      the next layer's linear map: the product with W^T
//	Activation  the activation: the product with phi'(z)
//	Norm        normalisation, and the scale of a residual branch
//	Skip        the sum with a skip: the gradient of a block's input over its part through the branch
//	Other       all other operations
//
// For a step of a recurrent layer the next layer is the next step. With several layers at the next depth it is one that reads
// this layer.
type Gains struct {
	Weight     Number `json:"weight"`
	Activation Number `json:"activation"`
	Norm       Number `json:"norm"`
	Skip       Number `json:"skip"`
	Other      Number `json:"other"`
}

// Total is the sum of the parts.
func (g Gains) Total() float64 { return float64(g.Weight + g.Activation + g.Norm + g.Skip + g.Other) }

// GainParts are the parts of [Gains], with their JSON keys.
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
