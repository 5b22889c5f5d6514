package graph

import (
	"math"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/initializer"
)

// MuP draws Model in the maximal update parametrisation (Yang et al. 2022, "Tensor Programs V", table 3): each layer learns as fast
// in a wide network as in the narrow one, Base, and so the learning rate that is best for Base is about best for all widths. Other
// networks need a smaller rate, the wider they are. MuP is the outermost layer:
//
//	model := graph.MuP{Model: network(1024), Base: network(64)} // the rate was found with network(64)
//
// A parameter grows by the ratio of its inputs to those of the parameter of the same name in Base, in below, and by that of its
// outputs, out. First values have the size that they have in Base, times a factor, and optimisers multiply their rate by another:
//
//	                              first values    SGD      Adam and others that scale each element
//	inputs do not grow, biases    1               out      1
//	inputs and outputs grow       1/sqrt(in)      out/in   1/in
//	outputs do not grow           1/in            1/in     1/in
//
// Logits of attention are divided by the width of a head, no longer by its root, and logits that an embedding makes by the ratio of the
// widths. Where nothing grows all numbers are those of Model itself, bit by bit.
//
// Blocks and Alpha do the same for the number of residual blocks. Branches are multiplied by Blocks^-Alpha, and the rates of their
// parameters by Blocks^(2·Alpha-1) for SGD and Blocks^(Alpha-1) for Adam. Alpha 1/2 suits blocks of one linear map (Yang et al. 2023,
// "Tensor Programs VI"; Bordelon et al. 2023), and 1, called CompleteP, suits those of more, as in Transformers (Dey et al. 2025, table
// 1).
//
// Decoupled weight decay, as that of AdamW, does not follow the rate of a parameter: the product of both stays that of Base.
//
// The epsilon of Adam is not scaled, though gradients of weights shrink as 1/in and epsilon takes ever more of a step (Everett et al. 2024,
// "Scaling Exponents Across Parameterizations and Optimizers"). In a perceptron of three hidden layers with Base 64 the default of 1e-8
// takes 0.05 % to 0.09 % off the steps of the weights at width 64, and 0.5 % to 0.8 % at 1024, in the layer where it takes most: 16 times the
// width, 10 times the share. From some 10,000 units on, or with another loss or batch whose gradients are as much smaller, give an epsilon
// that is smaller by the growth of the width.
type MuP struct {
	Model Model
	Base  Model // the same layers of another width; nil: the width has no effect

	Blocks float64 // number of residual blocks over that for which the rate was found; 0 means 1
	Alpha  float64 // in [1/2, 1]; 0: the number of blocks has no effect
}

// Rates are factors of the learning rate that a parametrisation gives to a parameter. The zero value is no factor.
type Rates struct {
	SGD  float64 // of optimisers whose step is in proportion to the gradient
	Adam float64 // of optimisers that scale each element, as Adam, whose step does not depend on the size of the gradient
}

// Apply draws the model.
func (m MuP) Apply(b *Builder, x *gorgonia.Node) *gorgonia.Node {
	switch {
	case m.Model == nil:
		return b.Failf("MuP: Model is nil")
	case b.mup != nil || b.step != nil:
		return b.Failf("MuP: got it inside of another MuP or a recurrence, want it as the outermost layer")
	case m.Alpha != 0 && !(m.Alpha >= 0.5 && m.Alpha <= 1):
		return b.Failf("MuP: Alpha: got %g, want 0 or a number in [0.5, 1]", m.Alpha)
	case !(m.Blocks >= 0) || math.IsInf(m.Blocks, 0):
		return b.Failf("MuP: Blocks: got %g, want a positive number, or 0 for 1", m.Blocks)
	}
	scaling := &widthScaling{blocks: orDefault(m.Blocks, 1), alpha: m.Alpha}
	if m.Base != nil {
		scaling.base = b.measure(m.Base, x)
	}
	b.mup = scaling
	defer func() { b.mup = nil }()
	return m.Model.Apply(b, x)
}

// measure draws a base model on a graph of its own, for the sizes of its parameters.
func (b *Builder) measure(base Model, x *gorgonia.Node) *baseSizes {
	inner := newBuilder(NewParams(b.params.dtype, b.params.seed), b.mode, b.seed)
	inner.path, inner.scopes[b.path] = b.path, true
	inner.mup = &widthScaling{measured: make(map[string]int)}
	input := inner.newInput(Input{Name: "x", Shape: x.Shape().Clone(), Dtype: x.Dtype()})
	for _, in := range b.inputs {
		node := input
		if in.Node != x {
			node = inner.newInput(Input{Name: in.Name, Shape: in.Node.Shape().Clone(), Dtype: in.Node.Dtype()})
		}
		inner.inputs = append(inner.inputs, NamedNode{in.Name, node})
	}
	if err := inner.protect(func() { base.Apply(inner, input) }); err != nil {
		b.Failf("MuP: Base: %v", err)
	}
	return &baseSizes{inner.params, inner.mup.measured}
}

