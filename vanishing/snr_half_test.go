package vanishing

import (
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

// Both ways to the ratio of a dense layer agree: for an odd number of rows, for few and for many, and where the dz of each unit sum to zero. The sums
// have some thousand terms at most, and the pairs cancel to a part of 1/SNR of their size: 1e-11 is 1e5 roundings.
func TestTwoWaysToTheSNR(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, rows := range []int{3, 8, 65} {
		for _, balanced := range []bool{false, true} {
			x, dz := randomRows(t, rng, rows, 5), randomRows(t, rng, rows, 3)
			if balanced {
				subtractColumnMeans(dz.Float64s(), 3)
			}
			gradient := tensor.New(tensor.Of(tensor.Float64), tensor.WithShape(5, 3))
			for i := range rows * 15 {
				b, at := i/15, i%15
				gradient.Float64s()[at] += x.Float64s()[b*5+at/3] * dz.Float64s()[b*3+at%3]
			}
			d, norm, inputs := denseBatch{batch: rows, in: 5, out: 3}, float64(valueL2(gradient)), []gorgonia.Value{x, dz}
			got := (&halfProduct{denseBatch: d}).measure(norm, gradient, inputs)
			want := (&signalToNoise{denseBatch: d}).measure(norm, gradient, inputs)
			if !(math.Abs(got-want) <= 1e-11*want) || want < 1e-3 {
				t.Errorf("%d rows, balanced %t: got %g from the product of a half, want %g as from all pairs", rows, balanced, got, want)
			}
		}
	}
}

// randomRows are rows of a mean that is not zero.
func randomRows(t *testing.T, rng *rand.Rand, rows, width int) *tensor.Dense {
	t.Helper()
	x, err := tensors.Randn(tensor.Float64, rng, rows, width)
	if err != nil {
		t.Fatal(err)
	}
	for i := range x.Float64s() {
		x.Float64s()[i] += 0.5
	}
	return x
}

func subtractColumnMeans(x []float64, cols int) {
	for j := range cols {
		mean := 0.0
		for i := j; i < len(x); i += cols {
			mean += x[i] * float64(cols) / float64(len(x))
		}
		for i := j; i < len(x); i += cols {
			x[i] -= mean
		}
	}
}

// The tokens of a batch of sequences are many rows, for which the product of a half is the shorter way. Small batches of wide layers go by pairs.
func TestTheShorterWayToTheSNR(t *testing.T) {
	for d, want := range map[[3]int]bool{{64, 784, 256}: false, {64, 128, 128}: false, {2048, 256, 1024}: true, {3200, 128, 10}: true} {
		if s := (denseBatch{batch: d[0], in: d[1], out: d[2]}); s.pairsTakeLonger() != want {
			t.Errorf("%d rows, %d to %d units: got %t, want %t", d[0], d[1], d[2], !want, want)
		}
	}
}
