package planes

import (
	"math"
	"unsafe"

	"github.com/gradflow/gradflow/internal/kernel"
)

// A Layout tells which planes have a statistic in common.
type Layout struct {
	Batch, Channels int
	Pixels          int // elements of a plane
	Groups          int // of channels, with a statistic for each in each image; 0: one for each channel, over the batch
}

// Statistics is the number of statistics, and count that of the elements of each.
func (l *Layout) Statistics() int {
	if l.Groups == 0 {
		return l.Channels
	}
	return l.Batch * l.Groups
}
func (l *Layout) count() int { return l.Batch * l.Channels * l.Pixels / l.Statistics() }

// statistic is the index of the statistic of a plane.
func (l *Layout) statistic(plane int) int {
	if l.Groups == 0 {
		return plane % l.Channels
	}
	return plane / (l.Channels / l.Groups)
}

// planes are the planes of statistic s: the first, the distance from one to the next, and their number.
func (l *Layout) planes(s int) (first, step, n int) {
	if l.Groups == 0 {
		return s, l.Channels, l.Batch
	}
	n = l.Channels / l.Groups
	return s * n, 1, n
}

// A normStep is what a [Norm] computes.
type normStep int

const (
	normMeans normStep = iota
	normRStds
	normVariances
	normNormalize
	normDGain
	normBatchBackward
	normGroupBackward
	normFrozenBackward
)

// A Norm is a step of a normalisation, on several cores. Gains and shifts have an element for each channel.
type Norm[T kernel.Float] struct {
	Layout
	step    normStep
	n, size int // units, and elements of each

	out, x, dy, mean, rstd, gain, shift, dgain []T
	divisor, eps                               float64
}

// Means are the means of x.
func (n *Norm[T]) Means(mean, x []T) {
	n.out, n.x = mean, x
	n.run(normMeans, n.Statistics())
}

// RStds are 1/sqrt(variance + eps), with the variance about the given means divided by the number of elements.
func (n *Norm[T]) RStds(rstd, x, mean []T, eps float64) {
	n.out, n.x, n.mean, n.divisor, n.eps = rstd, x, mean, float64(n.count()), eps
	n.run(normRStds, n.Statistics())
}

// Variances are the variances of x about the given means, divided by the number of elements less one.
func (n *Norm[T]) Variances(variance, x, mean []T) {
	n.out, n.x, n.mean, n.divisor = variance, x, mean, float64(n.count()-1)
	n.run(normVariances, n.Statistics())
}

// Normalize is (x - mean)·rstd·gain + shift.
func (n *Norm[T]) Normalize(y, x, mean, rstd, gain, shift []T) {
	n.out, n.x, n.mean, n.rstd, n.gain, n.shift = y, x, mean, rstd, gain, shift
	n.run(normNormalize, n.Batch*n.Channels)
}

// DGain is Σ dy·(x - mean)·rstd of each channel.
func (n *Norm[T]) DGain(dgain, x, mean, rstd, dy []T) {
	n.out, n.x, n.mean, n.rstd, n.dy = dgain, x, mean, rstd, dy
	n.run(normDGain, n.Channels)
}

// Backward is rstd·(g - mean(g) - xhat·mean(g·xhat)) with g = dy·gain. Over the batch, whose means are gain·dshift/n and gain·dgain/n,
// it takes dgain, as from DGain, and dshift, the sum of dy.
func (n *Norm[T]) Backward(dx, dy, x, mean, rstd, gain, dgain, dshift []T) {
	n.out, n.dy, n.x, n.mean, n.rstd, n.gain, n.dgain, n.shift = dx, dy, x, mean, rstd, gain, dgain, dshift
	if n.Groups == 0 {
		n.run(normBatchBackward, n.Batch*n.Channels)
		return
	}
	n.run(normGroupBackward, n.Statistics())
}

// FrozenBackward is rstd·gain·dy.
func (n *Norm[T]) FrozenBackward(dx, dy, rstd, gain []T) {
	n.out, n.dy, n.rstd, n.gain = dx, dy, rstd, gain
	n.run(normFrozenBackward, n.Batch*n.Channels)
}

// run does n units of work.
func (n *Norm[T]) run(step normStep, units int) {
	n.step, n.n, n.size = step, units, n.Batch*n.Channels*n.Pixels/units
	share(units, n.size, n)
	*n = Norm[T]{Layout: n.Layout}
}

// Do does some units.
func (n *Norm[T]) Do(i int) {
	each := grain(n.size)
	for u := i * each; u < min((i+1)*each, n.n); u++ {
		n.unit(u)
	}
}

// unit does a unit: a statistic, a channel or a plane.
func (n *Norm[T]) unit(i int) {
	switch n.step {
	case normMeans:
		n.means(i)
	case normRStds:
		n.rstds(i)
	case normVariances:
		n.variances(i)
	case normNormalize:
		n.normalize(i)
	case normDGain:
		n.dGain(i)
	case normBatchBackward:
		n.batchBackward(i)
	case normGroupBackward:
		n.groupBackward(i)
	case normFrozenBackward:
		n.frozenBackward(i)
	}
}

