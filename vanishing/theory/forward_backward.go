package theory

import (
	"math"

	"github.com/pkg/errors"
)

// A pass follows the signal forward through a network. For each step it adds to a tape the map of a gradient in the backward pass.
type pass struct {
	net   Net
	batch float64 // infinite for batch normalisation over an infinite batch
	tape  []func(gradient) gradient
	known map[key]*knowledge

	uneven unevenness

	layers []LayerPrediction
	blocks []BlockPrediction
}

// key identifies an activation by name and values: an Activation need not be comparable.
type key struct {
	name    string
	a, b, c float64
}

// knowledge is a cache of the moments of an activation.
type knowledge struct {
	moments
	sphere *sphereMoments
}

func (p *pass) of(phi Activation) *knowledge {
	if phi == nil {
		phi = linear
	}
	k := key{phi.String(), phi.Eval(0.37), phi.Derivative(-0.61), phi.Eval(-1.3)}
	if p.known[k] == nil {
		p.known[k] = &knowledge{moments: momentsOf(phi)}
	}
	return p.known[k]
}

// sphere are the moments of an activation after a batch normalisation.
func (p *pass) sphere(phi Activation) *sphereMoments {
	known := p.of(phi)
	if known.sphere == nil {
		known.sphere = sphereMomentsOf(known.moments, p.batch)
	}
	return known.sphere
}

func (p *pass) back(step func(gradient) gradient) { p.tape = append(p.tape, step) }

// into passes a signal to the pre-activation of layer i, without the sum with a skip.
func (p *pass) into(i int, s signal) (signal, error) {
	l := p.net.Layers[i]
	s, err := p.normalize(l.PreNorm, s, l.In)
	if err != nil {
		return s, err
	}
	if s, err = p.activate(l.PreActivation, s, l.In); err != nil {
		return s, err
	}
	s = p.linear(i, s)
	if s, err = p.normalize(l.Norm, s, l.Out); err != nil {
		return s, err
	}
	if l.ZeroGain {
		p.back(func(g gradient) gradient { return g.scaled(0) })
		s = signal{law: normal}
	}
	return s, nil
}

// outOf passes a signal from the pre-activation of layer i to its output.
func (p *pass) outOf(i int, s signal) (signal, error) {
	l := p.net.Layers[i]
	if l.SumScale != 0 || l.SumNorm != NoNorm {
		return s, errors.Wrap(ErrNoTheory, "normalisation or scale of a sum in a network without convolutions")
	}
	p.observe(i, s)
	s, err := p.activate(l.Activation, s, l.Out)
	if err != nil {
		return s, err
	}
	if l.PostNorm == BatchNorm {
		return s, errors.Wrap(ErrNoTheory, "batch normalisation after an activation")
	}
	return p.normalize(l.PostNorm, s, l.Out)
}

// observe records signal and gradient at the pre-activation of layer i.
func (p *pass) observe(i int, s signal) {
	p.layers[i].Q, p.layers[i].Drift = s.ms, drift(p.net.Layers[i].Activation, s)
	mistake := p.uneven.mistake // of the earlier layers
	p.back(func(g gradient) gradient {
		p.layers[i].LogDelta = g.logMS()
		p.layers[i].Beta, p.layers[i].Excess = p.spread(g), max(0, g.excess)
		if p.sways() {
			variance, lift := g.sway.seen(s.sizes.plain, p.batch)
			lift += math.Log1p(min(0, g.excess)) // a deficit is in all directions
			if math.Abs(lift) > 1.5*g.beta {
				lift = 0 // the signal's size is unstable: the first order does not apply
			}
			mistake := p.uneven.mistake - mistake
			p.layers[i].Sway, p.layers[i].Lift = variance+mistake*mistake, lift
		}
		return g
	})
}

// spread is the variance of ln of the squared gradient over a batch: the square of a sum over B samples has terms of one sample,
// exp(beta), and of two samples, exp(pair).
func (p *pass) spread(g gradient) float64 {
	if p.net.Batch <= 1 || math.IsNaN(g.pair) {
		return g.beta
	}
	b := float64(p.net.Batch)
	more := g.beta - g.pair
	return min(g.beta, g.pair+math.Log1p(math.Expm1(more)/b)) // at most the variance of one sample
}

