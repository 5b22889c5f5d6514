package onnx

import (
	"slices"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// normOperators normalise.
func normOperators() map[string]operator {
	return map[string]operator{
		"BatchNormalization":        {"epsilon momentum training_mode spatial is_test", drawBatchNorm},
		"InstanceNormalization":     {"epsilon", drawInstanceNorm},
		"LayerNormalization":        {"axis epsilon stash_type", drawLayerNorm},
		"GroupNormalization":        {"epsilon num_groups stash_type", drawGroupNorm},
		"MeanVarianceNormalization": {"axes", drawMeanVarianceNorm},
		"LRN":                       {"size alpha beta bias", drawLRN},
		"LpNormalization":           {"axis p", drawLpNorm},
	}
}

// drawBatchNorm normalises by the running statistics in a graph for evaluation, and by those of the batch in one for training, as
// graph.BatchNorm does.
func drawBatchNorm(c *call) []*value {
	x := c.needFloat(0)
	if x.dims() < 2 || c.integer("spatial", 1) != 1 {
		c.fail("got shape %v and spatial %d, want (batch, channels, ...) and 1", x.shape, c.integer("spatial", 1))
	}
	var vectors []*gorgonia.Node
	for i := 1; i <= 4; i++ {
		v := c.needFloat(i)
		if v.dims() != 1 || v.shape[0] != x.shape[1] {
			c.fail("input %d: got shape %v, want (%d)", i, v.shape, x.shape[1])
		}
		vectors = append(vectors, c.lift(v))
	}
	gain, shift, mean, variance := vectors[0], vectors[1], vectors[2], vectors[3]
	axis, eps := op.OverImages, c.real("epsilon", 1e-5)
	if x.dims() == 2 {
		axis = op.OverBatch
	}
	n, byBatch := c.lift(x), c.Training() || c.integer("training_mode", 0) == 1
	if !byBatch {
		return one(c.wrap(x.typ, c.Check(op.Normalize(n, mean, c.Check(op.RStdOf(variance, eps)), gain, shift, axis, true)), x.shape))
	}
	if x.size()/x.shape[1] < 2 {
		c.fail("got shape %v, want at least 2 numbers in each channel to have a variance", x.shape)
	}
	batchMean := c.Check(op.Mean(n, axis))
	rstd := c.Check(op.RStd(n, batchMean, axis, eps))
	y := c.wrap(x.typ, c.Check(op.Normalize(n, batchMean, rstd, gain, shift, axis, false)), x.shape)
	return append(one(y), c.moveStatistics(x, n, batchMean, axis)...)
}

// moveStatistics moves the running statistics after each step, if they are parameters, and gives them as values.
func (c *call) moveStatistics(x *value, n, batchMean *gorgonia.Node, axis op.Axis) []*value {
	share := 1 - c.real("momentum", float64(float32(0.9)))
	mean, variance := c.in[3], c.in[4]
	unbiased := c.Check(op.UnbiasedVar(n, batchMean, axis))
	if c.integer("training_mode", 0) == 1 { // ONNX moves toward the biased variance
		count := float64(x.size() / x.shape[1])
		unbiased = c.Check(op.Scale(unbiased, (count-1)/count))
	}
	newMean := c.Check(op.Lerp(c.lift(mean), batchMean, share))
	newVariance := c.Check(op.Lerp(c.lift(variance), unbiased, share))
	_, isParameter := c.model.parameters[mean.name]
	if _, both := c.model.parameters[variance.name]; both && isParameter && c.Training() {
		c.Update(c.lift(mean), newMean)
		c.Update(c.lift(variance), newVariance)
	}
	return []*value{c.wrap(x.typ, newMean, mean.shape), c.wrap(x.typ, newVariance, variance.shape)}
}

// normalize normalises by the statistics of x along an axis, with the mean and 1/deviation that it took.
func (c *call) normalize(x *gorgonia.Node, gain, shift *value, axis op.Axis, eps float64) (y, mean, rstd *gorgonia.Node) {
	mean = c.Check(op.Mean(x, axis))
	rstd = c.Check(op.RStd(x, mean, axis, eps))
	return c.Check(op.Normalize(x, mean, rstd, c.lift(gain), c.lift(shift), axis, false)), mean, rstd
}

func drawInstanceNorm(c *call) []*value {
	x := c.needFloat(0)
	if x.dims() < 3 {
		c.fail("got shape %v, want (batch, channels, ...)", x.shape)
	}
	images := c.reshape(x, []int{x.shape[0], x.shape[1], 1, sizeOf(x.shape[2:])})
	y, _, _ := c.normalize(c.lift(images), c.needFloat(1), c.needFloat(2), op.OverGroups(x.shape[1]), c.real("epsilon", 1e-5))
	return one(c.reshape(c.wrap(x.typ, y, images.shape), x.shape))
}

// drawLayerNorm normalises over all axes from one on.
func drawLayerNorm(c *call) []*value {
	x := c.needFloat(0)
	axis := c.axis(c.integer("axis", -1), x.dims())
	n := sizeOf(x.shape[axis:])
	gain, shift := c.needFloat(1), c.arg(2)
	if shift == nil {
		shift = filled(x.typ, 0, n)
	}
	rows := c.reshape(x, []int{x.size() / n, n})
	vector := func(v *value) *value { return c.reshape(c.expand(v, x.shape[axis:]), []int{n}) }
	y, mean, rstd := c.normalize(c.lift(rows), vector(gain), vector(shift), op.OverFeatures, c.real("epsilon", 1e-5))
	short := append(slices.Clone(x.shape[:axis]), slices.Repeat([]int{1}, x.dims()-axis)...)
	statistic := func(n *gorgonia.Node) *value { return c.reshape(c.wrap(x.typ, n, n.Shape()), short) }
	return []*value{c.reshape(c.wrap(x.typ, y, rows.shape), x.shape), statistic(mean), statistic(rstd)}
}

// drawGroupNorm has a gain and a shift for each channel, or before opset 21 for each group.
func drawGroupNorm(c *call) []*value {
	x, groups := c.needFloat(0), c.integer("num_groups", 0)
	if x.dims() < 3 || groups < 1 || x.shape[1]%groups != 0 {
		c.fail("got shape %v and %d groups, want (batch, channels, ...) and a divisor of the channels", x.shape, groups)
	}
	each := func(v *value) *value {
		if c.opset >= 21 {
			return v
		}
		n := x.shape[1] / groups
		return c.reshape(c.expand(c.reshape(v, []int{groups, 1}), []int{groups, n}), []int{x.shape[1]})
	}
	images := c.reshape(x, []int{x.shape[0], x.shape[1], 1, sizeOf(x.shape[2:])})
	y, _, _ := c.normalize(c.lift(images), each(c.needFloat(1)), each(c.needFloat(2)), op.OverGroups(groups), c.real("epsilon", 1e-5))
	return one(c.reshape(c.wrap(x.typ, y, images.shape), x.shape))
}

func drawMeanVarianceNorm(c *call) []*value {
	x, axes := c.needFloat(0), []int{0, 2, 3}
	if c.has("axes") {
		axes = c.list("axes")
	}
	axes = c.axes(axes, x.dims())
	centred := c.combine(minus, x, c.reduce(meanOf, x, axes, true))
	deviation := c.apply(op.Sqrt, 0, 0, c.reduce(meanOf, c.combine(times, centred, centred), axes, true))
	return one(c.combine(over, centred, c.combine(plus, deviation, number(x.typ, 1e-9))))
}

// drawLRN divides by the squares of the channels near each channel.
func drawLRN(c *call) []*value {
	x, size := c.needFloat(0), c.integer("size", 0)
	if x.dims() < 3 || size < 1 || size > 1<<10 {
		c.fail("got shape %v and size %d, want (batch, channels, ...) and at least 1", x.shape, size)
	}
	squares := c.combine(times, x, x)
	padded := c.padAxis(squares, 1, (size-1)/2, size/2, 0, paddings["constant"])
	sum := c.along(padded, 1, span(0, x.shape[1]), 0)
	for i := 1; i < size; i++ {
		sum = c.combine(plus, sum, c.along(padded, 1, span(i, x.shape[1]), 0))
	}
	base := c.combine(plus, c.scale(sum, c.real("alpha", 1e-4)/float64(size)), number(x.typ, c.real("bias", 1)))
	return one(c.combine(over, x, c.apply(op.Power, c.real("beta", 0.75), 0, base)))
}

func drawLpNorm(c *call) []*value {
	x := c.needFloat(0)
	axis := []int{c.axis(c.integer("axis", -1), x.dims())}
	switch p := c.integer("p", 2); p {
	case 1:
		return one(c.combine(over, x, c.reduce(sumOf, c.apply(op.Abs, 0, 0, x), axis, true)))
	case 2:
		return one(c.combine(over, x, c.apply(op.Sqrt, 0, 0, c.reduce(sumOf, c.combine(times, x, x), axis, true))))
	default:
		c.fail("attribute \"p\": got %d, want 1 or 2", p)
		return nil
	}
}