// plane is a plane of x, dy or the output.
func (n *Norm[T]) plane(x []T, i int) []T { return plane(x, i, n.Pixels) }

func (n *Norm[T]) means(s int) {
	first, step, count := n.planes(s)
	var sum float64
	for k := range count {
		sum += kernel.Sum(n.plane(n.x, first+k*step))
	}
	n.out[s] = T(sum / float64(n.count()))
}

func (n *Norm[T]) rstds(s int)     { n.out[s] = T(1 / math.Sqrt(n.squares(s)/n.divisor+n.eps)) }
func (n *Norm[T]) variances(s int) { n.out[s] = T(n.squares(s) / n.divisor) }

// squares is the sum of the squares about the mean. Numbers of float32 have exact squares in float64, where the sum about 0 can be
// moved to the mean; those of float64 have not.
func (n *Norm[T]) squares(s int) (sum float64) {
	first, step, count := n.planes(s)
	mean := float64(n.mean[s])
	for k := range count {
		x := n.plane(n.x, first+k*step)
		if unsafe.Sizeof(T(0)) == 4 {
			total, squares := kernel.SumAndSquares(x)
			sum += squares - mean*(2*total-mean*float64(len(x)))
			continue
		}
		for _, v := range x {
			d := float64(v) - mean
			sum += d * d
		}
	}
	return max(0, sum)
}

func (n *Norm[T]) normalize(i int) {
	s, c := n.statistic(i), i%n.Channels
	mean, factor, shift := n.mean[s], n.rstd[s]*n.gain[c], n.shift[c]
	y := n.plane(n.out, i)
	for k, v := range n.plane(n.x, i) {
		y[k] = (v-mean)*factor + shift
	}
}

func (n *Norm[T]) dGain(c int) {
	var sum float64
	for b := range n.Batch {
		i := b*n.Channels + c
		s := n.statistic(i)
		sum += products(n.plane(n.dy, i), n.plane(n.x, i), n.mean[s]) * float64(n.rstd[s])
	}
	n.out[c] = T(sum)
}

// products is Σ dy·(x - mean), as four sums, which processors add at the same time.
func products[T kernel.Float](dy, x []T, mean T) (sum float64) {
	m := float64(mean)
	var sums [4]float64
	x = x[:len(dy)]
	k := 0
	for ; k+4 <= len(dy); k += 4 {
		x, dy := x[k:k+4], dy[k:k+4]
		sums[0] += float64(dy[0]) * (float64(x[0]) - m)
		sums[1] += float64(dy[1]) * (float64(x[1]) - m)
		sums[2] += float64(dy[2]) * (float64(x[2]) - m)
		sums[3] += float64(dy[3]) * (float64(x[3]) - m)
	}
	for ; k < len(dy); k++ {
		sum += float64(dy[k]) * (float64(x[k]) - m)
	}
	return sum + (sums[0] + sums[1]) + (sums[2] + sums[3])
}

func (n *Norm[T]) batchBackward(i int) {
	c, count := i%n.Channels, T(n.count())
	factor, mean := n.rstd[c]*n.gain[c], n.mean[c]
	sum, hat := n.shift[c]/count, n.rstd[c]*n.dgain[c]/count
	dx, x := n.plane(n.out, i), n.plane(n.x, i)
	for k, v := range n.plane(n.dy, i) {
		dx[k] = factor * (v - sum - (x[k]-mean)*hat)
	}
}

func (n *Norm[T]) groupBackward(s int) {
	first, step, count := n.planes(s)
	var sum, sumHat float64 // of g and g·(x - mean)
	for k := range count {
		i := first + k*step
		gain := float64(n.gain[i%n.Channels])
		sum += gain * kernel.Sum(n.plane(n.dy, i))
		sumHat += gain * products(n.plane(n.dy, i), n.plane(n.x, i), n.mean[s])
	}
	rstd, elements := float64(n.rstd[s]), float64(n.count())
	for k := range count {
		i := first + k*step
		gain := n.gain[i%n.Channels]
		dx, x := n.plane(n.out, i), n.plane(n.x, i)
		mean, hat := T(sum/elements), T(rstd*rstd*sumHat/elements)
		for j, v := range n.plane(n.dy, i) {
			dx[j] = n.rstd[s] * (v*gain - mean - (x[j]-n.mean[s])*hat)
		}
	}
}

func (n *Norm[T]) frozenBackward(i int) {
	dx, factor := n.plane(n.out, i), n.rstd[n.statistic(i)]*n.gain[i%n.Channels]
	for k, v := range n.plane(n.dy, i) {
		dx[k] = factor * v
	}
}
