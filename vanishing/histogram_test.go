package vanishing

import (
	"math"
	"reflect"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestHistogram(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		numbers []float64
		want    profile.Histogram
	}{
		{nil, profile.Histogram{Negative: []int{}, Positive: []int{}}},
		{[]float64{0, math.Copysign(0, -1), nan, inf, -inf}, profile.Histogram{Negative: []int{}, Positive: []int{}, Zero: 2, NaN: 1, Inf: 2}},
		{[]float64{1, 1.99, 2, -1, 0.5}, profile.Histogram{Low: -1, Negative: []int{0, 1, 0}, Positive: []int{1, 2, 1}}},
		{[]float64{5e-324, -0x1p-1074}, profile.Histogram{Low: -1074, Negative: []int{1}, Positive: []int{1}}},
		{[]float64{math.MaxFloat64}, profile.Histogram{Low: 1023, Negative: []int{0}, Positive: []int{1}}},
	} {
		if got := newHistogram(&kernel.ExponentCounts{}, c.numbers); !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%g: got %+v, want %+v", c.numbers, *got, c.want)
		}
	}
	if got := newHistogram(&kernel.ExponentCounts{}, []float32{1.4e-45, 3}); got.Low != -149 || got.Positive[0] != 1 || got.Positive[150] != 1 {
		t.Errorf("got %+v", got)
	}
}
