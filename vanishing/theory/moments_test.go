package theory

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

func closeTo(t *testing.T, what string, got, want, relative float64) {
	t.Helper()
	if !(math.Abs(got-want) <= relative*math.Abs(want)) {
		t.Errorf("%s is %.15g, want %.15g ± %.0e of it", what, got, want, relative)
	}
}

// integrated hides the closed form of an activation.
func integrated(a Activation) moments { return moments{a, form{}, kinks(a.Derivative)} }

var closedForms = []Activation{
	linear, graph.ReLU, graph.LeakyReLU(0.01), graph.LeakyReLU(-0.5), erf, graph.LeakyReLU(0.2), graph.GELU, graph.ELU(1),
	graph.ELU(0.3), graph.SELU, graph.Identity,
}

// Both ways agree over all sizes of the signal. Each is computed to some rounding errors.
func TestClosedFormsAreTheIntegrals(t *testing.T) {
	for _, a := range closedForms {
		exact, numeric := momentsOf(a), integrated(a)
		if exact.form.v == nil {
			t.Errorf("%v is not recognised", a)
			continue
		}
		for _, q := range []float64{1e-30, 1e-6, 0.99e-3, 1.01e-3, 0.03, 1, 7, 64, 5e3, 1e12, 1e60} {
			at := fmt.Sprintf("%v at q = %g: ", a, q)
			closeTo(t, at+"V", exact.V(q), numeric.V(q), 1e-11)
			closeTo(t, at+"D", exact.D(q), numeric.D(q), 1e-11)
			closeTo(t, at+"kappa", exact.Kappa(q), numeric.Kappa(q), 1e-11)
			if mean := numeric.Mean(q); math.Abs(exact.Mean(q)-mean) > 1e-12*math.Sqrt(q) {
				t.Errorf("%sE phi is %g, integrated %g", at, exact.Mean(q), mean)
			}
		}
	}
}

func TestCorrelatedClosedFormsAreTheIntegrals(t *testing.T) {
	for _, a := range closedForms {
		exact, numeric := momentsOf(a), integrated(a)
		if exact.form.k == nil {
			continue
		}
		for _, s := range [][3]float64{{1, 1, 0}, {1, 1, 0.5}, {1, 1, 0.999}, {1, 1, 1 - 1e-8}, {1, 1, -0.7}, {0.3, 4, 0.9}, {100, 80, 70}, {1e-8, 1e-8, 3e-9}} {
			at := fmt.Sprintf("%v at %v: ", a, s)
			scale := math.Sqrt(exact.V(s[0]) * exact.V(s[1]))
			if got, want := numeric.K(s[0], s[1], s[2]), exact.K(s[0], s[1], s[2]); math.Abs(got-want) > 1e-11*scale {
				t.Errorf("%sK is %.15g, integrated %.15g", at, want, got)
			}
			if got, want := numeric.KDot(s[0], s[1], s[2]), exact.KDot(s[0], s[1], s[2]); math.Abs(got-want) > 1e-11*(1+math.Abs(want)) {
				t.Errorf("%sKDot is %.15g, integrated %.15g", at, want, got)
			}
			if got, want := numeric.KDot2(s[0], s[1], s[2]), exact.KDot2(s[0], s[1], s[2]); math.Abs(got-want) > 1e-11*(1+math.Abs(want)) {
				t.Errorf("%sKDot2 is %.15g, integrated %.15g", at, want, got)
			}
		}
	}
}

// With correlation 1 two samples are equal.
func TestCorrelatedMomentsOfEqualSamples(t *testing.T) {
	for _, a := range []Activation{graph.Tanh, graph.Sigmoid, graph.SiLU, graph.Softplus, graph.SELU, graph.Softsign} {
		m := momentsOf(a)
		for _, q := range []float64{0.01, 1, 30} {
			closeTo(t, fmt.Sprintf("K of %v at %g", a, q), m.K(q, q, q), m.V(q), 1e-12)
			closeTo(t, fmt.Sprintf("KDot of %v at %g", a, q), m.KDot(q, q, q), m.D(q), 1e-12)
			closeTo(t, fmt.Sprintf("KDot of %v near %g", a, q), m.KDot(q, q, q*(1-1e-12)), m.D(q), 1e-5)
		}
	}
}

