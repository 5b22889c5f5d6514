package onnx

import (
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// take rearranges elements: element i of the result is element index[i] of x, or fill where that is -1.
func (d *drawing) take(x *value, index []int32, shape []int, fill float64) *value {
	if x.known() {
		out := make([]float64, len(index))
		for i, at := range index {
			out[i] = fill
			if at >= 0 {
				out[i] = x.numbers[at]
			}
		}
		return constant(x.typ, out, shape...)
	}
	if len(index) == x.size() && inOrder(index) {
		return d.reshape(x, shape)
	}
	return d.wrap(x.typ, d.Check(op.Take(d.lift(x), index, nodeShape(shape), fill)), shape)
}

func inOrder(index []int32) bool {
	for i, at := range index {
		if int(at) != i {
			return false
		}
	}
	return true
}

// rearrange is take of what at gives for the coordinates of each element of the result.
func (d *drawing) rearrange(x *value, shape []int, fill float64, at func(coordinates []int) int) *value {
	if d.count(shape) == 0 && !x.known() {
		d.Failf("%s: got a result of shape %v, want at least one element", x.title(), shape)
	}
	return d.take(x, indices(shape, at), shape, fill)
}

// reshape gives x another shape with as many elements.
func (d *drawing) reshape(x *value, shape []int) *value {
	if d.check(shape) != x.size() {
		d.Failf("%s: got shape %v, want as many elements as in %v", x.title(), shape, x.shape)
	}
	if x.known() {
		return constant(x.typ, x.numbers, slices.Clone(shape)...)
	}
	to := nodeShape(shape)
	if slices.Equal(x.node.Shape(), to) {
		return d.wrap(x.typ, x.node, shape)
	}
	return d.wrap(x.typ, d.Check(gorgonia.Reshape(x.node, to)), shape)
}

// transpose puts the axes into another order.
func (d *drawing) transpose(x *value, order []int) *value {
	shape := make([]int, len(order))
	for i, axis := range order {
		shape[i] = x.shape[axis]
	}
	if slices.IsSorted(order) {
		return x
	}
	if !x.known() && x.node.Dtype() != tensor.Int && x.dims() <= 8 {
		return d.wrap(x.typ, d.Check(gorgonia.Transpose(x.node, order...)), shape)
	}
	from := strides(x.shape)
	steps := make([]int, len(order))
	for i, axis := range order {
		steps[i] = from[axis]
	}
	return d.rearrange(x, shape, 0, func(c []int) int { return dot(c, steps) })
}

// expand repeats x along axes of size 1, as combining it with a tensor of the shape would.
func (d *drawing) expand(x *value, shape []int) *value {
	if slices.Equal(x.shape, shape) {
		return x
	}
	if out, ok := broadcastShape(x.shape, shape); !ok || !slices.Equal(out, shape) {
		d.Failf("%s: got shape %v, which cannot be expanded to %v", x.title(), x.shape, shape)
	}
	from, lead := strides(x.shape), len(shape)-x.dims()
	steps := make([]int, len(shape))
	for i, n := range x.shape {
		if n > 1 {
			steps[lead+i] = from[i]
		}
	}
	return d.rearrange(x, shape, 0, func(c []int) int { return dot(c, steps) })
}

// concat joins values along an axis.
func (d *drawing) concat(list []*value, axis int) *value {
	shape := slices.Clone(list[0].shape)
	shape[axis] = 0
	known := true
	for _, v := range list {
		same := slices.Clone(v.shape)
		if v.dims() == len(shape) {
			same[axis] = shape[axis]
		}
		if !slices.Equal(same, shape) {
			d.Failf("%s: got shape %v to concatenate along axis %d, want %v elsewhere", v.title(), v.shape, axis, list[0].shape)
		}
		shape[axis] += v.shape[axis]
		known = known && v.known()
	}
	d.count(shape)
	if len(list) == 1 {
		return list[0]
	}
	if known {
		return joined(list, axis, shape)
	}
	var nodes gorgonia.Nodes
	for _, v := range list {
		if v.size() > 0 {
			nodes = append(nodes, d.lift(v))
		}
	}
	if len(nodes) == 1 {
		return d.wrap(list[0].typ, nodes[0], shape)
	}
	return d.wrap(list[0].typ, d.Check(gorgonia.Concat(axis, nodes...)), shape)
}

// joined is the concatenation of known values.
func joined(list []*value, axis int, shape []int) *value {
	out := make([]float64, 0, sizeOf(shape))
	for i := range sizeOf(shape[:axis]) {
		for _, v := range list {
			run := sizeOf(v.shape[axis:])
			out = append(out, v.numbers[i*run:(i+1)*run]...)
		}
	}
	return constant(list[0].typ, out, shape...)
}

// along cuts x to the elements of some places along an axis, which may repeat; -1 stands for an element of fill.
func (d *drawing) along(x *value, axis int, places []int, fill float64) *value {
	shape := slices.Clone(x.shape)
	shape[axis] = len(places)
	from := strides(x.shape)
	return d.rearrange(x, shape, fill, func(c []int) int {
		place := places[c[axis]]
		if place < 0 {
			return -1
		}
		return dot(c, from) + (place-c[axis])*from[axis]
	})
}

// span is the list of n integers from first on.
func span(first, n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = first + i
	}
	return list
}
