package suite

import (
	"math"
	"testing"
)

func vector(dtype string, elements ...float64) *value {
	v := &value{Type: dtype, Shape: []int{len(elements)}, Sample: elements}
	for _, x := range elements {
		v.Sum += x
		v.SumAbs += math.Abs(x)
	}
	return v
}

func TestDiffer(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	beyond := func(sum float64) *value { // a tensor whose sample is equal
		return &value{Type: "float64", Shape: []int{100}, Sample: []float64{1, 2}, Sum: sum, SumAbs: 200}
	}
	for _, c := range []struct {
		name      string
		got, want *value
		differs   bool
	}{
		{"equal", vector("float64", 1, 2), vector("float64", 1, 2), false},
		{"rounded in float64", vector("float64", 1, 2+1e-14), vector("float64", 1, 2), false},
		{"beyond rounding in float64", vector("float64", 1, 2+1e-12), vector("float64", 1, 2), true},
		{"rounded in float32", vector("float32", 1, 2+1e-5), vector("float32", 1, 2), false},
		{"beyond rounding in float32", vector("float32", 1, 2+1e-3), vector("float32", 1, 2), true},
		{"both almost zero", vector("float64", 2e-16), vector("float64", 1e-16), false},
		{"one almost zero", vector("float64", 1e-15), vector("float64", 0), true},
		{"special numbers", vector("float64", nan, inf, 1), vector("float64", nan, inf, 1), false},
		{"NaN", vector("float64", nan, 1), vector("float64", 1, 1), true},
		{"infinity", vector("float64", inf, 1), vector("float64", -inf, 1), true},
		{"type", vector("float32", 1), vector("float64", 1), true},
		{"shape", vector("float64", 1, 2), vector("float64", 1), true},
		{"none of ours", nil, vector("float64", 1), true},
		{"none of TapeMachine", vector("float64", 1), nil, true},
		{"elements that are not in the sample", beyond(100), beyond(101), true},
	} {
		if d := differ(c.got, c.want); (d != "") != c.differs {
			t.Errorf("%s: got %q, want a difference: %v", c.name, d, c.differs)
		}
	}
}
