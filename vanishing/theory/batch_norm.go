package theory

import (
	"math"
	"slices"

	"github.com/pkg/errors"
)

// leastBatch is the smallest batch for which batch normalisation's gradient has a variance: 1/σ² needs B > 5. For fewer samples few units with a tiny σ make up most of the
// mean, and a network of ordinary width has no such unit.
const leastBatch = 6

// sphereMoments are averages after a batch normalisation over B samples. A linear map's output is Gaussian over a batch of samples
// that differ equally from each other. Normalised to mean 0 and variance 1 it is uniform on the sphere of radius √B in the remaining
// B-1 dimensions. Two samples' values x and y have the correlation -1/(B-1).
type sphereMoments struct {
	mean, v, d, m4 float64 // E φ(x), E φ(x)², E φ'(x)², E φ'(x)⁴
	k, dot, dot2   float64 // E φ(x)φ(y), E φ'(x)φ'(y), E φ'(x)²φ'(y)²
	same, other    float64 // E x²φ'(x)², E xy·φ'(x)φ'(y)
}

// sphereMomentsOf integrates. An infinite batch has independent Gaussian values.
func sphereMomentsOf(m moments, batch float64) *sphereMoments {
	var s sphereMoments
	phi, slope := m.phi.Eval, m.phi.Derivative
	if math.IsInf(batch, 1) {
		slopeMean := m.average(1, slope)
		tilt := m.average(1, func(x float64) float64 { return x * slope(x) })
		s.mean, s.v, s.d = m.Mean(1), m.V(1), m.D(1)
		s.m4 = m.average(1, func(x float64) float64 { d := slope(x); return d * d * d * d })
		s.k, s.dot, s.dot2 = s.mean*s.mean, slopeMean*slopeMean, s.d*s.d
		s.same, s.other = m.average(1, func(x float64) float64 { d := x * slope(x); return d * d }), tilt*tilt
		return &s
	}
	weight := 0.0
	c := -1 / (batch - 1)
	// As a function of x, the averages over y have kinks where a kink enters y's range.
	var ends []float64
	reach := math.Atan2(math.Sqrt(1-c*c), c)
	for _, kink := range m.kinks {
		if at := math.Asin(kink / math.Sqrt(batch-1)); !math.IsNaN(at) {
			ends = append(ends, at-reach, at+reach, math.Pi-at-reach, reach-math.Pi-at)
		}
	}
	onSphere(batch-1, 0, math.Sqrt(batch-1), m.kinks, ends, func(x, cos, wx float64) {
		f, d := phi(x), slope(x)
		weight += wx
		s.mean += wx * f
		s.v += wx * f * f
		s.d += wx * d * d
		s.m4 += wx * d * d * d * d
		s.same += wx * x * x * d * d
		inner, others, dots, dots2, tilts := 0.0, 0.0, 0.0, 0.0, 0.0
		radius := math.Sqrt((1-c*c)*(batch-1)) * cos
		onSphere(batch-2, c*x, radius, m.kinks, nil, func(y, _, wy float64) {
			e := slope(y)
			inner += wy
			others += wy * phi(y)
			dots += wy * e
			dots2 += wy * e * e
			tilts += wy * y * e
		})
		wx /= inner
		s.k += wx * f * others
		s.dot += wx * d * dots
		s.dot2 += wx * d * d * dots2
		s.other += wx * x * d * tilts
	})
	for _, v := range []*float64{&s.mean, &s.v, &s.d, &s.m4, &s.k, &s.dot, &s.dot2, &s.same, &s.other} {
		*v /= weight
	}
	return &s
}

