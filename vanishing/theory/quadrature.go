package theory

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// far is the end of integrals over N(0, 1): the probability beyond 9 standard deviations is 2e-19.
const far = 9

// gaussPoints is the number of points of the Gauss-Legendre rule on each panel.
const gaussPoints = 16

// legendre is the rule on [-1, 1].
var legendre = func() (rule struct{ x, w [gaussPoints]float64 }) {
	quad.Legendre{}.FixedLocations(rule.x[:], rule.w[:], -1, 1)
	return rule
}()

// scales are distances from a kink, in units of the argument of φ, at which panels end: they grow with the distance from the kink.
var scales = []float64{1, 2.5, 6, 15, 40}

// panels gives the ends of the panels for the integral of a function of sd·z+mean over z ~ N(0, 1): 2 wide in z, finer near kinks. For
// any sd there are points near each kink.
func panels(mean, sd float64, kinks []float64) []float64 {
	edges := make([]float64, 0, 64)
	add := func(z float64) {
		if z > -far && z < far {
			edges = append(edges, z)
		}
	}
	for z := -float64(far) + 2; z < far; z += 2 {
		add(z)
	}
	for _, kink := range kinks {
		add((kink - mean) / sd)
		if sd <= 0.5 {
			continue
		}
		for _, s := range scales {
			add((kink - s - mean) / sd)
			add((kink + s - mean) / sd)
		}
	}
	edges = append(edges, -far, far)
	slices.Sort(edges)
	return slices.Compact(edges)
}

// integrate is the integral of f over the panels between edges.
func integrate(edges []float64, f func(float64) float64) float64 {
	sum := 0.0
	for i := range len(edges) - 1 {
		half, middle := (edges[i+1]-edges[i])/2, (edges[i+1]+edges[i])/2
		part := 0.0
		for k, x := range legendre.x {
			part += legendre.w[k] * f(middle+half*x)
		}
		sum += half * part
	}
	return sum
}

// density is that of N(0, 1).
func density(z float64) float64 { return math.Exp(-z*z/2) / math.Sqrt(2*math.Pi) }

// gaussian is E f(z) for z ~ N(0, 1), where f is a function of sd·z that bends at 0 and at the kinks.
func gaussian(sd float64, kinks []float64, f func(z float64) float64) float64 {
	return integrate(panels(0, sd, kinks), func(z float64) float64 { return density(z) * f(z) })
}
