package op

import (
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/kernel"
)

// Softmax turns each row of x, along its last axis, into probabilities: p_i = exp(x_i) / sum_j exp(x_j).
// No finite x overflows, because the row's maximum is subtracted first.
//
// Its gradient: dx = p ⊙ (dp - <dp, p>), row by row.
func Softmax(x *gorgonia.Node) (*gorgonia.Node, error) {
	return rowOp("softmax", KindSoftmax, x, kernels{softmax[float32], softmax[float64]},
		kernels{softmaxBackward[float32], softmaxBackward[float64]})
}

// LogSoftmax is the logarithm of [Softmax], computed without forming the probabilities.
//
// Its gradient: dx = dy - exp(y) sum(dy), row by row.
func LogSoftmax(x *gorgonia.Node) (*gorgonia.Node, error) {
	return rowOp("log_softmax", KindLogSoftmax, x, kernels{logSoftmax[float32], logSoftmax[float64]},
		kernels{logSoftmaxBackward[float32], logSoftmaxBackward[float64]})
}

// rowOp is an op along the last axis whose backward kernel reads y and dy.
func rowOp(name string, kind Kind, x *gorgonia.Node, forward, backward kernels) (*gorgonia.Node, error) {
	dims := dimsOf(x)
	o := &Op{
		name: name, spec: Spec{Kind: kind}, types: repeat(dims, 1), shape: rowShapes, kernel: forward, inPlace: []int{0},
		grad: func(_ gorgonia.Nodes, y, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			o := &Op{name: name + "_backward", spec: Spec{Kind: KindGradient}, types: repeat(dims, 2), shape: rowShapes, kernel: backward, inPlace: []int{1, 0}}
			dx, err := o.apply(y, dy)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

func rowShapes(in []tensor.Shape) (tensor.Shape, error) {
	if _, err := lastAxis(in); err != nil {
		return nil, err
	}
	return sameShapes(in)
}

func softmax[T Float](c *call[T]) error {
	_, cols := c.rows(0)
	kernel.Softmax(c.flushed, c.out, c.in[0], cols)
	return nil
}

func softmaxBackward[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i := range rows {
		p, dp, dx := row(c.in[0], i, cols), row(c.in[1], i, cols), row(c.out, i, cols)
		var inner float64
		for j := range p {
			inner += float64(p[j]) * float64(dp[j])
		}
		for j := range p {
			dx[j] = T(float64(p[j]) * (float64(dp[j]) - inner))
		}
	}
	return nil
}

func logSoftmax[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i := range rows {
		x, y := row(c.in[0], i, cols), row(c.out, i, cols)
		top, sum := logSumExp(x)
		logSum := math.Log(sum)
		for j, v := range x {
			y[j] = T(float64(v) - top - logSum)
		}
	}
	return nil
}

func logSoftmaxBackward[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i := range rows {
		y, dy, dx := row(c.in[0], i, cols), row(c.in[1], i, cols), row(c.out, i, cols)
		var sum float64
		for _, v := range dy {
			sum += float64(v)
		}
		for j := range y {
			dx[j] = T(float64(dy[j]) - math.Exp(float64(y[j]))*sum)
		}
	}
	return nil
}

// logSumExp gives a row's maximum and sum = Σ exp(x_j - maximum), so that log Σ exp(x_j) = top + log(sum).
func logSumExp[T Float](x []T) (top, sum float64) {
	top = math.Inf(-1)
	for _, v := range x {
		top = max(top, float64(v))
	}
	for _, v := range x {
		sum += math.Exp(float64(v) - top)
	}
	return top, sum
}
