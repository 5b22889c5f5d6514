package theory

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

// The series gives what the integral over two dimensions gives, or says that its terms do not suffice.
func TestMehler(t *testing.T) {
	for _, c := range []struct {
		Activation
		atLeast int // number of cases in which the series must suffice, of 60
	}{{graph.Tanh, 36}, {graph.Sigmoid, 36}, {graph.SiLU, 36}, {graph.Softplus, 36}, {graph.GELU, 36}, {graph.Softsign, 0}, {graph.ReLU, 0}} {
		m, summed := momentsOf(c.Activation), 0
		for _, sd := range [][2]float64{{0.1, 0.1}, {0.5, 0.5}, {0.3, 1.2}, {2, 2}, {9, 9}} {
			for _, rho := range []float64{-0.9, -0.1, 0, 0.4, 0.9, 0.999} {
				for what, f := range map[string]func(float64) float64{"φ": m.phi.Eval, "φ'": m.phi.Derivative} {
					got, enough := mehler(sd[0], sd[1], rho, m.kinks, f)
					if !enough {
						continue
					}
					summed++
					size := math.Sqrt(m.average(sd[0]*sd[0], squareOf(f)) * m.average(sd[1]*sd[1], squareOf(f)))
					if want := integrate2(sd[0], sd[1], rho, m.kinks, f); math.Abs(got-want) > 1e-12*size {
						t.Errorf("%s of %v at %v, correlation %g: %.15g, want %.15g", what, c.Activation, sd, rho, got, want)
					}
				}
			}
		}
		if summed < c.atLeast {
			t.Errorf("%v: the series sufficed in %d of 60 cases, want %d", c.Activation, summed, c.atLeast)
		}
	}
}

func squareOf(f func(float64) float64) func(float64) float64 {
	return func(u float64) float64 { v := f(u); return v * v }
}
