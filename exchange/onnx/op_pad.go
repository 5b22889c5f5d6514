package onnx

import "slices"

// drawPad reads the padding from inputs, or in old files from attributes.
func drawPad(c *call) []*value {
	x, pads, fill := c.need(0), c.list("pads"), c.real("value", 0)
	if c.has("paddings") {
		pads = c.list("paddings")
	}
	if v := c.arg(1); v != nil {
		pads = c.needIntegers(v, "the padding")
	}
	if v := c.arg(2); v != nil && v.size() > 0 {
		fill = c.needNumber(v, "the padding's value")
	}
	axes := span(0, x.dims())
	if v := c.arg(3); v != nil {
		axes = c.axes(c.needIntegers(v, "the axes"), x.dims())
	}
	if len(pads) != 2*len(axes) {
		c.fail("got padding %v, want two numbers for each of the axes %v of shape %v", pads, axes, x.shape)
	}
	place, known := paddings[c.text("mode", "constant")]
	if !known {
		c.fail("attribute \"mode\": got %q, want constant, reflect or edge", c.text("mode", ""))
	}
	for i, axis := range axes {
		begin, end := pads[i], pads[i+len(axes)]
		if begin == 0 && end == 0 {
			continue
		}
		x = c.padAxis(x, axis, begin, end, fill, place)
	}
	return one(x)
}

// paddings tell which element stands at a place outside of n elements; -1 is the padding's value.
var paddings = map[string]func(at, n int) int{
	"constant": func(at, n int) int { return -1 },
	"edge":     func(at, n int) int { return min(max(at, 0), n-1) },
	"reflect": func(at, n int) int {
		if n == 1 {
			return 0
		}
		period := 2 * (n - 1)
		if at = ((at % period) + period) % period; at >= n {
			at = period - at
		}
		return at
	},
}

// padAxis pads along one axis; negative numbers cut.
func (d *drawing) padAxis(x *value, axis, begin, end int, fill float64, outside func(at, n int) int) *value {
	n := x.shape[axis]
	size := n + begin + end
	if size < 0 {
		d.Failf("got padding of %d and %d for %d elements along axis %d", begin, end, n, axis)
	}
	shape := slices.Clone(x.shape)
	shape[axis] = size
	d.check(shape)
	places := make([]int, size)
	for i := range places {
		if places[i] = i - begin; places[i] < 0 || places[i] >= n {
			places[i] = outside(places[i], n)
		}
	}
	return d.along(x, axis, places, fill)
}
