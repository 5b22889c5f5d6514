package goldens

import (
	"math"
	"testing"
)

func TestRelErr(t *testing.T) {
	inf, nan := math.Inf(1), math.NaN()
	for _, c := range []struct {
		name             string
		got, want        []float64
		tensor, elements float64
	}{
		{"equal", []float64{1, -2, 0}, []float64{1, -2, 0}, 0, 0},
		{"small element off", []float64{1.5, 4}, []float64{1, 4}, 0.125, 0.5},
		{"sign", []float64{4}, []float64{-4}, 2, 2},
		{"zeros", []float64{0, 0}, []float64{0, 0}, 0, 0},
		{"not zeros", []float64{0, 1e-30}, []float64{0, 0}, inf, inf},
		{"zero element off", []float64{1, 1}, []float64{0, 2}, 0.5, inf},
		{"length", []float64{1}, []float64{1, 1}, inf, inf},
		{"nan", []float64{nan, 1}, []float64{1, 1}, inf, inf},
		{"inf", []float64{-inf, 1}, []float64{1, 1}, inf, inf},
	} {
		if got := RelErr(c.got, c.want); got != c.tensor {
			t.Errorf("%s: RelErr is %v, want %v", c.name, got, c.tensor)
		}
		if got := ElementRelErr(c.got, c.want); got != c.elements {
			t.Errorf("%s: ElementRelErr is %v, want %v", c.name, got, c.elements)
		}
	}
}

func TestFloats(t *testing.T) {
	for _, data := range []any{float64(0.5), float32(0.5), []float64{0.5}, []float32{0.5}} {
		got := Floats(t, data)
		if len(got) != 1 || got[0] != 0.5 {
			t.Errorf("Floats(%T) is %v, want [0.5]", data, got)
		}
	}
}
