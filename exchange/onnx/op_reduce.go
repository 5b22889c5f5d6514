package onnx

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/graph/op"
)

// reduceOperators combine elements along axes.
func reduceOperators() map[string]operator {
	table := map[string]operator{
		"CumSum":     {"exclusive reverse", drawCumSum},
		"Softmax":    {"axis", drawSoftmax(softmax)},
		"LogSoftmax": {"axis", drawSoftmax(logSoftmax)},
		"Hardmax":    {"axis", drawSoftmax(hardmax)},
	}
	for name, f := range map[string]func(c *call, x *value, axes []int, keep bool) *value{
		"ReduceSum":  func(c *call, x *value, axes []int, keep bool) *value { return c.reduce(sumOf, x, axes, keep) },
		"ReduceMean": func(c *call, x *value, axes []int, keep bool) *value { return c.reduce(meanOf, x, axes, keep) },
		"ReduceMax":  func(c *call, x *value, axes []int, keep bool) *value { return c.reduce(maxOf, x, axes, keep) },
		"ReduceMin": func(c *call, x *value, axes []int, keep bool) *value {
			return c.scale(c.reduce(maxOf, c.scale(x, -1), axes, keep), -1)
		},
		"ReduceProd": (*call).reduceProduct,
		"ReduceL1": func(c *call, x *value, axes []int, keep bool) *value {
			return c.reduce(sumOf, c.apply(op.Abs, 0, 0, x), axes, keep)
		},
		"ReduceL2": func(c *call, x *value, axes []int, keep bool) *value {
			return c.apply(op.Sqrt, 0, 0, c.reduce(sumOf, c.combine(times, x, x), axes, keep))
		},
		"ReduceSumSquare": func(c *call, x *value, axes []int, keep bool) *value {
			return c.reduce(sumOf, c.combine(times, x, x), axes, keep)
		},
		"ReduceLogSum": func(c *call, x *value, axes []int, keep bool) *value {
			return c.apply(op.Log, 0, 0, c.reduce(sumOf, x, axes, keep))
		},
		"ReduceLogSumExp": (*call).reduceLogSumExp,
	} {
		table[name] = operator{"axes keepdims noop_with_empty_axes", func(c *call) []*value {
			x := c.need(0)
			axes := c.axesOf(1, x.dims())
			if len(axes) == 0 {
				if c.integer("noop_with_empty_axes", 0) != 0 {
					return one(x)
				}
				axes = span(0, x.dims())
			}
			if x.size() == 0 {
				c.fail("got shape %v, want at least one element", x.shape)
			}
			return one(f(c, x, axes, c.integer("keepdims", 1) != 0))
		}}
	}
	return table
}

// reduceProduct multiplies slice by slice.
func (c *call) reduceProduct(x *value, axes []int, keep bool) *value {
	if x.known() {
		return c.reduce(reduction{1, 0, func(p, v float64) float64 { return p * v }, nil}, x, axes, keep)
	}
	const most = 1 << 12
	shape := slices.Clone(x.shape)
	for _, axis := range axes {
		if shape[axis] > most {
			c.fail("got %d elements along axis %d, want at most %d", shape[axis], axis, most)
		}
		y := c.along(x, axis, []int{0}, 0)
		for i := 1; i < shape[axis]; i++ {
			y = c.combine(times, y, c.along(x, axis, []int{i}, 0))
		}
		x = y
	}
	return c.reduce(sumOf, x, axes, keep) // of one element each
}

func (c *call) reduceLogSumExp(x *value, axes []int, keep bool) *value {
	top := c.reduce(maxOf, x, axes, true)
	if x.known() {
		for i, v := range top.numbers {
			if math.IsInf(v, 0) {
				top.numbers[i] = 0
			}
		}
	}
	sum := c.reduce(sumOf, c.apply(op.Exp, 0, 0, c.combine(minus, x, top)), axes, true)
	y := c.combine(plus, c.apply(op.Log, 0, 0, sum), top)
	return c.reduce(sumOf, y, axes, keep) // of one element each
}

// triangle is a known matrix of ones where in is true of the row and the column.
func triangle(like *value, n int, in func(i, j int) bool) *value {
	y := filled(like.typ, 0, n, n)
	for i := range n {
		for j := range n {
			if in(i, j) {
				y.numbers[i*n+j] = 1
			}
		}
	}
	return y
}

// drawCumSum multiplies by a triangle of ones.
func drawCumSum(c *call) []*value {
	x := c.needFloat(0)
	axis := c.axis(int(c.needNumber(c.need(1), "the axis")), x.dims())
	exclusive, reverse := c.integer("exclusive", 0) != 0, c.integer("reverse", 0) != 0
	n := x.shape[axis]
	c.count([]int{n, n})
	ones := triangle(x, n, func(from, to int) bool {
		if reverse {
			from, to = to, from
		}
		return from < to || from == to && !exclusive
	})
	return one(c.onLast(x, axis, func(rows *value) *value { return c.product(rows, ones) }))
}

// onLast calls f with the axis moved to the end and all others in one, (rows, n), and moves it back in the result.
func (d *drawing) onLast(x *value, axis int, f func(rows *value) *value) *value {
	order := append(slices.Delete(span(0, x.dims()), axis, axis+1), axis)
	moved := d.transpose(x, order)
	n := x.shape[axis]
	y := f(d.reshape(moved, []int{x.size() / max(n, 1), n}))
	shape := slices.Clone(moved.shape)
	shape[len(shape)-1] = y.shape[1]
	back := make([]int, len(order))
	for i, k := range order {
		back[k] = i
	}
	return d.transpose(d.reshape(y, shape), back)
}

// drawSoftmax applies a function of rows along an axis. Before opset 13 a row holds all axes from this one on.
func drawSoftmax(f func(c *call, rows *value) *value) func(c *call) []*value {
	return func(c *call) []*value {
		x := c.needFloat(0)
		if x.size() == 0 || x.dims() == 0 {
			c.fail("got shape %v, want at least one element and one dimension", x.shape)
		}
		if c.opset >= 13 {
			return one(c.onLast(x, c.axis(c.integer("axis", -1), x.dims()), func(rows *value) *value { return f(c, rows) }))
		}
		axis := c.axis(c.integer("axis", 1), x.dims())
		if axis == x.dims()-1 {
			return one(c.onLast(x, axis, func(rows *value) *value { return f(c, rows) }))
		}
		n := sizeOf(x.shape[axis:])
		return one(c.reshape(f(c, c.reshape(x, []int{x.size() / n, n})), x.shape))
	}
}

func softmax(c *call, rows *value) *value { return c.draw1(op.Softmax, rows) }

func logSoftmax(c *call, rows *value) *value { return c.draw1(op.LogSoftmax, rows) }

// hardmax is 1 for the first of the largest elements of a row, and 0 for the others.
func hardmax(c *call, rows *value) *value {
	top := c.reduce(maxOf, rows, []int{1}, true)
	isTop := c.pair(op.Equal, rows.typ, rows, top)
	n := rows.shape[1]
	c.count([]int{n, n})
	before := c.product(isTop, triangle(rows, n, func(from, to int) bool { return from < to }))
	isFirst := c.pair(op.Equal, rows.typ, before, number(rows.typ, 0))
	return c.combine(times, isTop, isFirst)
}
