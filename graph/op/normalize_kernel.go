package op

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

func dgainKernel[T Float](axis Axis) func(*call[T]) error {
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

// dxKernel picks the kernel of the gradient of x.
func dxKernel[T Float](axis Axis, frozen bool) func(*call[T]) error {
	switch {
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
	rows, cols := c.rows(0)
	n := float64(rows)
	for i, v := range dy {
		j := i % cols
		hat := (float64(x[i]) - float64(mean[j])) * float64(rstd[j])
		c.out[i] = T(float64(rstd[j]) * float64(gain[j]) * (float64(v) - float64(dshift[j])/n - hat*float64(dgain[j])/n))
	}
	return nil
}

// layerNormBackward is dx = rstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dy·gain, row by row.
func layerNormBackward[T Float](c *call[T]) error {
	mean, rstd, gain := c.in[2], c.in[3], c.in[4]
	rows, cols := c.rows(0)
	for i := range rows {
		dy, x, dx := row(c.in[0], i, cols), row(c.in[1], i, cols), row(c.out, i, cols)
		mu, r := float64(mean[i]), float64(rstd[i])
		var sum, sumHat float64
		for j, v := range dy {
			g := float64(v) * float64(gain[j])
			sum += g
			sumHat += g * (float64(x[j]) - mu) * r
		}
		sum, sumHat = sum/float64(cols), sumHat/float64(cols)
		for j, v := range dy {
			hat := (float64(x[j]) - mu) * r
			dx[j] = T(r * (float64(v)*float64(gain[j]) - sum - hat*sumHat))
		}
	}
	return nil
}

// frozenBackward is dx = rstd·gain·dy.
func frozenBackward[T Float](axis Axis) func(*call[T]) error {
	perRow, perCol := axis.perElement()
	return func(c *call[T]) error {
		rstd, gain := c.in[1], c.in[2]
		rows, cols := c.rows(0)
		for i := range rows {
			dy, dx := row(c.in[0], i, cols), row(c.out, i, cols)
			for j, v := range dy {
				dx[j] = rstd[i*perRow+j*perCol] * gain[j] * v
			}
		}
		return nil
	}
}