// linear passes a signal through a linear map. After W^T each unit's gradient is an independent Gaussian number: the squared length of
// n of them has the relative variance 2/n.
func (p *pass) linear(i int, s signal) signal {
	l := p.net.Layers[i]
	back, n := float64(l.Out)*l.WeightVar, float64(l.In)
	to := s.linear(l.In, l.WeightVar, l.BiasVar)
	p.back(func(g gradient) gradient {
		p.observeWeights(i, s, g)
		g.beta, g.pair = g.beta+2/n, g.pair+2*g.like/n
		g.like = min(1, g.like+(1-g.like)/n) // two Gaussian vectors are never quite orthogonal
		g.byValue, g.given = nil, false
		g.sway = g.sway.swayBelow(n * l.WeightVar)
		if to.ms > 0 { // the bias passes no gradient
			g.radial = 1 + (1-l.BiasVar/to.ms)*(g.radial-1)
		}
		return g.scaled(back).level()
	})
	return to
}

// observeWeights records the gradients of weight and bias. ‖dW‖² is the sum over pairs of samples of (δ_b·δ_b')(x_b·x_b'), here of
// averages.
func (p *pass) observeWeights(i int, s signal, g gradient) {
	l, b := p.net.Layers[i], p.batch
	weight, bias := b*g.ms*s.ms, b*g.ms
	if b > 1 {
		weight += b * (b - 1) * g.cross * s.cross
		bias += b * (b - 1) * g.cross
	}
	// Before a batch normalisation gradients sum to zero up to rounding.
	if bias < 1e-9*b*g.ms {
		bias = 0
	}
	p.layers[i].LogWeightGrad = g.log + math.Log(weight*float64(l.In)*float64(l.Out))
	p.layers[i].LogBiasGrad = g.log + math.Log(bias*float64(l.Out))
}

// activate passes a signal through an activation, which may be nil.
func (p *pass) activate(phi Activation, s signal, width int) (signal, error) {
	if phi == nil {
		if s.law == normal || s.law == sphere { // the mean square over units varies around that of their law
			var back func(gradient) gradient
			s.sizes, back = p.swayThrough(p.of(linear).moments, s, 0, float64(width))
			p.back(back)
		}
		if s.law == sphere {
			p.uneven.through(p.sphere(linear), fluctuationsOf(p.of(linear).moments, 1, 0), p.batch, float64(width))
		}
		return s, nil
	}
	switch s.law {
	case normal:
		return p.activateNormal(phi, s, float64(width)), nil
	case sphere:
		return p.activateSphere(phi, s, float64(width)), nil
	case atoms:
		return p.activateAtoms(phi, s), nil
	}
	return s, errors.Wrap(ErrNoTheory, "an activation of a signal that is not Gaussian")
}

func (p *pass) activateNormal(phi Activation, s signal, n float64) signal {
	m := p.of(phi)
	from := newSource(phi, m.kinks, math.Sqrt(s.ms))
	to := signal{law: activated, from: from, ms: m.V(s.ms), mean: m.Mean(s.ms), cross: math.NaN()}
	d, kappa := m.D(s.ms), m.Kappa(s.ms)
	along := radialOf(m.moments, s.ms, to.ms)
	var swayBack func(gradient) gradient
	to.sizes, swayBack = p.swayThrough(m.moments, s, to.mean, n)
	dot, dot2 := 0.0, 1.0
	if p.batch > 1 {
		to.cross = m.K(s.ms, s.ms, s.cross)
		dot = m.KDot(s.ms, s.ms, s.cross)
		dot2 = m.KDot2(s.ms, s.ms, s.cross) / (d * d)
	}
	p.back(func(g gradient) gradient {
		like := g.like
		g = along.back(swayBack(g), d, n)
		g.beta += (kappa - 2) / n
		g.pair += (1 + 2*like) * (dot2 - 1) / n
		g.like = min(1, dot/d*(dot/d)*like+(1+2*like)*(dot2-dot/d*(dot/d))/n)
		return from.back(g, d, dot).level()
	})
	return to
}

// normalize passes a signal through a normalisation of n units.
func (p *pass) normalize(kind Norm, s signal, n int) (signal, error) {
	switch kind {
	case BatchNorm:
		return p.batchNorm(s, float64(n))
	case LayerNorm:
		v := s.variance()
		if err := checkVariance("layer", v); err != nil {
			return s, err
		}
		p.back(func(g gradient) gradient {
			g = p.swayLayerNorm(g, s, float64(n))
			g.radial = 0
			return g.scaled(1 / v).level()
		})
		return s.layerNormed(), nil
	}
	return s, nil
}

// checkVariance returns an error if a variance is zero, or so small that its square leaves float64, as that of values which float32 takes for
// zeros does: what a normalisation makes of them is its epsilon's doing.
func checkVariance(kind string, v float64) error {
	if v > 1e-140 {
		return nil
	}
	return errors.Wrapf(ErrNoTheory, "%s normalisation of values without a variance, as weights of zeros give", kind)
}
