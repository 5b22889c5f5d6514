package theory

import "github.com/pkg/errors"

// leastPixels is the smallest effective number of independent pixels for which batch normalisation of images is predicted: a channel's
// variance over the batch is that of so many.
const leastPixels = 12

// normalize passes a signal through a normalisation.
func (p *imagePass) normalize(kind Norm, s field) (field, error) {
	switch {
	case kind == NoNorm:
		return s, nil
	case kind == LayerNorm:
		return s, errors.Wrap(ErrNoTheory, "layer normalisation of images")
	case s.law != normal:
		return s, errors.Wrap(ErrNoTheory, "batch normalisation of a signal that is not Gaussian")
	}
	return p.batchNorm(s)
}

// batchNorm passes a signal through a batch normalisation, over the pixels of all images. It removes from the values of a channel
// their mean, and from the gradient its mean and its component along the values.
func (p *imagePass) batchNorm(s field) (field, error) {
	on := p.on(s.grid)
	centred, v := p.centre(on, s.q, s.cos, 0, nil, cosines{})
	if !(v > 1e-12*average(s.q)) {
		return s, errors.Wrap(ErrNoTheory, "batch normalisation of values that are the same in all pixels")
	}
	to := s
	to.law, to.normed, to.mean = normal, true, nil
	to.q, to.cos = make([]float64, s.size()), centred.cos
	for i, q := range centred.q {
		to.q[i] = q / v
	}
	// The variance of a channel varies as that of so many independent pixels.
	spread := p.overPairs(s.grid, to.q, func(kind, d int) float64 { c := to.cos[kind][d]; return c * c })
	if spread*leastPixels > 1 {
		return s, errors.Wrapf(ErrNoTheory, "batch normalisation over pixels as alike as %.0f independent ones: got fewer than %d (use a larger batch)", 1/spread, leastPixels)
	}
	byVariance := 1 / (1 - 2*spread) / v // the average of 1/σ²
	p.back(func(g fieldGradient) fieldGradient {
		along := g.along
		if along[same] == nil {
			along = cosines{product(to.cos[same], g.cos[same]), product(to.cos[other], g.cos[other])}
		}
		shared := 0.0
		for d, a := range on.auto(roots(product(g.g, to.q))) {
			shared += a * (p.inverse*along[same][d] + (1-p.inverse)*along[other][d])
		}
		shared /= float64(s.size()) * float64(s.size())
		rest, _ := p.centre(on, g.g, g.cos, shared, to.q, to.cos)
		g.g, g.cos = rest.q, rest.cos
		g.beta += 2 * spread / (1 - 4*spread) / float64(s.channels)
		g.radial, g.centred = p.withoutMean(on, g.radial), true
		return g.independent().scaled(byVariance).level()
	})
	return to, nil
}

// centre subtracts from numbers their mean over the pixels of all images, given their mean squares and cosines, and a multiple of the
// covariances of other numbers. It also gives the average square of the result.
func (p *imagePass) centre(on *correlator, q []float64, cos cosines, by float64, others []float64, alike cosines) (to field, ms float64) {
	n := float64(len(q))
	size, mixed := roots(q), p.mix(cos)
	products := on.auto(size)
	mean := 0.0 // the mean's square
	for d, a := range products {
		mean += a * mixed[d] / (n * n)
	}
	withMean := on.sums(size, mixed) // the product of each value with the mean
	for i, v := range size {
		withMean[i] *= v / n
	}
	to.q = make([]float64, len(q))
	floor := 1e-9 * average(q)
	for i, v := range q {
		to.q[i] = v - 2*withMean[i] + mean
		if others != nil {
			to.q[i] -= by * others[i]
		}
		to.q[i] = max(floor, to.q[i])
	}
	ones := filled(len(q), 1)
	pairs, rows, all := on.auto(ones), on.cross(withMean, ones), on.auto(roots(to.q))
	var removed []float64
	if others != nil {
		removed = on.auto(roots(others))
	}
	for kind := range to.cos {
		to.cos[kind] = make([]float64, len(all))
		for d := range all {
			product := products[d]*cos[kind][d] - 2*rows[d] + mean*pairs[d]
			if others != nil {
				product -= by * removed[d] * alike[kind][d]
			}
			to.cos[kind][d] = clip(over(product, all[d]))
		}
	}
	to.cos[same][on.index(0, 0)] = 1
	return to, average(to.q)
}

// withoutMean subtracts from covariances of one image their average over all pairs of pixels of the batch.
func (p *imagePass) withoutMean(on *correlator, s []float64) []float64 {
	if s == nil {
		return nil
	}
	n := float64(on.size())
	mean := 0.0
	for d, pairs := range on.auto(filled(on.size(), 1)) {
		mean += p.inverse * pairs * s[d] / (n * n)
	}
	to := make([]float64, len(s))
	for d, v := range s {
		to[d] = v - mean
	}
	return to
}
