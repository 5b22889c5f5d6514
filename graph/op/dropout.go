package op

import (
	"fmt"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// DropoutMask is a tensor of x's shape that holds 0 with probability p and 1/(1-p) otherwise, drawn anew each time it is
// computed. The layer multiplies x by it. It reads nothing of x but the shape, and has no gradient.
//
// The name identifies the mask: two masks of different names never merge into one node. The seeds start its stream of random
// numbers; the same seeds give the same sequence of masks.
func DropoutMask(x *gorgonia.Node, p float64, name string, seed1, seed2 uint64) (*gorgonia.Node, error) {
	return SliceDropoutMask(x, dimsOf(x), p, name, seed1, seed2)
}

// SliceDropoutMask is a [DropoutMask] with one draw for each index along the first axes: 2 of images (batch, channels, height, width)
// for whole channels, 1 for whole samples.
func SliceDropoutMask(x *gorgonia.Node, axes int, p float64, name string, seed1, seed2 uint64) (*gorgonia.Node, error) {
	if !(p >= 0 && p < 1) {
		return nil, errors.Errorf("dropout: got p %v, want a probability in [0, 1)", p)
	}
	if axes < 0 || axes > dimsOf(x) {
		return nil, errors.Errorf("dropout: got %d axes, want 0 to %d", axes, dimsOf(x))
	}
	source := rand.NewPCG(seed1, seed2)
	rng := rand.New(source)
	o := &Op{
		name:    fmt.Sprintf("dropout_mask(p=%v, axes=%d, %q, seeds=%d %d)", p, axes, name, seed1, seed2),
		spec:    Spec{Kind: KindDropoutMask, Alpha: p},
		types:   repeat(dimsOf(x), 1),
		shape:   sameShapes,
		wrt:     []bool{false},
		random:  true,
		source:  source,
		kernel:  kernels{dropoutMask[float32](axes, p, rng), dropoutMask[float64](axes, p, rng)},
		blocked: shapeOfImages,
	}
	return o.apply(x)
}

// RandomSource is the source of the op's random numbers; nil if it draws none.
func (o *Op) RandomSource() *rand.PCG { return o.source }

// shapeOfImages is the form in blocks of an op that reads nothing of images but the shape, and gives images at the interface.
func shapeOfImages(o *Op, in []tensor.Shape) *Blocked {
	if len(in[0]) != 4 {
		return nil
	}
	form := fixed(o.name, o.kernel.f32, in[0].Clone(), blocksOf(imageShape(in[0])))
	form.random = o.random
	return &Blocked{Term: form.over(images(0))}
}

func dropoutMask[T Float](axes int, p float64, rng *rand.Rand) func(*call[T]) error {
	return func(c *call[T]) error {
		size := 1
		for _, n := range c.shape[axes:] {
			size *= n
		}
		for out := c.out; len(out) > 0; out = out[size:] {
			v := T(0)
			if rng.Float64() >= p {
				v = T(1 / (1 - p))
			}
			for i := range out[:size] {
				out[i] = v
			}
		}
		return nil
	}
}
