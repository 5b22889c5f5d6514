package theory

import "math"

// Of the gradient at a pixel, the part along the signal there is not independent of the forward pass: see radial.go. In a dense ReLU
// network it is as large as any other part. In a convolution it is larger. Let M = z·δ be the sum over channels at a pixel. The gradient
// at a pixel α of the input has with the input the product Σ (W_β·a)·δ over the taps β. Of the pre-activation z that a tap helps to
// make, W_β·a is the part 1/taps on average. So this product contains the mean of M over the window, and the M of close pixels are
// correlated if their signals and gradients are. Let S(d) be the covariance of M at the offset d, without the one of independent z and
// δ. Then a convolution averages S over the offsets within its window, and an activation changes S and the squared gradient T to
//
//	S: (E zφ'zφ' ρ + qV'²/V·S)/(qD) - c·ρ',    T: D + S(0)·E φ²φ'²/(nV)
//
// where c is the cosine of the signals, and ρ and ρ' that of the gradients above and below.
type imageRadial struct {
	square float64   // E φ²φ'²/(V D)
	slope  float64   // q V'²/(V D)
	tilt   []float64 // E zφ'zφ'/(q D) by offset
	signal []float64 // cosines before the activation
	active []float64 // and after it
}

// imageRadialOf computes the averages for φ without its mean over channels, if weights that are standardised read it: they sum to zero.
func imageRadialOf(m moments, q, mean float64, signal, active, tilt []float64) imageRadial {
	r := imageRadial{tilt: tilt, signal: signal, active: active}
	v, d := m.V(q), m.D(q)
	left := v - mean*mean
	if q == 0 || d == 0 || !(left > 0) {
		return r
	}
	// d/dq (E φ)² is 2 E φ · E φ'z/(2√q), with E zφ' = √q E φ''.
	bend := m.average(q, func(u float64) float64 { return u * m.phi.Derivative(u) }) / q
	slope := m.VPrime(q) - mean*bend
	r.square = m.average(q, func(u float64) float64 { x := (m.phi.Eval(u) - mean) * m.phi.Derivative(u); return x * x }) / (left * d)
	r.slope = q * slope * slope / (left * d)
	r.active = make([]float64, len(active))
	for i, c := range active {
		r.active[i] = (c*v - mean*mean) / left
	}
	return r
}

// back passes S and the excess through an activation of n channels. before is the gradient after the activation, g that before it without
// the part of S.
func (r imageRadial) back(g, before fieldGradient, n float64) fieldGradient {
	at := func(s []float64, d int) float64 {
		if s == nil {
			return 0
		}
		return s[d]
	}
	more := at(before.fresh, len(r.signal)/2) * r.square / n // at the offset 0
	g.excess += (1 + g.excess) * more
	g.radial, g.fresh, g.centred = make([]float64, len(r.signal)), nil, false
	cos := make([]float64, len(r.signal))
	for d := range g.radial {
		g.radial[d] = r.tilt[d]*before.cos[same][d] + r.slope*at(before.radial, d) - r.signal[d]*g.cos[same][d]
		cos[d] = clip((g.cos[same][d] + r.active[d]*at(before.fresh, d)*r.square/n) / (1 + more))
	}
	g.cos[same] = cos
	return g
}

// radialBack averages S over the window. With a stride only some taps reach a pixel.
func (k kernel) radialBack(s []float64) []float64 {
	if s == nil {
		return nil
	}
	to := make([]float64, k.in.offsets())
	taps := k.window.taps()
	for d := range to {
		dy, dx := k.in.offset(d)
		for _, a := range taps {
			for _, b := range taps {
				y, okY := quotient(dy-(a[0]-b[0])*max(1, k.window.Dilation[0]), k.window.Stride[0], k.out.h)
				x, okX := quotient(dx-(a[1]-b[1])*max(1, k.window.Dilation[1]), k.window.Stride[1], k.out.w)
				if okY && okX {
					to[d] += s[k.out.index(y, x)] / float64(len(taps)*len(taps))
				}
			}
		}
	}
	return to
}

// quotient divides an offset by a stride, if it is a multiple of it and the result an offset in a grid of the given side.
func quotient(d, stride, side int) (int, bool) {
	stride = max(1, stride)
	q := d / stride
	return q, q*stride == d && q > -side && q < side
}

// ofExcess is the effect of an excess on mean and variance of ln of the batch's squared gradient. The excess of an image is one Gaussian
// number's square.
func (p *imagePass) ofExcess(excess float64) (mean, variance float64) {
	if p.inverse == 1 {
		return logExcess(excess)
	}
	relative := excess / (1 + excess)
	variance = 2 * p.inverse * relative * relative
	return math.Log1p(excess) - variance/2, variance
}

// shared is S of a term of a sum, of the given share of its mean square.
func (g fieldGradient) shared(share float64) []float64 {
	if g.radial == nil {
		return nil
	}
	return scaledBy(g.radial, share)
}

// joinedRadial is S where a skip and a branch begin: the products along the two have one origin and add. c is the ratio of the squared
// gradient of the branch to that of the skip.
func joinedRadial(skip, branch []float64, c float64) []float64 {
	switch {
	case skip == nil && branch == nil:
		return nil
	case skip == nil:
		return scaledBy(branch, c/(1+c))
	case branch == nil:
		return scaledBy(skip, 1/(1+c))
	}
	to := make([]float64, len(skip))
	for d := range to {
		a, b := skip[d]/(1+c), branch[d]*c/(1+c)
		to[d] = a + b + 2*math.Sqrt(max(0, a)*max(0, b))
	}
	return to
}
