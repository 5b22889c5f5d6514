package theory

import "math"

// The sums of φ² and of φ'² over a layer's units differ from their averages by about 1/√width. Beta covers the effect of the sum of
// φ'² on the gradient of its layer. The sum of φ² changes the size of the signal in all later layers, and with it their slopes: the
// gradient varies with the signal. This file follows the effect to first order in 1/width, in networks without residual blocks, as a
// variance of ln of the squared gradient and as a shift ("lift") of its mean.

// A wander is the variance of a mean square, and the covariance of two samples' mean squares.
type wander struct{ own, pair float64 }

func (w wander) times(by float64) wander { return wander{w.own * by, w.pair * by} }

// sizes are the wanders of a signal's mean square and of its variance over units.
type sizes struct{ plain, centred wander }

func (s sizes) times(by float64) sizes { return sizes{s.plain.times(by), s.centred.times(by)} }

// A sway is the effect of the signal's size on ln of the squared gradient.
type sway struct {
	// common and apart are the derivatives of the logarithm by the mean square of the signal: common for a change in all samples of
	// the batch, apart for a change in one sample compared with the others. They are equal without batch normalisation.
	common, apart float64
	centred       bool // the derivatives are by the variance over units instead

	variance, lift float64 // of the batch's logarithm so far

	// mean is the relative difference of the gradient's square along (1, 1, ..., 1) from that of a random direction.
	mean float64
}

// add adds the noises of one sample and of two. The squared gradient of the batch is an average over samples, so differences between
// samples increase its logarithm.
func (w *sway) add(own, pair noise, batch float64) {
	each := own.plus(-1, pair)
	w.variance += pair.plus(1/batch, each).variance(w.common)
	w.lift += (1 - 1/batch) * each.variance(w.apart) / 2
}

// seen gives variance and lift at a pre-activation, including the wander of its mean square.
func (w sway) seen(q wander, batch float64) (variance, lift float64) {
	w.add(noise{signal: q.own}, noise{signal: q.pair}, batch)
	return w.variance, w.lift
}

// varies reports whether the size of a signal is followed: its square and fourth powers of its values are numbers of float64. The slopes
// of a signal that is smaller or larger do not depend on its size.
func (s signal) varies() bool { return 1e-140 < s.ms && s.ms < 1e140 }

// sways tells whether sway and lift are known for the network.
func (p *pass) sways() bool { return len(p.net.Blocks) == 0 }

// cosine is the average cosine of two samples' signals.
func (p *pass) cosine(s signal) float64 {
	switch {
	case p.batch == 1:
		return 1
	case s.law == sphere || s.ms == 0:
		return 0
	}
	return clip(s.cross / s.ms)
}

