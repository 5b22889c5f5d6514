package theory

import (
	"math"
	"math/rand/v2"
	"testing"
)

// Sums over pairs of positions are those that two loops give.
func TestSumsOverPairsOfPositions(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, g := range []grid{{1, 1}, {3, 5}, {8, 8}, {1, 7}} {
		c := newCorrelator(g)
		draw := func(n int) []float64 {
			list := make([]float64, n)
			for i := range list {
				list[i] = rng.NormFloat64()
			}
			return list
		}
		x, y, kernel := draw(g.size()), draw(g.size()), draw(g.offsets())
		for i := range kernel { // an even function
			kernel[len(kernel)-1-i] = kernel[i]
		}
		auto, ofConstant, ofThree, cross, sums := make([]float64, g.offsets()), make([]float64, g.offsets()), make([]float64, g.offsets()), make([]float64, g.offsets()), make([]float64, g.size())
		for a := range x {
			for b := range x {
				d := g.index(b/g.w-a/g.w, b%g.w-a%g.w)
				auto[d] += x[a] * x[b]
				ofConstant[d] += 1.5 * 1.5
				ofThree[d] += 2*x[a]*x[b] + y[a]*y[b]
				cross[d] += (x[a]*y[b] + y[a]*x[b]) / 2
				sums[a] += x[b] * kernel[d]
			}
		}
		for name, pair := range map[string][2][]float64{
			"auto": {c.auto(x), auto}, "auto of a constant": {c.auto(filled(g.size(), 1.5)), ofConstant}, "auto of three": {c.auto(x, y, x), ofThree}, "cross": {c.cross(x, y), cross}, "sums": {c.sums(x, kernel), sums},
		} {
			for i, want := range pair[1] {
				if got := pair[0][i]; math.Abs(got-want) > 1e-12 { // some hundred roundings
					t.Errorf("%v, %s: element %d is %g, want %g", g, name, i, got, want)
				}
			}
		}
	}
}
