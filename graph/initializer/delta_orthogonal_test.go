package initializer_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
)

// The centre of the kernel is orthogonal, the rest zero.
func TestDeltaOrthogonal(t *testing.T) {
	for _, shape := range [][]int{{8, 8, 3, 3}, {12, 5, 3, 3}, {5, 12, 5, 3}, {6, 4, 2, 2}, {7, 3, 5}, {9, 9}, {4, 4, 1, 1}} {
		w := fill(t, initializer.DeltaOrthogonal{Gain: 1.5}, 3, shape...)
		window := len(w) / (shape[0] * shape[1])
		centre := 0
		for _, n := range shape[2:] {
			centre = centre*n + n/2
		}
		var matrix []float64
		for i, v := range w {
			if i%window == centre {
				matrix = append(matrix, v)
			} else if v != 0 {
				t.Fatalf("%v: element %d is %g, want 0 outside of the centre", shape, i, v)
			}
		}
		wantOrthonormal(t, matrix, shape[0], shape[1], 1.5)
	}
}

// A convolution with padding keeps the norm of each pixel, at the border too: each output pixel reads one input pixel alone. The
// tolerance is the error of the factorisation.
func TestDeltaOrthogonalKeepsNormOfEachPixel(t *testing.T) {
	const in, out, side, kernel = 5, 9, 6, 3
	w := fill(t, initializer.DeltaOrthogonal{}, 4, out, in, kernel, kernel)
	rng := seeded(5)
	x := make([]float64, in*side*side)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for row := range side {
		for col := range side {
			before, after := 0.0, 0.0
			for c := range in {
				v := x[(c*side+row)*side+col]
				before += v * v
			}
			for o := range out {
				z := 0.0
				for c := range in {
					for i := range kernel {
						for j := range kernel {
							if r, s := row+i-kernel/2, col+j-kernel/2; r >= 0 && r < side && s >= 0 && s < side {
								z += w[((o*in+c)*kernel+i)*kernel+j] * x[(c*side+r)*side+s]
							}
						}
					}
				}
				after += z * z
			}
			if math.Abs(after/before-1) > 1e-13 {
				t.Errorf("pixel (%d, %d): the squared norm %g becomes %g", row, col, before, after)
			}
		}
	}
}

func TestDeltaOrthogonalErrors(t *testing.T) {
	err := initializer.DeltaOrthogonal{}.Fill(make([]float64, 3), tensor.Shape{3}, initializer.Fan{}, seeded(1))
	wantError(t, err, "initializer: delta_orthogonal(gain=1) for shape (3): want the kernel of a convolution")
	err = initializer.DeltaOrthogonal{Gain: -2}.Fill(make([]float64, 9), tensor.Shape{1, 1, 3, 3}, initializer.Fan{}, seeded(1))
	wantError(t, err, "initializer: delta_orthogonal(gain=-2) for shape (1, 1, 3, 3): ")
	if v, known := (initializer.DeltaOrthogonal{Gain: 2}).Variance(initializer.Fan{}, tensor.Shape{6, 4, 3, 3}); !known || math.Abs(v-4.0/6/9) > 1e-16 {
		t.Errorf("the variance is %g (%v), want %g", v, known, 4.0/6/9)
	}
	if v, known := (initializer.DeltaOrthogonal{}).Variance(initializer.Fan{}, tensor.Shape{6}); known {
		t.Errorf("the variance of a vector is %g", v)
	}
}
