package suite

import (
	"fmt"
	"math"
	"slices"
)

// A value is a value of any type, as recorded.
type value struct {
	Type        string
	Shape       []int
	Sample      []float64 // all elements, or 64 at equal distances
	Sum, SumAbs float64   // of all elements, and of their magnitudes
}

// differ tells how values differ, "" if they are equal up to rounding.
func differ(got, want *value) string {
	if got == nil || want == nil || got.Type != want.Type || !slices.Equal(got.Shape, want.Shape) {
		return fmt.Sprintf("got %v, want %v", got, want)
	}
	bound := want.rounding()
	for i, w := range want.Sample {
		if !near(got.Sample[i], w, bound) {
			return fmt.Sprintf("%v: got an element %v, want %v", want, got.Sample[i], w)
		}
	}
	bound *= math.Max(1, float64(want.size()))
	if !near(got.Sum, want.Sum, bound) || !near(got.SumAbs, want.SumAbs, bound) {
		return fmt.Sprintf("%v: got elements whose sum is %v, want %v", want, got.Sum, want.Sum)
	}
	return ""
}

// rounding bounds the rounding errors of an element. The machines add in different orders, and Gorgonia's tests sum up to
// 10,000 elements and train for up to 1,000 steps: 256 units in the last place of the largest element. What should be zero
// is the difference of numbers of about 1: one unit of those.
func (v *value) rounding() float64 {
	unit := 0x1p-52
	if v.Type == "float32" {
		unit = 0x1p-23
	}
	largest := 0.0
	for _, x := range v.Sample {
		if !math.IsInf(x, 0) && !math.IsNaN(x) {
			largest = math.Max(largest, math.Abs(x))
		}
	}
	return unit * math.Max(1, 256*largest)
}

// near tells whether numbers differ by no more than a bound. NaN is near NaN, and an infinity near itself.
func near(a, b, bound float64) bool {
	return a == b || math.IsNaN(a) && math.IsNaN(b) || math.Abs(a-b) <= bound
}

// size is the number of elements.
func (v *value) size() int {
	n := 1
	for _, extent := range v.Shape {
		n *= extent
	}
	return n
}

// String is the type and shape.
func (v *value) String() string {
	if v == nil {
		return "none"
	}
	return fmt.Sprintf("%s %v", v.Type, v.Shape)
}
