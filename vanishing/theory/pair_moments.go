package theory

import "math"

// pairMoments are averages for two pixels whose pre-activations have a given correlation, relative to those of one: E φφ'/E φ²,
// E φ'φ'/E φ'², E φ'²φ'²/(E φ'²)² and, for z in units of its deviation, E zφ' zφ'/E φ'².
type pairMoments struct{ value, slope, square, tilt func(c float64) float64 }

// pairs are the averages at a mean square.
func (m moments) pairs(q float64) pairMoments {
	if q == 0 {
		one := func(float64) float64 { return 1 }
		return pairMoments{one, one, one, func(c float64) float64 { return c }}
	}
	if m.piecewiseLinear() {
		v, d := m.form.v(1), m.form.d(1)
		value := func(c float64) float64 { return m.form.k(1, 1, c) / v }
		return pairMoments{
			value: value, slope: func(c float64) float64 { return m.form.kDot(1, 1, c) / d },
			square: func(c float64) float64 { return m.form.kDot2(1, 1, c) / (d * d) }, tilt: func(c float64) float64 { return value(c) * v / d },
		}
	}
	root := math.Sqrt(q)
	slope := m.phi.Derivative
	series := func(f func(u float64) float64, unit float64) func(c float64) float64 {
		a, square := hermite(root, m.kinks, f, dualDegree)
		return func(c float64) float64 {
			sum, power, left := 0.0, 1.0, square
			for _, v := range a {
				sum, left = sum+v*v*power, left-v*v
				power *= c
			}
			return (sum + max(0, left)*power) / unit
		}
	}
	v, d := m.V(q), m.D(q)
	return pairMoments{
		value: series(m.phi.Eval, v), slope: series(slope, d), square: series(func(u float64) float64 { s := slope(u); return s * s }, d*d),
		tilt: series(func(u float64) float64 { return u / root * slope(u) }, d),
	}
}

// at evaluates a moment for all positions. Where it takes an integral each, many positions share a table between whose points it is
// nearly linear in the logarithm.
func at(q []float64, closed bool, f func(q float64) float64) []float64 {
	to := make([]float64, len(q))
	low, high := math.Inf(1), 0.0
	for _, v := range q {
		if v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	const points = 64
	if closed || len(q) <= points || high <= low*(1+1e-9) {
		known := make(map[float64]float64)
		for i, v := range q {
			value, ok := known[v]
			if !ok {
				value = f(v)
				known[v] = value
			}
			to[i] = value
		}
		return to
	}
	step := math.Log(high/low) / (points - 1)
	table := make([]float64, points)
	for k := range table {
		table[k] = f(low * math.Exp(step*float64(k)))
	}
	zero := f(0)
	for i, v := range q {
		if v <= 0 {
			to[i] = zero
			continue
		}
		x := math.Log(v/low) / step
		k := max(0, min(points-2, int(x)))
		to[i] = table[k] + (x-float64(k))*(table[k+1]-table[k])
	}
	return to
}
