package diagnose

import (
	"math"
	"testing"
)

func TestFitLine(t *testing.T) {
	for _, c := range []struct {
		x, y      []float64
		slope, r2 float64
	}{
		{[]float64{1, 2, 3}, []float64{5, 7, 9}, 2, 1},
		{[]float64{1, 2, 5}, []float64{4, 4, 4}, 0, 1},
		{[]float64{3, 1}, []float64{0, 1}, -0.5, 1},
		{[]float64{1, 2, 3}, []float64{0, 1, 0}, 0, 0},
		{[]float64{0, 1, 2, 3}, []float64{0, 2, 1, 3}, 0.8, 0.64}, // slope 4/5, r = 4/5
	} {
		got := fitLine(c.x, c.y)
		if math.Abs(got.slope-c.slope) > 1e-15 || math.Abs(got.r2-c.r2) > 1e-15 {
			t.Errorf("%v over %v: %+v, want slope %g, R² %g", c.y, c.x, got, c.slope, c.r2)
		}
	}
}
