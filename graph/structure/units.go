package structure

import (
	"slices"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// Units tell which elements of a weight belong to which unit of its layer: the weights whose products are summed in one output, or in one
// output channel. The elements, in row-major order, are Blocks parts of one size; element i of a part belongs to unit i/Run modulo Count of
// that part. So a weight (in, out) has {1, out, 1}, a weight (out, in) has {1, out, in}, and one of several maps has a block for each. The
// zero value is not known.
type Units struct {
	Blocks int // parts that have units of their own
	Count  int // units of each part
	Run    int // neighbours that belong to one unit
}

// unitsOf are the units of the weight of a map.
func (f *flow) unitsOf(p product) Units {
	shape, spec := f.shapes[p.weight], f.specs[p.node]
	last := len(shape) - 1
	if last < 1 {
		return Units{}
	}
	left := p.weight == f.reads[p.node][0]
	switch spec.Kind {
	case op.KindLinear, op.KindMatMul:
		axis := last
		if left != p.transposed {
			axis--
		}
		return unitsAlong(shape, axis, sizeOf(shape[:last-1]))
	case op.KindMatVec:
		if p.transposed {
			return unitsAlong(shape, 1, 1)
		}
		return unitsAlong(shape, 0, 1)
	case op.KindConv, op.KindRecurrent: // (out, in/groups, window ...) and (out, in)
		return unitsAlong(shape, 0, 1)
	case op.KindConvTransposed: // (in, out/groups, window ...)
		return unitsAlong(shape, 1, max(1, spec.Groups))
	case op.KindEmbedding:
		return unitsAlong(shape, last, 1)
	}
	return Units{}
}

// unitsAlong are units along an axis.
func unitsAlong(shape tensor.Shape, axis, blocks int) Units {
	return Units{Blocks: blocks, Count: shape[axis], Run: sizeOf(shape[axis+1:])}
}

// noteUnits notes the units of the parameters that an operand is computed from. A parameter keeps those of its first map.
func (f *finder) noteUnits(operand int, units Units) {
	if units == (Units{}) {
		return
	}
	unknown := func(k int) bool { return f.uses[k].units == Units{} && len(f.shapes[k]) > 1 }
	if !slices.ContainsFunc(f.parametersOf(operand), unknown) {
		return
	}
	type part struct {
		node  int
		units Units
	}
	seen := map[int]bool{operand: true}
	for list := []part{{operand, units}}; len(list) > 0; list = list[1:] {
		n, units := list[0].node, list[0].units
		if f.specs[n].Kind == op.KindInput {
			if f.origins[n] == parameter && unknown(n) {
				f.uses[n].units = units
			}
			continue
		}
		for _, k := range f.reads[n] {
			if below := unitsBelow(f.specs[n], units, f.shapes[n], f.shapes[k]); below != (Units{}) && !seen[k] {
				seen[k] = true
				list = append(list, part{k, below})
			}
		}
	}
}

// unitsBelow are the units in an operand, of shape from, of an operation whose result has the units; zero if they are not told apart there.
func unitsBelow(spec op.Spec, units Units, shape, from tensor.Shape) Units {
	switch {
	case spec.Kind.IsProduct():
		return Units{}
	case spec.Kind == op.KindTranspose:
		return units.transposed(spec.Axes, shape, from)
	case spec.Kind == op.KindSlice, spec.Kind == op.KindConcat:
		return units.cut(shape, from)
	case sizeOf(shape) == sizeOf(from): // a reshape, or an operation on each element
		return units
	}
	return Units{}
}

// axes are the axis of a shape that the units lie along, and the number of axes at the start that number the blocks; false if there are none.
func (u Units) axes(shape tensor.Shape) (axis, lead int, ok bool) {
	for axis = range shape {
		if shape[axis] == u.Count && sizeOf(shape[axis+1:]) == u.Run {
			ok = true
			break
		}
	}
	for lead = 0; lead < axis && sizeOf(shape[:lead]) != u.Blocks; {
		lead++
	}
	return axis, lead, ok && sizeOf(shape[:lead]) == u.Blocks
}

// transposed are the units before the axes were put into an order.
func (u Units) transposed(order []int, shape, from tensor.Shape) Units {
	axis, lead, ok := u.axes(shape)
	if !ok || len(order) != len(shape) {
		return Units{}
	}
	for i, axis := range order[:lead] {
		if i != axis {
			return Units{}
		}
	}
	return unitsAlong(from, order[axis], u.Blocks)
}

// cut are the units of a tensor of which a part was cut out, perhaps at one place of an axis, or that was concatenated with others.
func (u Units) cut(shape, from tensor.Shape) Units {
	axis, lead, ok := u.axes(shape)
	for lead < axis && shape[lead] == 1 && (lead+1 < axis || axis+1 < len(shape)) {
		lead++ // one of several weights was cut out
	}
	switch {
	case !ok:
		return Units{}
	case len(from) == len(shape):
		return unitsAlong(from, axis, sizeOf(from[:lead]))
	case len(from) != len(shape)+1:
		return Units{}
	}
	for at := range from {
		if !slices.Equal(slices.Delete(slices.Clone(from), at, at+1), shape) {
			continue
		}
		if at <= axis {
			axis++
		}
		if at <= lead {
			lead++ // the axis held several weights
		}
		return unitsAlong(from, axis, sizeOf(from[:min(lead, axis)]))
	}
	return Units{}
}
