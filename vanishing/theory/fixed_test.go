package theory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/graph"
)

// fixedAt is the fixed point that an input of mean square 1 is drawn to.
func fixedAt(phi Activation, weightVar, biasVar float64) FixedPoint {
	return fixed(momentsOf(phi), weightVar, biasVar, 1)
}

func TestFixedPointsAsTabulated(t *testing.T) {
	for _, c := range []struct {
		name          string
		weight, bias  float64
		q, chi, kappa string
	}{
		{"sigmoid", 1, 0, "0.264686875182", "0.0557207067697", "2.06308"},
		{"sigmoid", 2, 0, "0.555289591373", "0.100977080692", "2.19082"},
		{"tanh", 2, 0, "0.617964769769", "1.10552882044", "3.11308"},
		{"erf", 1, 0, "0.141923765314", "1.01690251995", ""},
		{"erf", 2, 0, "0.880750630396", "1.19736538645", ""},
		{"selu", 1, 0, "1.0000000", "1.07157499246", "2.94859"},
		{"sigmoid", 1.0 / 3, 0, "0.0850337648755", "0.0200078293377", ""},
		{"tanh", 64, 0, "57.30186459", "4.484632214", ""},
		{"tanh", 256, 0, "242.9166751", "8.731162936", ""},
		{"tanh", 1024, 0, "998.1498338", "17.2377569", ""},
		{"sigmoid", 64, 0, "", "0.7948232834", ""},
		{"sigmoid", 256, 0, "", "1.553573713", ""},
		{"sigmoid", 1024, 0, "", "3.060355774", ""},
	} {
		f := fixedAt(activation(t, c.name), c.weight, c.bias)
		for what, v := range map[string]struct {
			got  float64
			want string
		}{"q": {f.Q, c.q}, "chi": {f.Chi, c.chi}, "kappa": {f.Kappa, c.kappa}} {
			if v.want != "" {
				asPrinted(t, fmt.Sprintf("%s of %s at %g", what, c.name, c.weight), v.got, v.want)
			}
		}
	}
}

func TestMomentsAtOneAsTabulated(t *testing.T) {
	for _, row := range []string{
		"tanh 0 .3942944904 .4644029024", "sigmoid .5 .2933790359 .04483624135", "gelu .2820947918 .4252214826 .4558508656",
		"silu .2066209641 .3557755198 .3794823516", "elu .1605205723 .6449454175 .6681020012", "selu 0 1.000000 1.071574992",
	} {
		f := strings.Fields(row)
		m := momentsOf(activation(t, f[0]))
		if mean := m.Mean(1); f[1] != "0" {
			asPrinted(t, "E phi of "+f[0], mean, f[1])
		} else if math.Abs(mean) > 1e-12 {
			t.Errorf("E phi of %s is %g, want 0", f[0], mean)
		}
		asPrinted(t, "E phi^2 of "+f[0], m.V(1), f[2])
		asPrinted(t, "E phi'^2 of "+f[0], m.D(1), f[3])
	}
}

func TestCriticalLineOfTanhAsTabulated(t *testing.T) {
	for _, row := range [][2]string{
		{".001", "1.189190"}, {".01", "1.424205"}, {".025", "1.590088"}, {".05", "1.760955"}, {".1", "1.986073"},
		{".2", "2.285152"}, {".3", "2.505127"}, {".5", "2.843167"},
	} {
		var bias float64
		fmt.Sscan(row[0], &bias)
		got, err := CriticalWeightVar(graph.Tanh, bias)
		if err != nil {
			t.Fatal(err)
		}
		asPrinted(t, "critical variance at "+row[0], got, row[1])
		f := fixedAt(graph.Tanh, got, bias)
		if math.Abs(f.Chi-1) > 1e-9 {
			t.Errorf("on the critical line chi is %g", f.Chi)
		}
	}
}

func TestNoCriticalLine(t *testing.T) {
	if _, err := CriticalWeightVar(graph.ReLU, 0.1); errors.Cause(err) != ErrNoTheory {
		t.Errorf("ReLU: error %v, want ErrNoTheory", err)
	}
}

func TestDepthScalesOfTanhAsTabulated(t *testing.T) {
	for _, row := range tableRows(t, "testdata/scales.tsv") {
		weight, err := strconv.ParseFloat(row[0], 64)
		if err != nil {
			t.Fatal(err)
		}
		f := fixedAt(graph.Tanh, weight, 0.05)
		for i, got := range []float64{f.Q, f.Chi, f.C, f.correlationScale()} {
			asPrinted(t, fmt.Sprint([]string{"q", "chi", "c", "xi_c"}[i], " at ", row[0]), got, row[1+i])
		}
	}
}

// Of large signals only the slope near 0 is left: chi is a constant times sqrt(width).
func TestUnscaledWeights(t *testing.T) {
	const width = 1e8
	for _, c := range []struct {
		name string
		want float64
	}{{"tanh", 0.531923}, {"sigmoid", 1 / (6 * math.SqrtPi)}} {
		f := fixedAt(activation(t, c.name), width, 0)
		closeTo(t, c.name, f.Chi/math.Sqrt(width), c.want, 1e-3)
	}
}

func TestSignalsWithoutFixedPoint(t *testing.T) {
	for _, c := range []struct {
		name   string
		weight float64
		q, chi float64
	}{{"relu", 1, 0, 0.5}, {"relu", 3, math.Inf(1), 1.5}, {"gelu", 1, 0, 0.25}, {"gelu", 64, math.Inf(1), 32}} {
		f := fixedAt(activation(t, c.name), c.weight, 0)
		if f.Q != c.q || math.Abs(f.Chi-c.chi) > 1e-9 || !math.IsNaN(f.C) {
			t.Errorf("%s at %g: %+v, want q = %g, chi = %g and no cosine", c.name, c.weight, f, c.q, c.chi)
		}
	}
}

// The two-sample moments by Hermite polynomials are those by integration. What they leave out is a share of E φ² and E φ'²
// that falls with the degree, and with c.
func TestDualIsTheIntegral(t *testing.T) {
	for _, a := range []Activation{graph.Tanh, graph.Sigmoid, graph.SiLU, graph.SELU, graph.GELU, graph.Softsign, graph.ReLU} {
		m := momentsOf(a)
		for _, q := range []float64{0.1, 1, 10} {
			d := m.dual(q)
			for _, c := range []float64{-0.5, 0, 0.5, 0.9} {
				k, dot := d.cross(d, c)
				if want := m.K(q, q, q*c); math.Abs(k-want) > 1e-7*m.V(q) {
					t.Errorf("%v: K(%g, %g) is %.12g, want %.12g", a, q, c, k, want)
				}
				if want := m.KDot(q, q, q*c); math.Abs(dot-want) > 1e-7*m.D(q) {
					t.Errorf("%v: KDot(%g, %g) is %.12g, want %.12g", a, q, c, dot, want)
				}
			}
			k, dot := d.cross(d, 1)
			closeTo(t, "K at 1", k, m.V(q), 1e-12)
			closeTo(t, "KDot at 1", dot, m.D(q), 1e-12)
		}
	}
}
