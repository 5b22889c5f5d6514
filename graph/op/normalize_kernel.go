package op

import "github.com/gradflow/gradflow/internal/kernel"

func normalize[T Float](axis Axis) func(*call[T]) error {
	if axis.ofImages() {
		return func(c *call[T]) error {
			channelNorm(c, axis, c.shape).Normalize(c.out, c.in[0], c.in[1], c.in[2], c.in[3], c.in[4])
			return nil
		}
	}
	f := kernel.NormalizeRows[T]
	if axis == OverBatch {
		f = kernel.NormalizeColumns[T]
	}
	return func(c *call[T]) error {
		x, mean, rstd, gain, shift := c.in[0], c.in[1], c.in[2], c.in[3], c.in[4]
		f(c.flushed, c.out, x, mean, rstd, gain, shift)
		return nil
	}
}

// dgainKernel adds dy·xhat over the rows.
func dgainKernel[T Float](axis Axis) func(*call[T]) error {
	if axis.ofImages() {
		return func(c *call[T]) error {
			channelNorm(c, axis, c.shapes[0]).DGain(c.out, c.in[0], c.in[1], c.in[2], c.in[3])
			return nil
		}
	}
	f := kernel.RowDGain[T]
	if axis == OverBatch {
		f = kernel.ColumnDGain[T]
	}
	return func(c *call[T]) error {
		x, mean, rstd, dy := c.in[0], c.in[1], c.in[2], c.in[3]
		f(c.flushed, c.out, x, mean, rstd, dy)
		return nil
	}
}

// dxKernel picks the kernel of the gradient of x.
func dxKernel[T Float](axis Axis, frozen bool) func(*call[T]) error {
	switch {
	case axis.ofImages():
		return channelNormBackward[T](axis, frozen)
	case frozen:
		return frozenBackward[T](axis)
	case axis == OverBatch:
		return batchNormBackward[T]
	}
	return layerNormBackward[T]
}

// batchNormBackward is dx = rstd·gain·(dy - dshift/n - xhat·dgain/n).
func batchNormBackward[T Float](c *call[T]) error {
	dy, x, mean, rstd, gain, dgain, dshift := c.in[0], c.in[1], c.in[2], c.in[3], c.in[4], c.in[5], c.in[6]
	kernel.NormalizeColumnsBackward(c.flushed, c.out, x, mean, rstd, gain, dy, dgain, dshift)
	return nil
}

// layerNormBackward is dx = rstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dy·gain, row by row.
func layerNormBackward[T Float](c *call[T]) error {
	dy, x, mean, rstd, gain := c.in[0], c.in[1], c.in[2], c.in[3], c.in[4]
	kernel.NormalizeRowsBackward(c.flushed, c.out, x, mean, rstd, gain, dy)
	return nil
}

// frozenBackward is dx = rstd·gain·dy.
func frozenBackward[T Float](axis Axis) func(*call[T]) error {
	return func(c *call[T]) error {
		rstd, gain := c.in[1], c.in[2]
		rows, cols := c.rows(0)
		for i := range rows {
			dy, dx := row(c.in[0], i, cols), row(c.out, i, cols)
			for j, v := range dy {
				r := rstd[j%len(rstd)]
				if axis == OverFeatures {
					r = rstd[i]
				}
				dx[j] = r * gain[j] * v
			}
		}
		return nil
	}
}
