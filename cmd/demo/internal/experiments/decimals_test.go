package experiments

import "testing"

func TestDecimal(t *testing.T) {
	for want, v := range map[string]float64{"0.3": 0.3, "-1.2": -1.24, "0.0": -0.04, "10.0": 10} {
		if got := decimal(v, 1); got != want {
			t.Errorf("decimal(%g) = %q, want %q", v, got, want)
		}
	}
}

func TestApart(t *testing.T) {
	for _, c := range []struct {
		a, b       float64
		one, other string
	}{{1, 20, "1.0", "20.0"}, {0.2, 0.22, "0.20", "0.22"}, {-0.01, 0.01, "-0.01", "0.01"}, {0.5, 0.5, "0.5", "0.5"}, {1, 1 + 1e-5, "1.00000", "1.00001"}} {
		if one, other := apart(c.a, c.b); one != c.one || other != c.other {
			t.Errorf("apart(%g, %g) = %q, %q, want %q, %q", c.a, c.b, one, other, c.one, c.other)
		}
	}
}
