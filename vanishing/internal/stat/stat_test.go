package stat

import (
	"math"
	"testing"
)

func TestLog10(t *testing.T) {
	for v, want := range map[float64]float64{1: 0, 1e-20: -20, 1e300: 300, 1e-310: -310, 5e-324: -323.306215343116} {
		if got := Log10(v); math.Abs(got-want) > 1e-12 {
			t.Errorf("log10(%g) = %.15g, want %.15g", v, got, want)
		}
	}
}
