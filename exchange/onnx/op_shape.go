package onnx

import (
	"slices"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// shapeOperators read or change shapes, or give constants.
func shapeOperators() map[string]operator {
	return map[string]operator{
		"Shape":           {"start end", drawShape},
		"Size":            {"", func(c *call) []*value { return one(number(onnxfile.Int64, float64(c.need(0).size()))) }},
		"Constant":        {"value value_float value_floats value_int value_ints", drawConstant},
		"ConstantOfShape": {"value", drawConstantOfShape},
		"Reshape":         {"shape allowzero", drawReshape},
		"Flatten":         {"axis", drawFlatten},
		"Squeeze":         {"axes", drawSqueeze},
		"Unsqueeze":       {"axes", drawUnsqueeze},
		"Transpose":       {"perm", drawTranspose},
		"Concat":          {"axis", drawConcat},
		"Split":           {"axis split num_outputs", drawSplit},
		"Expand":          {"", drawExpand},
		"Tile":            {"", drawTile},
		"Range":           {"", drawRange},
		"EyeLike":         {"dtype k", drawEyeLike},
		"Trilu":           {"upper", drawTrilu},
		"DepthToSpace":    {"blocksize mode", drawDepthToSpace},
		"SpaceToDepth":    {"blocksize", drawSpaceToDepth},
		"Pad":             {"mode pads value paddings", drawPad},
		"If":              {"then_branch else_branch", drawIf},
	}
}

func drawShape(c *call) []*value {
	shape := c.need(0).shape
	bound := func(at int) int {
		if at < 0 {
			at += len(shape)
		}
		return min(max(at, 0), len(shape))
	}
	start, end := bound(c.integer("start", 0)), bound(c.integer("end", len(shape)))
	return one(integers(shape[start:max(start, end)]...))
}

func drawConstant(c *call) []*value {
	name := ""
	if len(c.node.Outputs) > 0 {
		name = c.node.Outputs[0]
	}
	if a := c.attribute("value", onnxfile.AttributeTensor); a != nil && a.Tensor != nil {
		v := c.tensor(name, a.Tensor)
		if v.broken != nil {
			c.fail("%v", v.broken)
		}
		return one(v)
	}
	if a := c.attribute("value_float", onnxfile.AttributeFloat); a != nil {
		return one(number(onnxfile.Float, float64(a.Float)))
	}
	if a := c.attribute("value_int", onnxfile.AttributeInt); a != nil {
		return one(number(onnxfile.Int64, float64(a.Int)))
	}
	if a := c.attribute("value_ints", onnxfile.AttributeInts); a != nil {
		return one(integers(c.node.Integers("value_ints")...))
	}
	a := c.attribute("value_floats", onnxfile.AttributeFloats)
	if a == nil {
		c.fail("got no value")
	}
	numbers := make([]float64, len(a.Floats))
	for i, v := range a.Floats {
		numbers[i] = float64(v)
	}
	return one(constant(onnxfile.Float, numbers, len(numbers)))
}

func drawConstantOfShape(c *call) []*value {
	shape, v := c.needIntegers(c.need(0), "a shape"), number(onnxfile.Float, 0)
	if a := c.attribute("value", onnxfile.AttributeTensor); a != nil && a.Tensor != nil {
		numbers, err := a.Tensor.Numbers()
		if err != nil || len(numbers) != 1 {
			c.fail("attribute \"value\": got %d numbers (%v), want one", len(numbers), err)
		}
		v = number(a.Tensor.Type, numbers[0])
	}
	c.count(shape)
	return one(filled(v.typ, v.numbers[0], shape...))
}

// drawReshape draws Reshape. In its shape input, 0 keeps the size of that axis, and -1 takes the elements that are left.
func drawReshape(c *call) []*value {
	x, wanted := c.need(0), c.list("shape")
	if v := c.arg(1); v != nil {
		wanted = c.needIntegers(v, "a shape")
	}
	shape, free, size := slices.Clone(wanted), -1, 1
	for i, n := range wanted {
		switch {
		case n == 0 && c.integer("allowzero", 0) == 0:
			if i >= x.dims() {
				c.fail("got 0 along axis %d of the shape %v, which the input of shape %v does not have", i, wanted, x.shape)
			}
			shape[i] = x.shape[i]
		case n == -1 && free < 0:
			free = i
			continue
		case n < 0:
			c.fail("got shape %v, want sizes and at most one -1", wanted)
		}
		if size = c.check([]int{size, shape[i]}); size == 0 && x.size() > 0 {
			c.fail("got shape %v, want as many elements as in %v", wanted, x.shape)
		}
	}
	if free >= 0 {
		if size == 0 || x.size()%size != 0 {
			c.fail("got shape %v, want as many elements as in %v (if the file was made for one batch size, use that)", wanted, x.shape)
		}
		shape[free] = x.size() / size
	}
	return one(c.reshape(x, shape))
}

func drawFlatten(c *call) []*value {
	x := c.need(0)
	axis := c.integer("axis", 1)
	if axis < -x.dims() || axis > x.dims() {
		c.fail("attribute \"axis\": got %d, want %d to %d", axis, -x.dims(), x.dims())
	}
	if axis < 0 {
		axis += x.dims()
	}
	return one(c.reshape(x, []int{sizeOf(x.shape[:axis]), sizeOf(x.shape[axis:])}))
}

func drawSqueeze(c *call) []*value {
	x := c.need(0)
	axes := c.axesOf(1, x.dims())
	all := c.arg(1) == nil && !c.has("axes")
	shape := []int{}
	for i, n := range x.shape {
		switch squeezed := slices.Contains(axes, i); {
		case squeezed && n != 1:
			c.fail("axis %d: got %d elements, want 1 to leave it out", i, n)
		case !squeezed && !(all && n == 1):
			shape = append(shape, n)
		}
	}
	return one(c.reshape(x, shape))
}

func drawUnsqueeze(c *call) []*value {
	x, list := c.need(0), c.list("axes")
	if v := c.arg(1); v != nil {
		list = c.needIntegers(v, "axes")
	}
	if len(list) > maxDims {
		c.fail("got %d axes, want at most %d", len(list), maxDims)
	}
	dims := x.dims() + len(list)
	axes, shape, at := c.axes(list, dims), make([]int, dims), 0
	for i := range shape {
		shape[i] = 1
		if !slices.Contains(axes, i) {
			shape[i] = x.shape[at]
			at++
		}
	}
	return one(c.reshape(x, shape))
}

// maxDims is the largest number of axes that an operation may add.
const maxDims = 32

func drawTranspose(c *call) []*value {
	x := c.need(0)
	order := c.list("perm")
	if !c.has("perm") {
		order = span(0, x.dims())
		slices.Reverse(order)
	}
	if len(order) != x.dims() {
		c.fail("attribute \"perm\": got %v, want each axis of shape %v once", order, x.shape)
	}
	for _, axis := range c.axes(order, x.dims()) {
		_ = axis
	}
	return one(c.transpose(x, c.axes(order, x.dims())))
}

func drawConcat(c *call) []*value {
	if len(c.in) == 0 || c.need(0).dims() == 0 {
		c.fail("got no inputs with axes")
	}
	list := make([]*value, len(c.in))
	for i := range list {
		if list[i] = c.need(i); list[i].typ != list[0].typ {
			c.fail("got %v and %v, want one type", list[0].typ, list[i].typ)
		}
	}
	return one(c.concat(list, c.axis(c.integer("axis", 1), list[0].dims())))
}

func drawSplit(c *call) []*value {
	x := c.need(0)
	axis, sizes := c.axis(c.integer("axis", 0), x.dims()), c.list("split")
	if v := c.arg(1); v != nil {
		sizes = c.needIntegers(v, "the split")
	}
	if sizes == nil {
		sizes = c.evenly(x.shape[axis], axis)
	}
	var parts []*value
	start := 0
	for _, n := range sizes {
		if n < 0 || n > x.shape[axis]-start {
			c.fail("got a split into %v of %d elements along axis %d", sizes, x.shape[axis], axis)
		}
		parts = append(parts, c.along(x, axis, span(start, n), 0))
		start += n
	}
	if start != x.shape[axis] || len(parts) != len(c.node.Outputs) {
		c.fail("got a split into %v of %d elements along axis %d for %d outputs", sizes, x.shape[axis], axis, len(c.node.Outputs))
	}
	return parts
}

// evenly are the sizes of a split that gives none: from opset 18 on the last may be smaller.
func (c *call) evenly(size, axis int) []int {
	n := c.integer("num_outputs", len(c.node.Outputs))
	if n < 1 || n > size || c.opset < 18 && size%n != 0 {
		c.fail("got %d elements along axis %d for %d outputs, want as many for each", size, axis, n)
	}
	each := (size + n - 1) / n
	sizes := slices.Repeat([]int{each}, n)
	if sizes[n-1] = size - (n-1)*each; sizes[n-1] < 0 {
		c.fail("got %d elements along axis %d for %d outputs, want some for each", size, axis, n)
	}
	return sizes
}

func drawExpand(c *call) []*value {
	x, shape := c.need(0), c.needIntegers(c.need(1), "a shape")
	c.check(shape)
	out, ok := broadcastShape(x.shape, shape)
	if !ok {
		c.fail("got shape %v, which cannot be expanded to %v", x.shape, shape)
	}
	c.check(out)
	return one(c.expand(x, out))
}
