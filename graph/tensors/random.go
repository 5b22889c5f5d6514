package tensors

import (
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// Rand returns a tensor of numbers drawn uniformly from [0, 1), in row-major
// order. They are drawn in float64 and rounded, so that both dtypes see the
// same numbers.
func Rand(dt tensor.Dtype, rng *rand.Rand, shape ...int) (*tensor.Dense, error) {
	if rng == nil {
		return nil, errors.New("tensors: Rand: rng is nil, want a seeded rand.New(rand.NewPCG(seed, stream))")
	}
	largest := math.Nextafter(1, 0)
	if dt == tensor.Float32 {
		// A float64 just below 1 would round up to 1 itself.
		largest = float64(math.Nextafter32(1, 0))
	}
	t, err := fillDense(dt, shape, func(int) float64 { return min(rng.Float64(), largest) })
	return t, errors.Wrap(err, "tensors: Rand")
}

// Randn returns a tensor of numbers drawn from the standard normal
// distribution N(0, 1), in row-major order. They are drawn in float64 and
// rounded, so that both dtypes see the same numbers.
func Randn(dt tensor.Dtype, rng *rand.Rand, shape ...int) (*tensor.Dense, error) {
	if rng == nil {
		return nil, errors.New("tensors: Randn: rng is nil, want a seeded rand.New(rand.NewPCG(seed, stream))")
	}
	t, err := fillDense(dt, shape, func(int) float64 { return rng.NormFloat64() })
	return t, errors.Wrap(err, "tensors: Randn")
}