// Growth is how many times as large as in the base of a [MuP] a size is, which a layer in this scope names; 1 outside of MuP. A layer
// calls it to follow that parametrisation beyond its parameters, as attention does with the width of a head.
func (b *Builder) Growth(name string, size int) float64 {
	switch {
	case b.mup == nil:
		return 1
	case b.mup.measured != nil:
		b.mup.measured[join(b.path, name)] = size
		return 1
	case b.mup.base == nil:
		return 1
	}
	base := b.mup.base.sizes[join(b.path, name)]
	if base == 0 {
		b.Failf("MuP: the size %q is not in Base (give Base the same layers)", name)
	}
	return float64(size) / float64(base)
}

var _ Layer = MuP{}

// A widthScaling is the state of a drawing inside of [MuP].
type widthScaling struct {
	base          *baseSizes // nil: widths have no effect
	blocks, alpha float64
	nested        int            // number of branches around the layer that is drawn
	measured      map[string]int // of a base that is being drawn; otherwise nil
}

// baseSizes are the sizes of a base model.
type baseSizes struct {
	params *Params
	sizes  map[string]int
}

// enter begins a residual branch, and gives the factor of its result. Leave ends it.
func (w *widthScaling) enter() float64 {
	if w == nil {
		return 1
	}
	w.nested++
	if w.nested > 1 || w.alpha == 0 {
		return 1
	}
	return math.Pow(w.blocks, -w.alpha)
}

func (w *widthScaling) leave() {
	if w != nil {
		w.nested--
	}
}

// scale sets the rates of a parameter, and how its first values are drawn.
func (b *Builder) scale(p *Param, shape []int) {
	w := b.mup
	if w == nil || w.measured != nil || !p.Trainable() {
		return
	}
	in, out := 1.0, 1.0
	if w.base != nil {
		base := w.base.params.byName[p.Name]
		if base == nil || len(base.Value.Shape()) != len(shape) {
			b.Failf("MuP: parameter %s of shape %v is not in Base (give Base the same layers)", p.Name, shape)
		}
		in, out = growth(p, shape, base)
		b.scaleInit(p, shape, base, in, out)
	}
	rates := Rates{SGD: out / in, Adam: 1 / in}
	if w.nested > 0 && w.alpha != 0 {
		rates.SGD *= math.Pow(w.blocks, 2*w.alpha-1)
		rates.Adam *= math.Pow(w.blocks, w.alpha-1)
	}
	if rates != (Rates{1, 1}) {
		p.Rates = rates
	}
}

// growth is by what factors the inputs and the outputs of a parameter grow. Only weights with a fan have inputs that count.
func growth(p *Param, shape []int, base *Param) (in, out float64) {
	if p.Role == Weight && p.Fan.In > 0 && p.Fan.Out > 0 {
		return float64(p.Fan.In) / float64(base.Fan.In), float64(p.Fan.Out) / float64(base.Fan.Out)
	}
	size := 1
	for _, n := range shape {
		size *= n
	}
	return 1, float64(size) / float64(base.Size())
}

// scaleInit gives the first values of a parameter the size that they have in the base, times the factor of the parametrisation.
func (b *Builder) scaleInit(p *Param, shape []int, base *Param, in, out float64) {
	if p.Init == nil || in == 1 && out == 1 {
		return
	}
	variance, known := initializer.Variance(p.Init, p.Fan, shape)
	was, baseKnown := initializer.Variance(base.Init, base.Fan, base.Value.Shape())
	if !known || !baseKnown {
		b.Failf("MuP: parameter %s: got the initialiser %v, want one that declares its variance (initializer.Varied)", p.Name, p.Init)
	}
	if variance == 0 {
		return
	}
	factor := math.Sqrt(was/variance) / math.Sqrt(in)
	if out == 1 {
		factor /= math.Sqrt(in)
	}
	if math.Abs(factor-1) > 1e-12 { // otherwise it is the rounding of a 1
		p.Init = initializer.Scaled{By: p.Init, Factor: factor}
	}
}
