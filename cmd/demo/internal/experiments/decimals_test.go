package experiments

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/scale"
)

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

// Results without a value, or without bounds, are no NaN and no Inf on the page.
func TestNumbersThatAreNone(t *testing.T) {
	if got := correlation(math.NaN(), 4) + " " + correlation(0.25, 3); got != "- 0.250" {
		t.Errorf("got %s, want - 0.250", got)
	}
	if got := exponent(scale.Fit{Exponent: -0.001, Low: math.Inf(-1), High: math.Inf(1)}); got != "0.00 ± ∞" {
		t.Errorf("got %s, want 0.00 ± ∞", got)
	}
}
