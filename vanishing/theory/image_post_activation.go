package theory

import "math"

// In post-activation blocks the value of a channel is a random walk, as in dense networks: see post_activation.go. Its distribution and
// the gradient as a function of the value are followed for a pixel of average mean square, and taken for the same at all others but for
// their size.

// atoms turns an activated signal into values with probabilities, of mean square 1, fine enough for a step of the given deviation.
func (s field) atoms(step float64) field {
	if step == 0 {
		step = math.Inf(1)
	}
	square := 0.0
	s.from.refine(step * math.Sqrt(average(s.q)))
	s.law, s.values, s.mass = atoms, s.from.values(), s.from.mass
	for i, v := range s.values {
		square += s.mass[i] * v * v
	}
	s.values, s.groups = scaledBy(s.values, 1/math.Sqrt(square)), [][]float64{s.mass}
	return s
}

func scaledBy(x []float64, by float64) []float64 {
	to := make([]float64, len(x))
	for i, v := range x {
		to[i] = v * by
	}
	return to
}

// pad passes a signal of atoms through a skip that takes every so many pixels and adds channels of zeros.
func (p *imagePass) pad(w Window, s field, channels int) field {
	share := float64(s.channels) / float64(channels)
	k := kernel{window: w, in: s.grid, out: w.out(s.grid), forward: share}
	to := p.convolve(k, s, 0, channels)
	to.law, to.mean = atoms, nil
	to.values = append(scaledBy(s.values, 1/math.Sqrt(share)), 0)
	to.mass = append(scaledBy(s.mass, share), 1-share)
	zeros := make([]float64, len(to.mass))
	zeros[len(zeros)-1] = 1 - share
	to.groups = [][]float64{zeros}
	for _, group := range s.groups {
		to.groups = append(to.groups, append(scaledBy(group, share), 0))
	}
	p.back(func(g fieldGradient) fieldGradient {
		byValue := g.byValue
		k.backward, k.orthogonal = 1, true
		if byValue != nil {
			byValue = byValue[:len(byValue)-1]
			mean := 0.0
			for i, v := range byValue {
				mean += s.mass[i] * v
			}
			k.backward, byValue = mean, scaledBy(byValue, over(1, mean))
			if g.radial != nil { // the products z·δ stay, their unit grows
				g.radial = scaledBy(g.radial, over(1, mean))
			}
		}
		g = p.convolveBack(k, g.independent(), s)
		g.byValue, g.fresh = byValue, nil
		return g
	})
	return to
}

// walk sets the distribution of the sum of atoms and a Gaussian branch. next is the activation that reads it.
func (p *imagePass) walk(to, skip, branch field, next Activation) field {
	size := average(skip.q)
	var bends []float64
	if next != nil {
		bends = scaledBy(p.of(next).kinks, 1/math.Sqrt(size))
	}
	step, back, forth := walkStep(skip.values, skip.mass, math.Sqrt(over(average(branch.q), size)), bends)
	to.law, to.values, to.mass = atoms, scaledBy(step.values, 1/math.Sqrt(step.ms)), step.mass
	for _, group := range skip.groups {
		to.groups = append(to.groups, forth(group))
	}
	p.back(func(g fieldGradient) fieldGradient {
		if g.byValue != nil {
			g.byValue = back(g.byValue)
		}
		g.along = cosines{}
		return g
	})
	return to
}

