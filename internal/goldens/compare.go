package goldens

import (
	"math"
	"testing"
)

// RelErr returns the error relative to the largest magnitude of the tensor:
//
//	max |got - want| / max |want|
//
// Where want is all zeros, got must be all zeros too: the result is then 0,
// otherwise +Inf. It is also +Inf for slices of different lengths, and for a
// NaN or Inf in got.
func RelErr(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var diff, scale float64
	for i := range want {
		diff = math.Max(diff, distance(got[i], want[i]))
		scale = math.Max(scale, math.Abs(want[i]))
	}
	return ratio(diff, scale)
}

// ElementRelErr returns the largest error of an element relative to that
// element of want. It is stricter than RelErr, and treats zeros, lengths, NaN
// and Inf in the same way.
func ElementRelErr(got, want []float64) float64 {
	if len(got) != len(want) {
		return math.Inf(1)
	}
	var worst float64
	for i := range want {
		worst = math.Max(worst, ratio(distance(got[i], want[i]), math.Abs(want[i])))
	}
	return worst
}

// Floats returns the contents of a tensor, as gorgonia's Value.Data gives them,
// as a copy in float64. It fails the test for any other type.
func Floats(tb testing.TB, data any) []float64 {
	tb.Helper()
	switch data := data.(type) {
	case float64:
		return []float64{data}
	case float32:
		return []float64{float64(data)}
	case []float64:
		return append([]float64(nil), data...)
	case []float32:
		out := make([]float64, len(data))
		for i, v := range data {
			out[i] = float64(v)
		}
		return out
	}
	tb.Fatalf("goldens: data are %T, want float64, float32 or a slice of either", data)
	return nil
}

// distance is |a - b|, with +Inf for a NaN, which a maximum could hide.
func distance(a, b float64) float64 {
	d := math.Abs(a - b)
	if math.IsNaN(d) {
		return math.Inf(1)
	}
	return d
}

func ratio(diff, scale float64) float64 {
	if diff == 0 {
		return 0
	}
	return diff / scale
}
