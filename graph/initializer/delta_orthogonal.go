package initializer

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/tensors"
)

var _ Varied = DeltaOrthogonal{}

// DeltaOrthogonal draws the kernel of a convolution, of shape (out, in, height, width) or (out, in, length), that is zero except at its
// centre, where it is [Orthogonal]: Xiao et al. 2018, algorithm 1. With stride 1 and half the window as padding the convolution then
// multiplies the norm of each pixel by Gain exactly, if it has at least as many outputs as inputs, and zeros beyond the border change
// nothing. The centre of a window of n is n/2, rounded down. Gain 0 means 1. A matrix has no window: it is drawn as by Orthogonal.
type DeltaOrthogonal struct{ Gain float64 }

func (d DeltaOrthogonal) String() string { return gainName("delta_orthogonal", d.Gain, 1) }

// Fill implements Initializer. The fan is not used.
func (d DeltaOrthogonal) Fill(dst []float64, shape tensor.Shape, fan Fan, rng *rand.Rand) error {
	if len(shape) < 2 {
		return fillError(d, shape, errors.New("want the kernel of a convolution (give a bias another rule)"))
	}
	if err := checkDraw(dst, shape, rng); err != nil {
		return fillError(d, shape, err)
	}
	matrix := make([]float64, shape[0]*shape[1])
	if err := (Orthogonal(d)).Fill(matrix, tensor.Shape{shape[0], shape[1]}, fan, rng); err != nil {
		return fillError(d, shape, errors.Cause(err))
	}
	window, centre := len(dst)/len(matrix), 0
	for _, n := range shape[2:] {
		centre = centre*n + n/2
	}
	clear(dst)
	for i, v := range matrix {
		dst[i*window+centre] = v
	}
	return nil
}

// Variance implements [Varied]. It is the mean square of all elements, Gain^2/max(out, in) divided by the size of the window.
func (d DeltaOrthogonal) Variance(fan Fan, shape tensor.Shape) (float64, bool) {
	if n, err := tensors.Size(shape); err != nil || n == 0 || len(shape) < 2 {
		return 0, false
	}
	v, known := Orthogonal(d).Variance(fan, shape[:2])
	return v / float64(shape[2:].TotalSize()), known
}
