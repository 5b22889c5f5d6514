package jsonfloat

import (
	"math"
	"reflect"
	"testing"
)

func TestAllNumbersAreReadBack(t *testing.T) {
	for _, v := range []float64{0, math.Copysign(0, -1), 0.1, -1e300, 5e-324, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)} {
		text := Append(nil, v, -1)
		got := 7.0
		if err := Parse(text, &got, reflect.TypeFor[float64]()); err != nil || math.Float64bits(got) != math.Float64bits(v) && v == v || (got == got) != (v == v) {
			t.Errorf("%v: got %v of %s, %v", v, got, text, err)
		}
	}
	v := 7.0
	if err := Parse([]byte("null"), &v, reflect.TypeFor[float64]()); err != nil || v != 7 {
		t.Errorf("null: got %v, %v", v, err)
	}
	if err := Parse([]byte(`"much"`), &v, reflect.TypeFor[float64]()); err == nil {
		t.Error("no error for a text")
	}
}
