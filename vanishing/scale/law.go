package scale

// A Law is what theory expects of the exponents of networks in one parametrisation.
type Law struct {
	Name     string // "standard", "muP", "1/sqrt(L)" or "1/L"
	expected []expectation
}

// An expectation is a range of exponents of one quantity in the layers of a class. Activations and gradients are those of the first step,
// everything else is measured after one step, which is in proportion to the rate.
type expectation struct {
	class     Class
	quantity  Quantity
	low, high float64
}

// The laws are those of networks at the start of training, with a batch and a number of classes that stay the same (Yang & Hu 2021;
// Yang et al. 2022, app. J). In standard networks weights have the variance 1/in and all layers one rate.

// widthLaws are the laws over the width. The change of the stream is the sum of what all layers do, with exponents of their own.
func widthLaws(adam bool) []Law {
	// Gradients begin at the output with its first values: 1/sqrt(in) in standard networks, 1/in in muP.
	inputUpdate, hiddenUpdate := -0.5, 0.5
	if adam { // all elements move by the rate: the effect is as large as the number of inputs
		inputUpdate, hiddenUpdate = 0, 1
	}
	return []Law{
		{"standard", []expectation{
			{Input, Activation, 0, 0}, {Input, Gradient, -0.5, -0.5}, {Input, Update, inputUpdate, inputUpdate},
			{Hidden, Activation, 0, 0}, {Hidden, Gradient, -0.5, -0.5}, {Hidden, Update, hiddenUpdate, hiddenUpdate}, {Hidden, Gain, 0, 0},
			{Output, Activation, 0, 0}, {Output, Gradient, 0, 0}, {Output, Update, 1, 1}, {Output, Gain, 0.5, 0.5},
			{Stream, Activation, 0, 0}, {Stream, Change, inputUpdate, hiddenUpdate},
		}},
		{"muP", []expectation{
			{Input, Activation, 0, 0}, {Input, Gradient, -1, -1}, {Input, Update, 0, 0},
			{Hidden, Activation, 0, 0}, {Hidden, Gradient, -1, -1}, {Hidden, Update, 0, 0}, {Hidden, Gain, 0, 0},
			{Output, Activation, -0.5, -0.5}, {Output, Gradient, 0, 0}, {Output, Update, 0, 0}, {Output, Gain, 0, 0},
			{Stream, Activation, 0, 0}, {Stream, Change, 0, 0},
		}},
	}
}

// depthLaws are the laws over the number of residual blocks whose branches begin with a normalisation (Yang et al. 2023, table 1;
// Dey et al. 2025, sec. 3). Hidden stands for the maps in branches, before the factor of the branch. What branches with 1/L add to the stream at
// first vanishes beside its input, and any falling exponent is right for few blocks. The change of a standard stream grows like L in the
// end, from the constant change that the first layer makes, and faster for a while where blocks become alike. Standard networks trained by SGD
// have no exponent for the update: gradients of earlier blocks are larger.
func depthLaws(adam bool) []Law {
	standard := Law{"standard", []expectation{{Stream, Activation, 0.5, 0.5}, {Stream, Change, 0.5, 1.5}}}
	if adam {
		standard.expected = []expectation{{Hidden, Update, 0, 0}, {Stream, Activation, 0.5, 0.5}, {Stream, Change, 0.5, 1.5}}
	}
	return []Law{
		standard,
		{"1/sqrt(L)", []expectation{{Hidden, Update, -0.5, -0.5}, {Stream, Activation, 0, 0}, {Stream, Change, 0, 0}}},
		{"1/L", []expectation{{Hidden, Update, 0, 0}, {Stream, Activation, -0.5, 0}, {Stream, Change, 0, 0}}},
	}
}

// step is the number of steps after which a quantity is held against a law.
func (q Quantity) step() int {
	if q == Activation || q == Gradient {
		return 0
	}
	return 1
}

// Laws are the laws that the exponents of a check are held against; none for networks of several depths without residual blocks.
func (c *Check) Laws() []Law {
	switch {
	case !c.Depth:
		return widthLaws(c.Adam)
	case c.BlockMaps > 0:
		return depthLaws(c.Adam)
	}
	return nil
}

// Expects is the range of exponents that the law expects of a quantity in a layer; false if it expects none.
func (l Law) Expects(layer Layer, q Quantity, depth bool) (low, high float64, ok bool) {
	if depth && layer.Class == Hidden && !layer.Branch {
		return 0, 0, false
	}
	for _, e := range l.expected {
		if e.class == layer.Class && e.quantity == q {
			return e.low, e.high, true
		}
	}
	return 0, 0, false
}
