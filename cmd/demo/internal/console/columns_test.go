package console

import (
	"math"
	"testing"
)

func TestNumber(t *testing.T) {
	for want, v := range map[string]float64{
		"2.3026": 2.302585, "0.0000": 0, "6.760e+24": 6760432231653729038761984, "1.230e-05": 1.23e-5, "-0.5000": -0.5, "NaN": math.NaN(), "+Inf": math.Inf(1),
	} {
		if got := Number(v); got != want {
			t.Errorf("%g: got %s, want %s", v, got, want)
		}
	}
}
