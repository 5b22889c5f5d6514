package words

import (
	"math"
	"testing"
)

func TestHuman(t *testing.T) {
	for want, v := range map[string]float64{
		"0": 0, "6e-19": 6e-19, "1.2e-5": 1.234e-5, "0.001": 0.001, "0.042": 0.0421, "0.66": 0.656, "1": 1, "4.2": 4.2,
		"12": 12.3, "1234": 1234.4, "1.2e4": 12345, "3e9": 3.01e9, "1e100": 1e100, "NaN": math.NaN(), "+Inf": math.Inf(1),
	} {
		if got := Human(v); got != want {
			t.Errorf("human(%g) = %q, want %q", v, got, want)
		}
	}
}

func TestSigned(t *testing.T) {
	for want, v := range map[string]float64{"+0.33": 0.333, "-12.50": -12.5, "0.00": -0.001} {
		if got := Signed(v, 2); got != want {
			t.Errorf("signed(%g) = %q, want %q", v, got, want)
		}
	}
}