// activateAtoms passes a sum through an activation. The averages of pairs of pixels lie between those of independent and of equal ones
// as for a Gaussian value and a step.
func (p *imagePass) activateAtoms(phi Activation, s field) field {
	size := math.Sqrt(average(s.q))
	var before, after struct{ mean, ms, apart float64 } // apart is the mean product of the values of one channel at independent pixels
	var slope, slope2, slope4 float64
	to := s
	to.values, to.normed = make([]float64, len(s.values)), false
	slopes := make([]float64, len(s.values))
	for i, v := range s.values {
		x, d := phi.Eval(size*v), phi.Derivative(size*v)
		m := s.mass[i]
		to.values[i], slopes[i] = x, d*d
		before.ms += m * size * v * size * v
		after.mean, after.ms = after.mean+m*x, after.ms+m*x*x
		slope, slope2, slope4 = slope+m*d, slope2+m*d*d, slope4+m*d*d*d*d
	}
	before.apart, after.apart = ofGroups(s.values, s.groups)*size*size, ofGroups(to.values, s.groups)
	to.values = scaledBy(to.values, 1/math.Sqrt(after.ms))
	to.q = scaledBy(s.q, after.ms/(size*size))
	to.mean = scaledBy(roots(to.q), after.mean/math.Sqrt(after.ms))
	variance := after.ms - after.apart
	correlation := func(cos float64) float64 {
		return clip((cos*before.ms - before.apart) / (before.ms - before.apart))
	}
	linear := min(1, slope*slope*(before.ms-before.apart)/variance)
	to.cos = s.cos.each(func(cos float64) float64 {
		c := correlation(cos)
		return (after.apart + variance*c*(linear+(1-linear)*c)) / after.ms
	})
	between := func(apart, equal float64) cosines {
		return s.cos.each(func(cos float64) float64 { return apart + (equal-apart)*2/math.Pi*math.Asin(max(0, correlation(cos))) })
	}
	square := between(1, slope4/(slope2*slope2))
	p.back(func(g fieldGradient) fieldGradient {
		above, mean := g, 0.0
		if g.centred {
			mean = math.Sqrt(after.apart)
		}
		g = p.slopes(s, g, between(s.independentSlopes(slopes, g), 1), square)
		g = s.radialOfAtoms(phi, size, mean, to.cos[same], above).back(g, above, float64(s.channels))
		byValue, factor := make([]float64, len(slopes)), 0.0
		for i, d := range slopes {
			byValue[i] = d
			if g.byValue != nil {
				byValue[i] *= g.byValue[i]
			}
			factor += s.mass[i] * byValue[i]
		}
		g = g.scaled(factor)
		g.byValue = scaledBy(byValue, over(1, factor))
		return g.level()
	})
	return to
}

// ofGroups is the mean over channels of the squared mean of each, which differs from group to group.
func ofGroups(values []float64, groups [][]float64) float64 {
	sum := 0.0
	for _, group := range groups {
		mean, share := 0.0, 0.0
		for i, m := range group {
			mean, share = mean+m*values[i], share+m
		}
		sum += over(mean*mean, share)
	}
	return sum
}

// independentSlopes is the ratio by which an activation of the given squared slopes changes the cosine of the gradients at independent
// pixels, of which those at a value have the size that byValue tells.
func (s field) independentSlopes(slopes []float64, g fieldGradient) float64 {
	var before, after, own float64
	for i, d := range slopes {
		m, b := s.mass[i], max(0, g.atValue(i))
		before, after, own = before+m*math.Sqrt(b), after+m*math.Sqrt(d*b), own+m*d*b
	}
	return min(1, over(after*after, own*before*before))
}

// radialOfAtoms are the averages of [imageRadialOf] for atoms of the given size and the gradient above, as if the slope were the same at
// two pixels.
func (s field) radialOfAtoms(phi Activation, size, mean float64, active []float64, above fieldGradient) imageRadial {
	var q, v, d, square, slope float64
	for i, u := range s.values {
		u *= size
		m, x, y := s.mass[i], phi.Eval(u)-mean, phi.Derivative(u)
		q, v, d = q+m*u*u, v+m*x*x, d+m*y*y*above.atValue(i)
		square, slope = square+m*x*y*x*y, slope+m*u*x*y
	}
	r := imageRadial{
		square: over(square, v*d), slope: over(slope*slope, q*v*d), tilt: active, signal: s.cos[same],
		active: make([]float64, len(active)),
	}
	for i, c := range active {
		r.active[i] = over(c*(v+mean*mean)-mean*mean, v)
	}
	return r
}
