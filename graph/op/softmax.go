package op

import "math"

func softmax[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i := range rows {
		x, p := c.in[0][i*cols:(i+1)*cols], c.out[i*cols:(i+1)*cols]
		top, sum := logSumExp(x)
		for j, v := range x {
			p[j] = T(math.Exp(float64(v)-top) / sum)
		}
	}
	return nil
}

func softmaxBackward[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i := range rows {
		p, dp, dx := c.in[0][i*cols:(i+1)*cols], c.in[1][i*cols:(i+1)*cols], c.out[i*cols:(i+1)*cols]
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
		x, y := c.in[0][i*cols:(i+1)*cols], c.out[i*cols:(i+1)*cols]
		top, sum := logSumExp(x)
		for j, v := range x {
			y[j] = T(float64(v) - top - math.Log(sum))
		}
	}
	return nil
}

func logSoftmaxBackward[T Float](c *call[T]) error {
	rows, cols := c.rows(0)
	for i := range rows {
		y, dy, dx := c.in[0][i*cols:(i+1)*cols], c.in[1][i*cols:(i+1)*cols], c.out[i*cols:(i+1)*cols]
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