// dV/dq is the slope of V, by central differences of error step^2, and dK/dcovariance is KDot (Price's theorem).
func TestDerivativesOfMoments(t *testing.T) {
	for _, a := range []Activation{linear, graph.ReLU, erf, graph.GELU, graph.SELU, graph.Tanh, graph.Sigmoid, graph.Softsign, hardTanh} {
		m := momentsOf(a)
		for _, q := range []float64{0.1, 1, 10} {
			step := 1e-4 * q
			closeTo(t, fmt.Sprintf("V' of %v at %g", a, q), m.VPrime(q), (m.V(q+step)-m.V(q-step))/(2*step), 1e-6)
			slope := (m.K(q, q, 0.4*q+step) - m.K(q, q, 0.4*q-step)) / (2 * step)
			closeTo(t, fmt.Sprintf("KDot of %v at %g", a, q), m.KDot(q, q, 0.4*q), slope, 1e-6)
		}
	}
}

var hardTanh = function{"hard tanh",
	func(z float64) float64 { return max(-1, min(1, z)) },
	func(z float64) float64 {
		if z > -1 && z <= 1 {
			return 1
		}
		return 0
	}}

func TestKinks(t *testing.T) {
	relu6 := function{"relu6", nil, func(z float64) float64 {
		if z > 0 && z <= 6 {
			return 1
		}
		return 0
	}}
	hardSwish := function{"hard swish", nil, func(z float64) float64 { // its slope jumps at ±3
		switch {
		case z <= -3:
			return 0
		case z > 3:
			return 1
		}
		return (2*z + 3) / 6
	}}
	shrink := function{"softshrink", nil, func(z float64) float64 {
		if math.Abs(z) <= 0.123456789 {
			return 0
		}
		return 1
	}}
	square := function{"relu^2, moved", nil, func(z float64) float64 { return 2 * max(0, z-1.7) }} // its curvature jumps
	for _, c := range []struct {
		a    Activation
		want []float64
	}{
		{linear, []float64{0}}, {graph.ReLU, []float64{0}}, {graph.ELU(1), []float64{0}}, {graph.Tanh, []float64{0}},
		{graph.GELU, []float64{0}}, {graph.Sigmoid, []float64{0}}, {graph.Softplus, []float64{0}}, {graph.Softsign, []float64{0}},
		{hardTanh, []float64{-1, 0, 1}}, {relu6, []float64{0, 6}}, {hardSwish, []float64{-3, 0, 3}},
		{shrink, []float64{-0.123456789, 0, 0.123456789}}, {square, []float64{0, 1.7}},
	} {
		got := kinks(c.a.Derivative)
		if len(got) != len(c.want) {
			t.Errorf("%v has kinks at %v, want %v", c.a, got, c.want)
			continue
		}
		for i := range got {
			// A kink of the curvature alone is found to 1e-5, which moves integrals by the square of that.
			if math.Abs(got[i]-c.want[i]) > 1e-5 {
				t.Errorf("%v has kinks at %v, want %v", c.a, got, c.want)
			}
		}
	}
}

// E φ(u)² of hard tanh by hand: q·(2Φ(1/√q) - 1) - 2√q·density(1/√q) + 2Φ(-1/√q).
func TestMomentsOfAnActivationWithKinks(t *testing.T) {
	m := momentsOf(hardTanh)
	for _, q := range []float64{0.05, 1, 40, 1e6} {
		root := math.Sqrt(q)
		outside := math.Erfc(1 / root / math.Sqrt2)
		closeTo(t, "V of hard tanh", m.V(q), q*(1-outside)-2*root*density(1/root)+outside, 1e-10)
		closeTo(t, "D of hard tanh", m.D(q), 1-outside, 1e-11)
	}
}