// onSphere visits the values centre + radius·t, where t is one coordinate of a point on the unit sphere in dim dimensions,
// with their weights, and √(1-t²). With t = sin θ the density is cos^(dim-2) θ. The integral is split at the given angles, too.
func onSphere(dim, centre, radius float64, kinks, angles []float64, visit func(x, cos, weight float64)) {
	sd := radius / math.Sqrt(dim)
	edges := panels(centre, sd, kinks)
	first, last := math.Asin(clip(edges[0]/math.Sqrt(dim))), math.Asin(clip(edges[len(edges)-1]/math.Sqrt(dim)))
	angles = slices.DeleteFunc(slices.Clone(angles), func(angle float64) bool { return angle < first || angle > last })
	for _, z := range edges {
		angles = append(angles, math.Asin(clip(z/math.Sqrt(dim))))
	}
	slices.Sort(angles)
	angles = slices.Compact(angles)
	for i := range len(angles) - 1 {
		half, middle := (angles[i+1]-angles[i])/2, (angles[i+1]+angles[i])/2
		for k, x := range legendre.x {
			sin, cos := math.Sincos(middle + half*x)
			visit(centre+radius*sin, cos, half*legendre.w[k]*math.Exp((dim-2)*math.Log(cos)))
		}
	}
}

// batchNorm passes a linear map's output, or a sum of such outputs, through a batch normalisation.
func (p *pass) batchNorm(s signal, n float64) (signal, error) {
	b := p.batch
	if b < leastBatch {
		return s, errors.Wrapf(ErrNoTheory, "batch normalisation over %d samples: got fewer than %d, over which 1/σ² has no variance and its mean says nothing of one network (use a larger batch)", p.net.Batch, leastBatch)
	}
	if s.law == unknown || s.law == activated || math.IsNaN(s.cross) {
		return s, errors.Wrap(ErrNoTheory, "batch normalisation of a signal that is not Gaussian")
	}
	if err := checkVariance("batch", s.ms-s.cross); err != nil {
		return s, err
	}
	// The average of 1/σ² is B/(B-3)/v, as σ² is v/B times a chi-square variable of B-1 degrees of freedom.
	byVariance := 1 / (1 - 3/b) / (s.ms - s.cross)
	p.back(func(g gradient) gradient {
		g = p.swayBatchNorm(g, s, n)
		if !g.given { // the gradient is independent of the value
			g.normed = g.ms/b + g.cross*(1-1/b)*(-1/(b-1))
		}
		g.ms -= g.ms/b + g.cross*(1-1/b) + g.normed
		g.cross = -g.ms / (b - 1)
		g.byValue, g.given, g.radial = nil, false, 1
		return g.scaled(byVariance).level()
	})
	v, w := s.ms-s.cross, s.sizes.centred
	apart := wander{own: (w.own - w.pair) / (v * v)}
	return signal{law: sphere, ms: 1, cross: -1 / (b - 1), sizes: sizes{plain: apart}}, nil
}

// activateSphere passes a signal through an activation after a batch normalisation.
func (p *pass) activateSphere(phi Activation, s signal, n float64) signal {
	m, b := p.sphere(phi), p.batch
	from := newSource(phi, p.of(phi).kinks, 1)
	sizes, swayBack := p.swayThrough(p.of(phi).moments, s, m.mean, n)
	p.uneven.through(m, fluctuationsOf(p.of(phi).moments, 1, m.mean), b, n)
	p.back(func(g gradient) gradient {
		g = swayBack(g)
		like := g.like
		g.beta += 3 * (m.m4/(m.d*m.d) - 1) / n
		g.pair += (1 + 2*like) * (m.dot2/(m.d*m.d) - 1) / n
		g.like = min(1, m.dot/m.d*(m.dot/m.d)*like+(1+2*like)*(m.dot2/(m.d*m.d)-m.dot/m.d*(m.dot/m.d))/n)
		if g.byValue == nil {
			g.normed, g.given = g.ms*m.same/b+g.cross*(1-1/b)*m.other, true
		}
		return from.back(g, m.d, m.dot).level()
	})
	return signal{law: activated, from: from, ms: m.v, cross: m.k, mean: m.mean, sizes: sizes}
}
