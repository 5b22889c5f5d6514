package onnx

import (
	"slices"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// indexOperators choose elements by indices.
func indexOperators() map[string]operator {
	return map[string]operator{
		"Slice":            {"starts ends axes", drawSlice},
		"Gather":           {"axis", drawGather},
		"GatherElements":   {"axis", drawGatherElements},
		"GatherND":         {"batch_dims", drawGatherND},
		"Scatter":          {"axis", drawScatterElements},
		"ScatterElements":  {"axis reduction", drawScatterElements},
		"ScatterND":        {"reduction", drawScatterND},
		"OneHot":           {"axis", drawOneHot},
		"Compress":         {"axis", drawCompress},
		"NonZero":          {"", drawNonZero},
		"DequantizeLinear": {"axis", drawDequantize},
		"ReverseSequence":  {"batch_axis time_axis", drawReverseSequence},
	}
}

// drawSlice reads the bounds from inputs, or in old files from attributes.
func drawSlice(c *call) []*value {
	x := c.need(0)
	starts, ends, axes := c.list("starts"), c.list("ends"), c.list("axes")
	if c.arg(1) != nil {
		starts, ends = c.needIntegers(c.need(1), "the starts"), c.needIntegers(c.need(2), "the ends")
	}
	if v := c.arg(3); v != nil {
		axes = c.needIntegers(v, "the axes")
	}
	if axes == nil {
		axes = span(0, len(starts))
	}
	steps := slices.Repeat([]int{1}, len(starts))
	if v := c.arg(4); v != nil {
		steps = c.needIntegers(v, "the steps")
	}
	axes = c.axes(axes, x.dims())
	if len(starts) != len(axes) || len(ends) != len(axes) || len(steps) != len(axes) {
		c.fail("got %d starts, %d ends, %d axes and %d steps, want as many", len(starts), len(ends), len(axes), len(steps))
	}
	for i, axis := range axes {
		if steps[i] == 0 {
			c.fail("got a step of 0")
		}
		if places := places(starts[i], ends[i], steps[i], x.shape[axis]); len(places) != x.shape[axis] || steps[i] < 0 {
			x = c.along(x, axis, places, 0)
		}
	}
	return one(x)
}

// places lists those from start to end among n, as in Python.
func places(start, end, step, n int) (list []int) {
	low, high := 0, n
	if step < 0 {
		low, high = -1, n-1
	}
	bound := func(at int) int {
		if at < 0 {
			at += n
		}
		return min(max(at, low), high)
	}
	for at, last := bound(start), bound(end); step > 0 && at < last || step < 0 && at > last; at += step {
		list = append(list, at)
	}
	return list
}

// index counts a negative index from the end.
func (c *call) index(i, n int) int {
	if i < -n || i >= n {
		c.fail("got index %d, want %d to %d", i, -n, n-1)
	}
	if i < 0 {
		i += n
	}
	return i
}

func drawGather(c *call) []*value {
	x, chosen := c.need(0), c.need(1)
	axis := c.axis(c.integer("axis", 0), x.dims())
	shape := slices.Concat(x.shape[:axis], chosen.shape, x.shape[axis+1:])
	if !chosen.known() {
		return one(c.lookUp(x, chosen, axis, shape))
	}
	list := c.needIntegers(chosen, "the indices")
	for i, v := range list {
		list[i] = c.index(v, x.shape[axis])
	}
	return one(c.reshape(c.along(x, axis, list, 0), shape))
}

// lookUp chooses rows of a table by integers that depend on data.
func (c *call) lookUp(x, chosen *value, axis int, shape []int) *value {
	if axis != 0 || !x.typ.IsFloat() || !chosen.isIntegerNode() {
		c.fail("got indices that depend on data, which is supported for the rows of a table of floats and indices that are an input")
	}
	table := c.reshape(x, []int{x.shape[0], sizeOf(x.shape[1:])})
	rows := c.Check(op.Embedding(c.lift(table), chosen.node))
	return c.reshape(&value{typ: x.typ, node: rows, shape: rows.Shape()}, shape)
}

func drawGatherElements(c *call) []*value {
	x, chosen := c.need(0), c.need(1)
	axis, list := c.axis(c.integer("axis", 0), x.dims()), c.needIntegers(chosen, "the indices")
	if chosen.dims() != x.dims() {
		c.fail("got indices of shape %v for shape %v, want as many dimensions", chosen.shape, x.shape)
	}
	c.within(chosen.shape, x.shape, axis)
	from, of := strides(x.shape), strides(chosen.shape)
	return one(c.rearrange(x, chosen.shape, 0, func(at []int) int {
		return dot(at, from) + (c.index(list[dot(at, of)], x.shape[axis])-at[axis])*from[axis]
	}))
}

// within checks that a shape is not larger than another, but along an axis.
func (c *call) within(shape, of []int, axis int) {
	for i, n := range shape {
		if i != axis && n > of[i] {
			c.fail("got indices of shape %v for shape %v, want at most as many along axis %d", shape, of, i)
		}
	}
}

func drawGatherND(c *call) []*value {
	x, chosen, batch := c.need(0), c.need(1), c.integer("batch_dims", 0)
	list := c.needIntegers(chosen, "the indices")
	if chosen.dims() == 0 || batch < 0 || batch >= chosen.dims() || batch+chosen.shape[chosen.dims()-1] > x.dims() {
		c.fail("got indices of shape %v for shape %v and batch_dims %d", chosen.shape, x.shape, batch)
	}
	depth, lead := chosen.shape[chosen.dims()-1], chosen.shape[:chosen.dims()-1]
	if !slices.Equal(lead[:batch], x.shape[:batch]) {
		c.fail("got indices of shape %v for shape %v, want the first %d axes the same", chosen.shape, x.shape, batch)
	}
	shape := slices.Concat(lead, x.shape[batch+depth:])
	from, of := strides(x.shape), strides(chosen.shape)
	return one(c.rearrange(x, shape, 0, func(at []int) int {
		sum := dot(at[:batch], from[:batch]) + dot(at[len(lead):], from[batch+depth:])
		row := dot(at[:len(lead)], of[:len(lead)])
		for k := range depth {
			sum += c.index(list[row+k], x.shape[batch+k]) * from[batch+k]
		}
		return sum
	}))
}

// drawOneHot chooses between the numbers for off and on, which may depend on data, by indices that do not.
func drawOneHot(c *call) []*value {
	chosen, depth, values := c.need(0), int(c.needNumber(c.need(1), "the depth")), c.need(2)
	list := c.needIntegers(chosen, "the indices")
	axis := c.axis(c.integer("axis", -1), chosen.dims()+1)
	if depth < 1 || values.size() != 2 {
		c.fail("got depth %d and %d values, want at least 1, and the values for off and on", depth, values.size())
	}
	shape := slices.Insert(slices.Clone(chosen.shape), axis, depth)
	of := strides(chosen.shape)
	return one(c.rearrange(values, shape, 0, func(at []int) int {
		i := list[dot(at[:axis], of[:axis])+dot(at[axis+1:], of[axis:])]
		if i < 0 {
			i += depth
		}
		if i == at[axis] {
			return 1
		}
		return 0
	}))
}

func drawCompress(c *call) []*value {
	x, axis := c.need(0), 0
	if c.has("axis") {
		axis = c.axis(c.integer("axis", 0), x.dims())
	} else {
		x = c.reshape(x, []int{x.size()})
	}
	if x.dims() == 0 {
		c.fail("got a tensor without dimensions")
	}
	var kept []int
	for i, is := range c.needNumbers(c.need(1), "the condition") {
		if is != 0 && i < x.shape[axis] {
			kept = append(kept, i)
		}
	}
	return one(c.along(x, axis, kept, 0))
}

func drawNonZero(c *call) []*value {
	x := c.need(0)
	numbers := c.needNumbers(x, "the numbers")
	var found [][]int
	at := make([]int, x.dims())
	from := strides(x.shape)
	for i, v := range numbers {
		if v != 0 {
			for d, step := range from {
				at[d] = i / step % x.shape[d]
			}
			found = append(found, slices.Clone(at))
		}
	}
	y := filled(onnxfile.Int64, 0, x.dims(), len(found))
	for i, place := range found {
		for d, k := range place {
			y.numbers[d*len(found)+i] = float64(k)
		}
	}
	return one(y)
}

func drawReverseSequence(c *call) []*value {
	x, lengths := c.need(0), c.needIntegers(c.need(1), "the lengths")
	if x.dims() < 2 {
		c.fail("got shape %v, want at least 2 dimensions", x.shape)
	}
	batch, time := c.axis(c.integer("batch_axis", 1), x.dims()), c.axis(c.integer("time_axis", 0), x.dims())
	if batch == time || len(lengths) != x.shape[batch] {
		c.fail("got %d lengths for shape %v, batch_axis %d and time_axis %d", len(lengths), x.shape, batch, time)
	}
	for _, n := range lengths {
		if n < 0 || n > x.shape[time] {
			c.fail("got length %d, want 0 to %d", n, x.shape[time])
		}
	}
	from := strides(x.shape)
	return one(c.rearrange(x, x.shape, 0, func(at []int) int {
		sum, n := dot(at, from), lengths[at[batch]]
		if at[time] < n {
			sum += (n - 1 - 2*at[time]) * from[time]
		}
		return sum
	}))
}

// drawDequantize gives the floats of integers that are known: (x - zero)·scale.
func drawDequantize(c *call) []*value {
	x, scale := c.need(0), c.needFloat(1)
	c.needNumbers(x, "the integers")
	x = c.known1(scale.typ, x, func(v float64) float64 { return v })
	perAxis := func(v *value) *value {
		if v.dims() != 1 || v.shape[0] == 1 {
			return c.reshape(v, nil)
		}
		shape := slices.Repeat([]int{1}, x.dims())
		shape[c.axis(c.integer("axis", 1), x.dims())] = v.shape[0]
		return c.reshape(v, shape)
	}
	if v := c.arg(2); v != nil {
		c.needNumbers(v, "the zero point")
		x = c.combine(minus, x, perAxis(c.known1(scale.typ, v, func(v float64) float64 { return v })))
	}
	return one(c.combine(times, x, perAxis(scale)))
}
