package op

import (
	"fmt"

	"github.com/chewxy/hm"
	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Normalize is y = xhat·gain + shift with xhat = (x - mean)·rstd. Mean and rstd are statistics over the axis, gain and
// shift have one element for each feature.
//
// Unless frozen, mean and rstd must be those of x itself, from [Mean] and [RStd], and the gradient of x has the paths
// through them in it: with g = dy·gain,
//
//	dx = rstd·(g - mean(g) - xhat·mean(g·xhat))        (Ioffe & Szegedy 2015, sec. 3)
//
// Frozen, they are numbers given from outside, as in evaluation, and dx = rstd·g. In both cases dgain is the sum of
// dy·xhat over the rows and dshift that of dy.
func Normalize(x, mean, rstd, gain, shift *gorgonia.Node, axis Axis, frozen bool) (*gorgonia.Node, error) {
	dims := dimsOf(x)
	attrs := fmt.Sprintf("over %v, frozen=%v", axis, frozen)
	o := &Op{
		name:   "normalize(" + attrs + ")",
		types:  []hm.Type{tensorOf(dims), tensorOf(1), tensorOf(1), tensorOf(1), tensorOf(1), tensorOf(dims)},
		shape:  normalizeShape(axis),
		kernel: kernel{normalize[float32](axis), normalize[float64](axis)},
		wrt:    []bool{true, false, false, true, true},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			x, mean, rstd, gain := in[0], in[1], in[2], in[3]
			back := &Op{
				name:   "normalize_backward(" + attrs + ")",
				types:  []hm.Type{tensorOf(dims), tensorOf(1), tensorOf(1), tensorOf(1), tensorOf(dims), tensorOf(dims)},
				shape:  func(in []tensor.Shape) (tensor.Shape, error) { return in[0].Clone(), nil },
				kernel: kernel{normalizeDX[float32](axis, frozen), normalizeDX[float64](axis, frozen)},
			}
			dx, err := back.apply(x, mean, rstd, gain, dy)
			if err != nil {
				return nil, err
			}
			forGain := &Op{
				name:   "normalize_gain_backward(" + attrs + ")",
				types:  []hm.Type{tensorOf(dims), tensorOf(1), tensorOf(1), tensorOf(dims), tensorOf(1)},
				shape:  lastAxis,
				kernel: kernel{normalizeDGain[float32](axis), normalizeDGain[float64](axis)},
			}
			dgain, err := forGain.apply(x, mean, rstd, dy)
			if err != nil {
				return nil, err
			}
			dshift, err := SumRows(dy)
			return gorgonia.Nodes{dx, nil, nil, dgain, dshift}, err
		},
	}
	return o.apply(x, mean, rstd, gain, shift)
}

func normalizeShape(axis Axis) shapeRule {
	return func(in []tensor.Shape) (tensor.Shape, error) {
		x := in[0]
		stat, err := axis.statShape(x)
		if err != nil {
			return nil, err
		}
		features := tensor.Shape{x[len(x)-1]}
		for i, want := range []tensor.Shape{x, stat, stat, features, features} {
			if !in[i].Eq(want) {
				return nil, errors.Errorf("input %d has shape %v, expected %v for x %v", i, in[i], want, x)
			}
		}
		return x.Clone(), nil
	}
}

// perElement tells which statistic belongs to an element: that of row i and column j is statistic i·row + j·col.
func (a Axis) perElement() (row, col int) {
	if a == OverBatch {
		return 0, 1
	}
	return 1, 0
}

func normalize[T Float](axis Axis) func(*call[T]) error {
	return func(c *call[T]) error {
		mean, rstd, gain, shift := c.in[1], c.in[2], c.in[3], c.in[4]
		rows, cols := c.rows(0)
		perRow, perCol := axis.perElement()
		for i := range rows {
			x, y := row(c.in[0], i, cols), row(c.out, i, cols)
			for j, v := range x {
				g := i*perRow + j*perCol
				y[j] = (v-mean[g])*rstd[g]*gain[j] + shift[j]
			}
		}
		return nil
	}
}

func normalizeDX[T Float](axis Axis, frozen bool) func(*call[T]) error {
	return func(c *call[T]) error {
		x, mean, rstd, gain, dy := c.in[0], c.in[1], c.in[2], c.in[3], c.in[4]
		rows, cols := c.rows(0)
		count, step, n, stride := axis.groups(rows, cols)
		for g := range count {
			mu, r := float64(mean[g]), float64(rstd[g])
			var sum, sumHat float64 // of g and of g·xhat, then their means
			for k := 0; k < n && !frozen; k++ {
				at := g*step + k*stride
				v := float64(dy[at]) * float64(gain[at%cols])
				sum += v
				sumHat += v * (float64(x[at]) - mu) * r
			}
			sum, sumHat = sum/float64(n), sumHat/float64(n)
			for k := range n {
				at := g*step + k*stride
				v, hat := float64(dy[at])*float64(gain[at%cols]), (float64(x[at])-mu)*r
				c.out[at] = T(r * (v - sum - hat*sumHat))
			}
		}
		return nil
	}
}

func normalizeDGain[T Float](axis Axis) func(*call[T]) error {
	return func(c *call[T]) error {
		x, mean, rstd, dy := c.in[0], c.in[1], c.in[2], c.in[3]
		rows, cols := c.rows(0)
		perRow, perCol := axis.perElement()
		for j := range cols {
			var sum float64
			for i := range rows {
				g, at := i*perRow+j*perCol, i*cols+j
				sum += float64(dy[at]) * (float64(x[at]) - float64(mean[g])) * float64(rstd[g])
			}
			c.out[j] = T(sum)
		}
		return nil
	}
}