// swayThrough follows the sizes of a signal through an activation, whose mean is given, and gives the step back.
func (p *pass) swayThrough(m moments, s signal, mean, n float64) (to sizes, back func(g gradient) gradient) {
	if !p.sways() || s.ms == 0 {
		return sizes{}, func(g gradient) gradient { return g }
	}
	if !s.varies() {
		return sizes{}, func(g gradient) gradient {
			g.sway.common, g.sway.apart, g.sway.mean, g.sway.centred = 0, 0, 0, false
			return g
		}
	}
	c, q := p.cosine(s), s.sizes.plain
	plain := fluctuationsOf(m, s.ms, 0)
	centred := plain
	if mean != 0 {
		centred = fluctuationsOf(m, s.ms, mean)
	}
	if s.law == sphere && centred.vSlope >= centred.v {
		q = wander{} // differences between samples grow until the first order does not apply: leave them out
	}
	noises := func(f fluctuations) (own, pair noise) {
		if own, pair = f.own, f.pair(c); s.onShell {
			own, pair = f.onShell(c)
		}
		by := 1 / n
		if s.law == sphere && !math.IsInf(p.batch, 1) {
			by *= (p.batch - 2) / (p.batch + 1) // variance of a square on the sphere over that of a Gaussian number
		}
		return own.times(by), pair.times(by)
	}
	follow := func(f fluctuations) wander {
		own, pair := noises(f)
		w := q.times(f.vSlope * f.vSlope)
		return wander{w.own + own.signal, w.pair + pair.signal}
	}
	return sizes{follow(plain), follow(centred)}, func(g gradient) gradient {
		w, f := &g.sway, plain
		if w.centred {
			f = centred
		}
		if s.law == sphere && centred.vSlope >= centred.v {
			w.apart = 0
		}
		own, pair := noises(f)
		w.add(own, pair, p.batch)
		if s.onShell {
			w.variance -= (c*f.first.slope + c*c*f.second.slope) / n
			w.lift -= (f.dCurve + w.common*f.vBend) / n // difference between a coordinate on the sphere and a Gaussian number
		}
		w.lift += (q.pair*(w.common*f.vBend+f.dBend) + (q.own-q.pair)*(w.apart*f.vBend+f.dBend)) / 2
		w.mean = (g.radial - 1) * f.along
		w.common, w.apart, w.centred = w.common*f.vSlope+f.dSlope, w.apart*f.vSlope+f.dSlope, false
		return g
	}
}

// drift is the variance of the relative size of a sample's signal at the pre-activation of a layer whose slopes depend on it.
func drift(phi Activation, s signal) float64 {
	if phi == nil || s.law == sphere || s.onShell || !s.varies() || hasTwoSlopes(phi) {
		return 0
	}
	return s.sizes.plain.own / (s.ms * s.ms)
}

// hasTwoSlopes reports whether an activation is linear on either side of zero, as ReLU: its slopes do not depend on the signal's size.
func hasTwoSlopes(phi Activation) bool {
	return phi.Derivative(0.1) == phi.Derivative(10) && phi.Derivative(-0.1) == phi.Derivative(-10)
}

// swayBelow is the sway before a linear map, which multiplies a mean square by gain.
func (w sway) swayBelow(gain float64) sway {
	w.common, w.apart, w.mean = w.common*gain, w.apart*gain, 0
	return w
}

// swayLayerNorm passes a gradient through a layer normalisation of n units: it fixes the signal's size after it. The gradient before it
// is divided by the signal's size and has no part along the signal and the mean.
func (p *pass) swayLayerNorm(g gradient, s signal, n float64) gradient {
	if !p.sways() {
		return g
	}
	v, w, c := s.variance(), s.sizes.centred, p.cosine(s)
	along := g.radial + g.sway.mean
	g.sway.common, g.sway.apart, g.sway.centred = -1/v, -1/v, s.law == activated
	if s.law == normal { // the mean square over units is that of their law but for a relative variance of 2/n
		w = s.sizes.plain
		w.own, w.pair = w.own+2*v*v/n, w.pair+2*c*c*v*v/n
		own := noise{signal: 2 * v * v / n}
		g.sway.add(own, own.times(c*c), p.batch)
	}
	g.sway.lift += w.own/(v*v)/2 - along/n
	return g
}

// swayBatchNorm passes a gradient through a batch normalisation of n units: after it only the ratios of the samples' sizes matter. A
// unit's 1/σ² varies over units and is the same for all samples.
func (p *pass) swayBatchNorm(g gradient, s signal, n float64) gradient {
	if !p.sways() {
		return g
	}
	v, b, w := s.ms-s.cross, p.batch, s.sizes.centred
	g.sway.common, g.sway.apart, g.sway.centred = -1/v, g.sway.apart/v, true
	g.sway.lift += (w.pair + (w.own-w.pair)/b) / (v * v) / 2
	if !math.IsInf(b, 1) {
		ofUnits := 2 / (b - 5) * (1 + 2/(b-2)) / n
		g.sway.variance += ofUnits
		g.sway.lift -= ofUnits / 2
	}
	return g
}
