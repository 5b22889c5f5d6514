package theory

import (
	"math"

	"github.com/pkg/errors"
)

// activate passes a signal through an activation, which may be nil.
func (p *imagePass) activate(phi Activation, s field) (field, error) {
	switch {
	case phi == nil:
		return s, nil
	case s.law == normal:
		return p.activateNormal(phi, s), nil
	case s.law == atoms:
		return p.activateAtoms(phi, s), nil
	}
	return s, errors.Wrap(ErrNoTheory, "an activation of a signal that is not Gaussian")
}

func (p *imagePass) activateNormal(phi Activation, s field) field {
	m := p.of(phi)
	q := average(s.q)
	closed := m.piecewiseLinear()
	pairs := m.pairs(q)
	to := s
	to.law, to.normed, to.from = activated, false, newSource(phi, m.kinks, math.Sqrt(q))
	to.q, to.mean, to.cos = at(s.q, closed, m.V), at(s.q, closed, m.Mean), s.cos.each(pairs.value)
	d := at(s.q, closed, m.D)
	slope, square := s.cos.each(pairs.slope), s.cos.each(pairs.square)
	tilt := s.cos.each(pairs.tilt)
	radialOf := func(mean float64) imageRadial {
		return imageRadialOf(m.moments, q, mean, s.cos[same], to.cos[same], tilt[same])
	}
	plain, centred := radialOf(0), radialOf(m.Mean(q))
	p.back(func(g fieldGradient) fieldGradient {
		if s.normed {
			tilt := tilt
			for kind := range tilt {
				tilt[kind] = product(tilt[kind], g.cos[kind])
			}
			g.along = tilt
		}
		before := g
		g = p.slopes(s, g, slope, square)
		radial := plain
		if g.centred {
			radial = centred
		}
		g = radial.back(g, before, float64(s.channels))
		if g.byValue != nil {
			total, with := 0.0, 0.0
			for i, u := range to.from.points {
				v := phi.Derivative(u)
				total += to.from.mass[i] * v * v
				with += to.from.mass[i] * v * v * g.byValue[i]
			}
			g, g.byValue = g.scaled(over(with, total)), nil
		}
		g.g = product(g.g, d)
		return g.level()
	})
	return to
}

// slopes follows the cosines and the variance of a gradient through an activation, given the relative averages of the slopes of pairs.
func (p *imagePass) slopes(s field, g fieldGradient, slope, square cosines) fieldGradient {
	n := float64(s.channels)
	more := func(kind, d int) float64 { return (1 + 2*g.like(kind, d)) * (square[kind][d] - 1) / n }
	g.beta += p.overPairs(s.grid, product(g.g, s.q), more)
	var cos, extra cosines
	for kind := range cos {
		cos[kind], extra[kind] = product(g.cos[kind], slope[kind]), make([]float64, len(g.extra[kind]))
		for d, t := range slope[kind] {
			extra[kind][d] = t*t*g.extra[kind][d] + (1+2*g.like(kind, d))*max(0, square[kind][d]-t*t)/n
		}
		extra[kind][s.index(0, 0)] *= float64(kind) // a pixel's cosine with itself is 1
	}
	g.cos, g.extra = cos, extra
	return g
}

func product(a, b []float64) []float64 {
	to := make([]float64, len(a))
	for i, v := range a {
		to[i] = v * b[i]
	}
	return to
}
