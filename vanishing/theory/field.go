package theory

import "math"

// The kinds of pairs of pixels: of one image, and of two images of the batch.
const (
	same = iota
	other
)

// cosines are the cosines of pairs of pixels by kind and offset.
type cosines [2][]float64

// each applies a function to all cosines.
func (c cosines) each(f func(c float64) float64) (to cosines) {
	for kind, list := range c {
		to[kind] = make([]float64, len(list))
		for d, v := range list {
			to[kind][d] = f(v)
		}
	}
	return to
}

// A field describes the values of a layer of channels in the forward pass. A fully connected layer has one position.
type field struct {
	grid
	channels int
	law      law
	q        []float64 // mean square by position, over channels, images and initialisations
	mean     []float64 // over channels by position, after an activation; nil for 0
	cos      cosines   // the mean product of two pixels' values is that of independent positions: √(q q') times a function of the offset
	normed   bool      // by a batch normalisation just before

	from         *source   // for law activated
	values, mass []float64 // for law atoms: the values of a channel and their probabilities, of mean square 1
	// groups are the parts of mass of the channels that a skip has added to at the same transitions: they differ in their means.
	groups [][]float64
}

// A fieldGradient describes the gradient in the backward pass, up to a factor exp(log).
type fieldGradient struct {
	log float64
	g   []float64 // mean square by position
	cos cosines   // of the gradients at two pixels
	// extra is the variance of this cosine by chance: the mean squared cosine is cos² + extra.
	extra cosines
	along cosines // like cos, for the gradients times the normalised values, after an activation; nil for independent values

	// byValue is the mean square given a channel's value, for law atoms, over the mean square; nil if it is the same for all values.
	byValue []float64

	beta float64 // variance of ln of the batch's squared gradient

	// radial is, by offset of two pixels of one image, the covariance of the products z·δ over channels, in units of that of one pixel for
	// independent z and δ, less what independent z and δ give. excess is the relative increase of ‖δ‖² that follows from it. See
	// image_radial.go.
	radial  []float64
	fresh   []float64 // the part of radial that came through a linear map since the last activation
	excess  float64
	centred bool // the values' mean over channels counts for nothing above
}

// like is the mean squared cosine.
func (g fieldGradient) like(kind, d int) float64 {
	return min(1, g.cos[kind][d]*g.cos[kind][d]+g.extra[kind][d])
}

// atValue is byValue, or 1 if the gradient is the same for all values.
func (g fieldGradient) atValue(i int) float64 {
	if g.byValue == nil {
		return 1
	}
	return g.byValue[i]
}

// scaled multiplies the squared gradient.
func (g fieldGradient) scaled(by float64) fieldGradient {
	to := make([]float64, len(g.g))
	for i, v := range g.g {
		to[i] = v * by
	}
	g.g = to
	return g
}

// level moves the mean square into the logarithm.
func (g fieldGradient) level() fieldGradient {
	by := average(g.g)
	if by == 0 || math.IsInf(by, 0) || math.IsNaN(by) {
		return g
	}
	g = g.scaled(1 / by)
	g.log += math.Log(by)
	return g
}

// independent forgets what is known of the gradient given the values.
func (g fieldGradient) independent() fieldGradient {
	g.along, g.byValue, g.fresh = cosines{}, nil, nil
	return g
}

func average(x []float64) float64 {
	sum := 0.0
	for _, v := range x {
		sum += v
	}
	return sum / float64(len(x))
}

// roots are square roots, of 0 for rounding errors below it.
func roots(x []float64) []float64 {
	to := make([]float64, len(x))
	for i, v := range x {
		to[i] = math.Sqrt(max(0, v))
	}
	return to
}

// over divides, and gives 0 where nothing is to be divided by.
func over(a, b float64) float64 {
	if !(b > 0) {
		return 0
	}
	return a / b
}
