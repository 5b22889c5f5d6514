package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// RMSNorm divides each row of x, along its last axis, by its root mean square, and multiplies it by a gain with one element for each
// feature: y = xhat·gain with xhat = x·r and r = 1/sqrt(mean(x²) + eps) (Zhang & Sennrich 2019, eq. 4).
//
// Its gradient, with g = dy·gain: dx = r·(g - xhat·mean(g·xhat)), and dgain is the sum of dy·xhat over the rows.
func RMSNorm(x, gain *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	if err := checkEps(eps); err != nil {
		return nil, errors.Wrap(err, "rms_norm")
	}
	matrix, vector := tensorOf(dimsOf(x)), tensorOf(1)
	o := &Op{
		name:    fmt.Sprintf("rms_norm(eps=%v)", eps),
		spec:    Spec{Kind: KindNormalize, Over: OverFeatures, Name: "rms"},
		types:   []hm.Type{matrix, vector, matrix},
		shape:   likeFirst(normShapes(OverFeatures, "f")),
		kernel:  kernels{rmsNorm[float32](eps), rmsNorm[float64](eps)},
		inPlace: []int{0},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := rmsNormDX(dy, in[0], in[1], eps)
			if err != nil {
				return nil, err
			}
			dgain, err := rmsNormDGain(dy, in[0], eps)
			return gorgonia.Nodes{dx, dgain}, err
		},
	}
	return o.apply(x, gain)
}

// rmsNormDX draws the gradient of x.
func rmsNormDX(dy, x, gain *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	matrix := tensorOf(dimsOf(x))
	o := &Op{
		name:    fmt.Sprintf("rms_norm_backward(eps=%v)", eps),
		spec:    Spec{Kind: KindGradient},
		types:   []hm.Type{matrix, matrix, tensorOf(1), matrix},
		shape:   likeFirst(normShapes(OverFeatures, "xf")),
		kernel:  kernels{rmsNormBackward[float32](eps), rmsNormBackward[float64](eps)},
		inPlace: []int{0, 1},
	}
	return o.apply(dy, x, gain)
}

// rmsNormDGain draws the gradient of the gain.
func rmsNormDGain(dy, x *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	matrix := tensorOf(dimsOf(x))
	o := &Op{
		name:  fmt.Sprintf("rms_norm_gain_backward(eps=%v)", eps),
		spec:  Spec{Kind: KindGradient},
		types: []hm.Type{matrix, matrix, tensorOf(1)},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			if _, err := sameShapes(in); err != nil {
				return nil, err
			}
			return lastAxis(in)
		},
		kernel: kernels{rmsNormGain[float32](eps), rmsNormGain[float64](eps)},
	}
	return o.apply(dy, x)
}

func rmsNorm[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		kernel.RMSNorm(c.out, c.in[0], c.in[1], eps)
		return nil
	}
}

func rmsNormBackward[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		kernel.RMSNormBackward(c.out, c.in[1], c.in[2], c.in[0], eps)
		return nil
	}
}

func rmsNormGain[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		_, cols := c.rows(0)
		kernel.RMSNormDGain(c.out, c.in[1], c.in[0], eps, c.scratch(cols))
		return nil
	}
}
