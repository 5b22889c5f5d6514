package op

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// DropoutMask is a tensor of x's shape that holds 0 with probability p and 1/(1-p) otherwise, drawn anew each time it is
// computed. The layer multiplies x by it. It reads nothing of x but the shape, and has no gradient.
//
// The name identifies the mask: two masks of different names never merge into one node. The seeds start its stream of random
// numbers; the same seeds give the same sequence of masks.
func DropoutMask(x *gorgonia.Node, p float64, name string, seed1, seed2 uint64) (*gorgonia.Node, error) {
	if !(p >= 0 && p < 1) {
		return nil, errors.Errorf("dropout: got p %v, want a probability in [0, 1)", p)
	}
	rng := rand.New(rand.NewPCG(seed1, seed2))
	o := &Op{
		name:   fmt.Sprintf("dropout_mask(p=%v, %q, seeds=%d %d)", p, name, seed1, seed2),
		spec:   Spec{Kind: KindDropoutMask},
		types:  repeat(dimsOf(x), 1),
		shape:  sameShapes,
		wrt:    []bool{false},
		random: true,
		kernel: kernels{dropoutMask[float32](p, rng), dropoutMask[float64](p, rng)},
	}
	return o.apply(x)
}

func dropoutMask[T Float](p float64, rng *rand.Rand) func(*call[T]) error {
	return func(c *call[T]) error {
		for i := range c.out {
			c.out[i] = 0
			if rng.Float64() >= p {
				c.out[i] = T(1 / (1 - p))
			}
		}
		return nil
	}
}
