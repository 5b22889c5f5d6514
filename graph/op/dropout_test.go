package op_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// drawMasks runs a graph with one mask several times.
func drawMasks(t *testing.T, runs int, p float64, name string, seed1, seed2 uint64) [][]float64 {
	t.Helper()
	in := inputs(randn(1, 20, 30))
	mask := must(t)(op.DropoutMask(in[0], p, name, seed1, seed2))
	m := machine.New(mask.Graph(), mask)
	var masks [][]float64
	for range runs {
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		masks = append(masks, slices.Clone(floats(t, mask)))
	}
	return masks
}

func TestDropoutMasksAreASeededSequence(t *testing.T) {
	first := drawMasks(t, 3, 0.4, "dropout1", 5, 6)
	if again := drawMasks(t, 3, 0.4, "dropout1", 5, 6); !slices.EqualFunc(first, again, slices.Equal) {
		t.Error("the same seeds gave other masks")
	}
	if slices.Equal(first[0], first[1]) || slices.Equal(first[1], first[2]) {
		t.Error("the mask did not change from run to run")
	}
	for _, seeds := range [][2]uint64{{5, 7}, {4, 6}} {
		if other := drawMasks(t, 1, 0.4, "dropout1", seeds[0], seeds[1]); slices.Equal(first[0], other[0]) {
			t.Errorf("seeds %v gave the same mask as seeds 5 6", seeds)
		}
	}
}

// The zeros of n elements are binomial: their share is within 5 standard deviations sqrt(p(1-p)/n) of p in all but one of
// two million draws, and the seed is fixed. The other elements are scaled so that the mean stays 1.
func TestDropoutMaskValues(t *testing.T) {
	for _, p := range []float64{0, 0.1, 0.5, 0.9} {
		var zeros, n float64
		for _, mask := range drawMasks(t, 50, p, "mask", 1, 2) {
			for _, v := range mask {
				n++
				switch v {
				case 0:
					zeros++
				case 1 / (1 - p):
				default:
					t.Fatalf("p = %v: the mask holds %v, want 0 or %v", p, v, 1/(1-p))
				}
			}
		}
		if sigma := math.Sqrt(p * (1 - p) / n); math.Abs(zeros/n-p) > 5*sigma {
			t.Errorf("p = %v: %v of %v elements are 0, off by %.1f standard deviations", p, zeros, n, math.Abs(zeros/n-p)/sigma)
		}
	}
}

// Masks of different names are different nodes, with the same values only where the seeds are the same.
func TestDropoutMasksOfOneInput(t *testing.T) {
	in := inputs(randn(1, 20, 30))
	a := must(t)(op.DropoutMask(in[0], 0.5, "a", 1, 2))
	b := must(t)(op.DropoutMask(in[0], 0.5, "b", 3, 4))
	run(t, a, b)
	if a.ID() == b.ID() || slices.Equal(floats(t, a), floats(t, b)) {
		t.Error("masks of two names are one")
	}
}

// Gradients pass where the mask does, scaled as the values were. With p = 0 the mask is 1 and so is the gradient.
func TestDropoutGradientIsTheMask(t *testing.T) {
	for _, p := range []float64{0, 0.3} {
		in := inputs(randn(1, 4, 7))
		mask := must(t)(op.DropoutMask(in[0], p, "mask", 1, 2))
		loss := weigh(t, must(t)(op.Mul(in[0], mask)), newTensor(tensor.Float64, slices.Repeat([]float64{1}, 28), 4, 7))
		dx := grad(t, loss, in[0])[0]
		run(t, loss, dx, mask)
		if !slices.Equal(floats(t, dx), floats(t, mask)) {
			t.Errorf("p = %v: gradient %v, mask %v", p, floats(t, dx), floats(t, mask))
		}
		if p == 0 && slices.ContainsFunc(floats(t, dx), func(v float64) bool { return v != 1 }) {
			t.Errorf("gradient %v, want ones", floats(t, dx))
		}
	}
}

// A mask of slices has one value in each: with whole channels dropped, or whole samples.
func TestSliceDropoutMask(t *testing.T) {
	for axes, size := range []int{20 * 30 * 5, 30 * 5, 5, 1} {
		mask := must(t)(op.SliceDropoutMask(inputs(randn(1, 20, 30, 5))[0], axes, 0.5, "mask", 1, 2))
		run(t, mask)
		values := floats(t, mask)
		draws := map[float64]int{}
		for slice := range slices.Chunk(values, size) {
			draws[slice[0]]++
			if slices.ContainsFunc(slice, func(v float64) bool { return v != slice[0] }) {
				t.Fatalf("%d axes: a slice holds different values: %v", axes, slice)
			}
		}
		if n := len(values) / size; n > 1 && (draws[0] < n/4 || draws[2] < n/4 || draws[0]+draws[2] != n) {
			t.Errorf("%d axes: the mask has the values %v", axes, draws)
		}
	}
}
