package onnx

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// drawTile repeats along each axis. In opset 1 the inputs are one number of repeats and one axis.
func drawTile(c *call) []*value {
	x, repeats := c.need(0), c.needIntegers(c.need(1), "the repeats")
	if axis := c.arg(2); axis != nil {
		all := slices.Repeat([]int{1}, x.dims())
		all[c.axis(int(c.needNumber(axis, "the axis")), x.dims())] = int(c.needNumber(c.need(1), "the repeats"))
		repeats = all
	}
	if len(repeats) != x.dims() {
		c.fail("got repeats %v, want one for each axis of shape %v", repeats, x.shape)
	}
	shape := make([]int, x.dims())
	for i, n := range repeats {
		if n < 0 {
			c.fail("got repeats %v, want 0 or more", repeats)
		}
		shape[i] = c.check([]int{n, x.shape[i]})
	}
	from := strides(x.shape)
	return one(c.rearrange(x, shape, 0, func(at []int) int {
		sum := 0
		for i, k := range at {
			sum += k % x.shape[i] * from[i]
		}
		return sum
	}))
}

func drawRange(c *call) []*value {
	typ := c.need(0).typ
	start, limit, step := c.needNumber(c.need(0), "the start"), c.needNumber(c.need(1), "the limit"), c.needNumber(c.need(2), "the step")
	n := (limit - start) / step
	if n != n || n > math.MaxInt32 {
		c.fail("got %g to %g by %g, which are too many numbers", start, limit, step)
	}
	c.count([]int{max(0, int(math.Ceil(n)))})
	var list []float64
	for i := 0; float64(i) < n; i++ {
		list = append(list, c.rounded(typ, start+float64(i)*step))
	}
	return one(constant(typ, list, len(list)))
}

func drawEyeLike(c *call) []*value {
	x := c.need(0)
	if x.dims() != 2 {
		c.fail("got shape %v, want 2 dimensions", x.shape)
	}
	typ := onnxfile.Type(c.integer("dtype", int(x.typ)))
	c.count(x.shape)
	y := filled(typ, 0, x.shape...)
	for i := range x.shape[0] {
		if j := i + c.integer("k", 0); j >= 0 && j < x.shape[1] {
			y.numbers[i*x.shape[1]+j] = 1
		}
	}
	return one(y)
}

func drawTrilu(c *call) []*value {
	x, k, upper := c.need(0), 0, c.integer("upper", 1) != 0
	if v := c.arg(1); v != nil {
		k = int(c.needNumber(v, "the diagonal"))
	}
	if x.dims() < 2 {
		c.fail("got shape %v, want at least 2 dimensions", x.shape)
	}
	from, last := strides(x.shape), x.dims()-1
	return one(c.rearrange(x, x.shape, 0, func(at []int) int {
		if side := at[last] - at[last-1] - k; upper && side < 0 || !upper && side > 0 {
			return -1
		}
		return dot(at, from)
	}))
}
