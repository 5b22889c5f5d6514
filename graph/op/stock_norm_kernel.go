package op

import (
	"math"

	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/kernel/planes"
)

// A normMemory is what a stock batch normalisation keeps from run to run: vectors with an element for each channel.
type normMemory[T Float] struct {
	images      planes.Norm[T]
	isImages    bool // whether a channel has several pixels; else x is a matrix of features
	mean, rstd  []T
	ones, zeros []T
	sums, dots  []T // of dy, and of dy·xhat
}

// normMemoryOf gives the memory for the shape of the result.
func normMemoryOf[T Float](c *call[T]) *normMemory[T] {
	m := kept[normMemory[T]](c)
	channels, pixels := c.shape[1], c.shape[2:].TotalSize()
	m.isImages = pixels > 1
	m.images.Layout = planes.Layout{Batch: c.shape[0], Channels: channels, Pixels: pixels}
	if len(m.mean) == channels {
		return m
	}
	for _, v := range []*[]T{&m.mean, &m.rstd, &m.ones, &m.zeros, &m.sums, &m.dots} {
		*v = make([]T, channels)
	}
	for i := range m.ones {
		m.ones[i] = 1
	}
	return m
}

func (m *normMemory[T]) means(f *kernel.Flushed, mean, x []T) {
	if m.isImages {
		m.images.Means(mean, x)
		return
	}
	kernel.ColumnMeans(f, mean, x)
}

// variances are about the mean, divided by the number of elements less one.
func (m *normMemory[T]) variances(f *kernel.Flushed, variance, x []T) {
	if m.isImages {
		m.images.Variances(variance, x, m.mean)
		return
	}
	kernel.ColumnVars(f, variance, x, m.mean, float64(m.images.Batch-1))
}

func (m *normMemory[T]) normalize(f *kernel.Flushed, y, x []T) {
	if m.isImages {
		m.images.Normalize(y, x, m.mean, m.rstd, m.ones, m.zeros)
		return
	}
	kernel.NormalizeColumns(f, y, x, m.mean, m.rstd, m.ones, m.zeros)
}

// backward is the gradient of x that goes through its statistics as well.
func (m *normMemory[T]) backward(f *kernel.Flushed, dx, x, dy []T, eps float64) {
	m.means(f, m.mean, x)
	m.means(f, m.sums, dy)
	count := T(m.images.Batch * m.images.Pixels)
	for i := range m.sums {
		m.sums[i] *= count
	}
	if m.isImages {
		m.images.RStds(m.rstd, x, m.mean, eps)
		m.images.DGain(m.dots, x, m.mean, m.rstd, dy)
		m.images.Backward(dx, dy, x, m.mean, m.rstd, m.ones, m.dots, m.sums)
		return
	}
	kernel.ColumnRStd(f, m.rstd, x, m.mean, eps)
	kernel.ColumnDGain(f, m.dots, x, m.mean, m.rstd, dy)
	kernel.NormalizeColumnsBackward(f, dx, x, m.mean, m.rstd, m.ones, dy, m.dots, m.sums)
}

// frozen is dy·rstd.
func (m *normMemory[T]) frozen(dx, dy []T) {
	m.images.FrozenBackward(dx, dy, m.rstd, m.ones)
}

// batchNorm is (x - mean)·rstd with the statistics of the batch, which move the running ones, or in evaluation with those.
func batchNorm[T Float](n stockNorm) func(*call[T]) error {
	return func(c *call[T]) error {
		m := normMemoryOf(c)
		mean, variance, err := running[T](n, len(m.mean))
		if err != nil {
			return err
		}
		if n.training.Bool() {
			m.means(c.flushed, m.mean, c.in[0])
			m.variances(c.flushed, m.rstd, c.in[0])
			move(mean, m.mean, n.momentum)
			move(variance, m.rstd, n.momentum)
			biased(m.rstd, m.images.Batch*m.images.Pixels)
		} else {
			copy(m.mean, mean)
			copy(m.rstd, variance)
		}
		rstds(m.rstd, m.rstd, n.eps)
		m.normalize(c.flushed, c.out, c.in[0])
		return nil
	}
}

func batchNormBackwardOf[T Float](n stockNorm) func(*call[T]) error {
	return func(c *call[T]) error {
		m := normMemoryOf(c)
		if n.training.Bool() {
			m.backward(c.flushed, c.out, c.in[0], c.in[1], n.eps)
			return nil
		}
		_, variance, err := running[T](n, len(m.mean))
		if err == nil {
			rstds(m.rstd, variance, n.eps)
			m.frozen(c.out, c.in[1])
		}
		return err
	}
}

// move moves running statistics towards those of the batch.
func move[T Float](running, batch []T, momentum float64) {
	for i, v := range batch {
		running[i] = T(momentum)*v + (1-T(momentum))*running[i]
	}
}

// biased divides variances of n elements by n where they were divided by n-1.
func biased[T Float](variance []T, n int) {
	for i := range variance {
		variance[i] *= T(n-1) / T(n)
		if n == 1 {
			variance[i] = 0
		}
	}
}

func rstds[T Float](rstd, variance []T, eps float64) {
	for i, v := range variance {
		rstd[i] = T(1 / math.Sqrt(float64(v)+eps))
	}
}
