package op

import (
	"fmt"

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

// An rmsMemory is what the kernels keep from run to run.
type rmsMemory[T Float] struct{ rstd, zeros []T }

// inverseRMS gives 1/sqrt(mean(x²) + eps) of each row of input i, and zeros, as many as there are rows or columns.
func inverseRMS[T Float](c *call[T], i int, eps float64) (rstd, zeros []T) {
	rows, cols := c.rows(i)
	m := kept[rmsMemory[T]](c)
	if len(m.rstd) != rows {
		m.rstd, m.zeros = make([]T, rows), make([]T, max(rows, cols))
	}
	kernel.RowRStd(c.flushed, m.rstd, c.in[i], m.zeros[:rows], eps)
	return m.rstd, m.zeros
}

func rmsNorm[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rstd, zeros := inverseRMS(c, 0, eps)
		kernel.NormalizeRows(c.flushed, c.out, c.in[0], zeros[:len(rstd)], rstd, c.in[1], zeros[:len(c.in[1])])
		return nil
	}
}

func rmsNormBackward[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rstd, zeros := inverseRMS(c, 1, eps)
		kernel.ScaleRowsBackward(c.flushed, c.out, c.in[1], zeros[:len(rstd)], rstd, c.in[2], c.in[0])
		return nil
	}
}

func rmsNormGain[T Float](eps float64) func(*call[T]) error {
	return func(c *call[T]) error {
		rstd, zeros := inverseRMS(c, 0, eps)
		kernel.RowDGain(c.flushed, c.out, c.in[0], zeros[:len(rstd)], rstd, c.in[1])
		return nil
	}
}
