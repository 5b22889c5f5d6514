package op

import (
	"fmt"
	"math"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// RMSNorm divides each row of x (..., features) by its root mean square and multiplies by a gain (features):
// y = x·r·gain with r = 1/sqrt(mean(x²) + eps) (Zhang & Sennrich 2019).
//
// Its gradient, with g = dy·gain: dx = r·(g - x·r²·mean(g·x)), and dgain is the sum of dy·x·r over the rows.
func RMSNorm(x, gain *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	if err := checkEps(eps); err != nil {
		return nil, errors.Wrap(err, "rms_norm")
	}
	rows := tensorOf(dimsOf(x))
	o := &Op{
		name:    fmt.Sprintf("rms_norm(eps=%v)", eps),
		spec:    Spec{Kind: KindNormalize, Over: OverFeatures, Eps: eps, Name: "rms"},
		types:   []hm.Type{rows, tensorOf(1), rows},
		shape:   likeFirst(normShapes(OverFeatures, "f")),
		kernel:  kernels{rmsNorm[float32](eps), rmsNorm[float64](eps)},
		inPlace: []int{0},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			dx, err := rmsNormDX(dy, in[0], in[1], eps)
			if err != nil {
				return nil, err
			}
			dgain, err := rmsNormDGain(in[0], dy, eps)
			return gorgonia.Nodes{dx, dgain}, err
		},
	}
	return o.apply(x, gain)
}

// rmsNormDX draws the gradient of x.
func rmsNormDX(dy, x, gain *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	rows := tensorOf(dimsOf(x))
	o := &Op{
		name:    fmt.Sprintf("rms_norm_backward(eps=%v)", eps),
		spec:    Spec{Kind: KindGradient},
		types:   []hm.Type{rows, rows, tensorOf(1), rows},
		shape:   likeFirst(normShapes(OverFeatures, "xf")),
		kernel:  kernels{rmsNormBackward[float32](eps), rmsNormBackward[float64](eps)},
		inPlace: []int{0, 1},
	}
	return o.apply(dy, x, gain)
}

// rmsNormDGain draws the sum of dy·x·r over the rows.
func rmsNormDGain(x, dy *gorgonia.Node, eps float64) (*gorgonia.Node, error) {
	rows := tensorOf(dimsOf(x))
	o := &Op{
		name:  fmt.Sprintf("rms_norm_gain_backward(eps=%v)", eps),
		spec:  Spec{Kind: KindGradient},
		types: []hm.Type{rows, rows, tensorOf(1)},
		shape: func(in []tensor.Shape) (tensor.Shape, error) {
			if _, err := sameShapes(in); err != nil {
				return nil, err
			}
			return lastAxis(in)
		},
		kernel: kernels{rmsNormGain[float32](eps), rmsNormGain[float64](eps)},
	}
	return o.apply(x, dy)
}

// inverseRMS is 1/sqrt(mean(x²) + eps) of a row.
func inverseRMS[T Float](x []T, eps float64) float64 {
	return 1 / math.Sqrt(kernel.SumSquares(x)/float64(len(x))+eps)
}

func rmsNorm[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		gain := c.in[1]
		for i := range rows {
			x, y := row(c.in[0], i, cols), row(c.out, i, cols)
			r := T(inverseRMS(x, eps))
			for j, g := range gain {
				y[j] = x[j] * r * g
			}
		}
		return nil
	}
}

func rmsNormBackward[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		gain := c.in[2]
		for i := range rows {
			dy, x, dx := row(c.in[0], i, cols), row(c.in[1], i, cols), row(c.out, i, cols)
			var inner float64
			for j, v := range dy {
				inner += float64(v) * float64(gain[j]) * float64(x[j])
			}
			r := inverseRMS(x, eps)
			share := r * r * inner / float64(cols)
			for j, g := range gain {
				dx[j] = T(r * (float64(dy[j])*float64(g) - float64(x[j])*share))
			}
		}
		return nil
	}
}

func rmsNormGain[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rows, cols := c.rows(0)
		sums := c.scratch(cols)
		clear(sums)
		for i := range rows {
			x, dy := row(c.in[0], i, cols), row(c.in[1], i, cols)
			r := inverseRMS(x, eps)
			for j, v := range dy {
				sums[j] += float64(v) * float64(x[j]) * r
			}
		}
		for j, sum := range sums {
			c.out[j] = T(sum)
		}
		return nil
	}
}
