package onnx

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// lossOperators compare predictions with classes.
func lossOperators() map[string]operator {
	return map[string]operator{
		"NegativeLogLikelihoodLoss": {"ignore_index reduction", func(c *call) []*value {
			return one(c.likelihood(c.classes(c.needFloat(0))))
		}},
		"SoftmaxCrossEntropyLoss": {"ignore_index reduction", func(c *call) []*value {
			x := c.classes(c.needFloat(0))
			shape := c.need(0).shape
			logs := c.onLast(x, 1, func(rows *value) *value { return c.draw1(op.LogSoftmax, rows) })
			return []*value{c.likelihood(logs), c.reshape(logs, shape)}
		}},
	}
}

// classes is a prediction as (batch, classes, places).
func (c *call) classes(x *value) *value {
	if x.dims() < 2 || x.size() == 0 {
		c.fail("got shape %v, want (batch, classes, ...)", x.shape)
	}
	return c.reshape(x, []int{x.shape[0], x.shape[1], sizeOf(x.shape[2:])})
}

// likelihood is minus the logarithm of the probability of the right classes, which must be known, times their weights.
func (c *call) likelihood(logs *value) *value {
	target := c.need(1)
	right := c.needIntegers(target, "the classes")
	batch, classes, places := logs.shape[0], logs.shape[1], logs.shape[2]
	if len(right) != batch*places {
		c.fail("got %d classes, want %d", len(right), batch*places)
	}
	ignored := c.has("ignore_index")
	index, weights := make([]int32, len(right)), c.arg(2)
	chosen := make([]int32, len(right)) // the place of the weight; -1 for what is ignored
	for i, class := range right {
		if ignored && class == c.integer("ignore_index", 0) {
			index[i], chosen[i] = -1, -1
			continue
		}
		class = c.index(class, classes)
		index[i], chosen[i] = int32((i/places*classes+class)*places+i%places), int32(class)
	}
	if weights == nil {
		weights = filled(logs.typ, 1, classes)
	}
	loss := c.scale(c.take(logs, index, []int{len(right)}, 0), -1)
	weight := c.take(weights, chosen, []int{len(right)}, 0)
	loss = c.combine(times, loss, weight)
	switch how := c.text("reduction", "mean"); how {
	case "none":
		return c.reshape(loss, slices.Clone(target.shape))
	case "sum":
		return c.reduce(sumOf, loss, []int{0}, false)
	case "mean":
		return c.combine(over, c.reduce(sumOf, loss, []int{0}, false), c.reduce(sumOf, weight, []int{0}, false))
	default:
		c.fail("attribute \"reduction\": got %q, want none, sum or mean", how)
		return nil
	}
}
