package initializer

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"
)

func TestScaled(t *testing.T) {
	shape, fan := tensor.Shape{4, 5}, Fan{In: 4, Out: 5}
	plain, scaled := make([]float64, 20), make([]float64, 20)
	for rule, dst := range map[Initializer][]float64{HeNormal{}: plain, Scaled{By: HeNormal{}, Factor: 0.25}: scaled} {
		if err := rule.Fill(dst, shape, fan, rand.New(rand.NewPCG(1, 2))); err != nil {
			t.Fatal(err)
		}
	}
	for i, v := range plain {
		if scaled[i] != 0.25*v {
			t.Errorf("element %d is %v, want a quarter of %v", i, scaled[i], v)
		}
	}
	s := Scaled{By: HeNormal{}, Factor: 0.25}
	if v, known := Variance(s, fan, shape); !known || math.Abs(v-0.5/16) > 1e-15 {
		t.Errorf("variance %v, %v; want 1/32", v, known)
	}
	if got := s.String(); got != "0.25 times "+(HeNormal{}).String() {
		t.Errorf("got %q", got)
	}
	for _, bad := range []Scaled{{Factor: 1}, {By: HeNormal{}, Factor: math.NaN()}} {
		if err := bad.Fill(make([]float64, 20), shape, fan, rand.New(rand.NewPCG(1, 2))); err == nil {
			t.Errorf("%v: got no error", bad)
		}
	}
}
