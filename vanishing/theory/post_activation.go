package theory

import (
	"math"

	"github.com/pkg/errors"
)

// In a post-activation block a' = g(a + branch) the skip passes the activation a. A unit's value is then not Gaussian: it is a walk of
// independent Gaussian steps, each followed by g. Quadrature follows its distribution, and the squared gradient as a function of the
// unit's value.

// negligible is the probability below which points are left out.
const negligible = 1e-20

// leastStep is the least standard deviation of a step over the size of what it is added to. The cost of following a step goes as one
// over it, without bound, so a smaller step is taken as this large, which moves units that lie as near to a kink: over n blocks it
// changes ln E ms(delta) by about 0.4·leastStep·√n. Units that lie on a kink leave it in the same way, however small the steps are.
const leastStep = 0.01

// followed is the deviation by which a step beside values of the given size is followed.
func followed(step, size float64) float64 {
	if step == 0 {
		return 0
	}
	return max(step, leastStep*size)
}

func newSource(phi Activation, kinks []float64, sd float64) *source {
	return &source{phi: phi, kinks: kinks, sd: sd, stretch: 1, quadrature: &quadrature{}}
}

// refine makes the quadrature of a source, fine enough for a step of the given standard deviation.
func (s *source) refine(step float64) {
	if s.points != nil {
		return
	}
	edges := split(panels(0, s.sd, s.kinks), 3*followed(step, s.sd)/s.sd)
	s.points, s.mass = rule(edges)
	for i, z := range s.points {
		s.points[i], s.mass[i] = s.sd*z, s.mass[i]*density(z)
	}
}

// values are the values of the activated signal at the points.
func (s *source) values() []float64 {
	values := make([]float64, len(s.points))
	for i, u := range s.points {
		values[i] = (s.phi.Eval(u) - s.mean) * s.stretch
	}
	return values
}

// back passes a gradient through the activation. d = E φ'² and dot = E φ'φ' are its factors if it does not depend on the value.
func (s *source) back(g gradient, d, dot float64) gradient {
	if g.byValue == nil {
		g.ms, g.cross = g.ms*d, g.cross*dot
		return g
	}
	g.ms = 0
	for i, u := range s.points {
		slope := s.phi.Derivative(u)
		g.ms += s.mass[i] * slope * slope * g.byValue[i]
	}
	g.cross *= dot
	g.byValue = nil
	return g
}

// activateAtoms passes a sum through an activation.
func (p *pass) activateAtoms(phi Activation, s signal) signal {
	values := make([]float64, len(s.values))
	mean := 0.0
	for i, u := range s.values {
		values[i] = phi.Eval(u)
		mean += s.mass[i] * phi.Derivative(u)
	}
	p.back(func(g gradient) gradient {
		to := make([]float64, len(s.values))
		ms := 0.0
		for i, u := range s.values {
			slope := phi.Derivative(u)
			to[i] = slope * slope * g.ms
			if g.byValue != nil {
				to[i] = slope * slope * g.byValue[i]
			}
			ms += s.mass[i] * to[i]
		}
		g.cross *= mean * mean // for two nearly independent samples
		g.ms, g.byValue = ms, to
		return g.level()
	})
	to := ofAtoms(values, s.mass)
	to.cross += (s.cross - s.mean*s.mean) * mean * mean // to first order, by Price's theorem
	return to
}

// walkStep gives the sum of atoms and a Gaussian step of standard deviation sd, the map from the gradient of the sum to that of the
// atoms, and the map of the probabilities of some of the atoms to the sum. bends are the kinks of the activation that reads the sum.
func walkStep(values, mass []float64, sd float64, bends []float64) (sum signal, back, forth func([]float64) []float64) {
	if sd == 0 {
		same := func(g []float64) []float64 { return g }
		return ofAtoms(values, mass), same, same
	}
	low, high, square := math.Inf(1), math.Inf(-1), 0.0
	for i, v := range values {
		if mass[i] > negligible {
			low, high, square = min(low, v), max(high, v), square+mass[i]*v*v
		}
	}
	sd = followed(sd, math.Sqrt(square))
	edges := []float64{low - far*sd}
	for _, kink := range bends {
		if kink > edges[0] && kink < high+far*sd {
			edges = append(edges, kink)
		}
	}
	points, weights := rule(split(append(edges, high+far*sd), 3*sd))
	// kernel visits all pairs of a value and a point that a step can connect.
	kernel := func(visit func(i, j int, density float64)) {
		first := 0
		for i, v := range values { // values need not be sorted: the window moves both ways
			if mass[i] <= negligible {
				continue
			}
			for first > 0 && points[first-1] > v-far*sd {
				first--
			}
			for first < len(points) && points[first] < v-far*sd {
				first++
			}
			for j := first; j < len(points) && points[j] < v+far*sd; j++ {
				visit(i, j, density((points[j]-v)/sd)/sd)
			}
		}
	}
	back = func(g []float64) []float64 {
		to := make([]float64, len(values))
		kernel(func(i, j int, density float64) { to[i] += weights[j] * density * g[j] })
		return to
	}
	forth = func(mass []float64) []float64 {
		to := make([]float64, len(points))
		kernel(func(i, j int, density float64) { to[j] += mass[i] * weights[j] * density })
		return to
	}
	return ofAtoms(points, forth(mass)), back, forth
}

// split divides panels into equal parts no wider than a maximum.
func split(edges []float64, maxWidth float64) []float64 {
	all := edges[:1:1]
	for i := 1; i < len(edges); i++ {
		a, b := edges[i-1], edges[i]
		n := math.Ceil((b - a) / maxWidth)
		for k := 1.0; k < n; k++ {
			all = append(all, a+(b-a)*k/n)
		}
		all = append(all, b)
	}
	return all
}

// rule is the quadrature over panels.
func rule(edges []float64) (points, weights []float64) {
	for i := range len(edges) - 1 {
		half, middle := (edges[i+1]-edges[i])/2, (edges[i+1]+edges[i])/2
		for k, x := range legendre.x {
			points, weights = append(points, middle+half*x), append(weights, half*legendre.w[k])
		}
	}
	return points, weights
}

// sum adds the branch to a skip that is not Gaussian.
func (p *pass) sum(skip, branch signal, scale float64, next Activation) (signal, error) {
	if skip.law == unknown {
		return skip, errors.Wrap(ErrNoTheory, "a skip from a signal that is not Gaussian")
	}
	sd := scale * math.Sqrt(branch.ms)
	if skip.law == activated {
		step := sd
		if step == 0 {
			step = math.Inf(1)
		}
		skip.from.refine(step / skip.from.stretch)
		skip.values, skip.mass = skip.from.values(), skip.from.mass
	}
	var bends []float64
	if next != nil {
		bends = p.of(next).kinks
	}
	to, back, _ := walkStep(skip.values, skip.mass, sd, bends)
	p.back(func(g gradient) gradient {
		if g.byValue == nil {
			g.byValue = constant(len(to.values), g.ms)
		}
		g.byValue = back(g.byValue)
		g.given = false
		return g
	})
	to.cross += (skip.cross - skip.mean*skip.mean) + scale*scale*branch.cross
	// Two samples' values are nearly independent if those of skip and branch are.
	if p.net.Batch > 1 && !(independent(skip) && (branch.law == sphere || sd == 0)) {
		to.cross = math.NaN()
	}
	return to, nil
}

// independent tells whether two samples' values are nearly independent, except for their common mean.
func independent(s signal) bool {
	return math.Abs(s.cross-s.mean*s.mean) < 0.3*s.variance()
}

func constant(n int, v float64) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = v
	}
	return list
}
