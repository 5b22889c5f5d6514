package onnx

import (
	"math"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// known1 computes a function of each number.
func (d *drawing) known1(typ onnxfile.Type, x *value, f func(float64) float64) *value {
	d.count(x.shape)
	out := make([]float64, len(x.numbers))
	for i, v := range x.numbers {
		out[i] = d.rounded(typ, f(v))
	}
	return constant(typ, out, x.shape...)
}

// rounded is the number that a result becomes in a type.
func (d *drawing) rounded(typ onnxfile.Type, v float64) float64 {
	r, inexact := rounded(typ, v)
	if inexact {
		d.Failf("got %g as a result of %v, want an integer of at most 53 bits", v, typ)
	}
	return r
}

// apply computes a function of each element.
func (d *drawing) apply(f op.Function, p, q float64, x *value) *value {
	if x.known() {
		return d.known1(x.typ, x, func(v float64) float64 { return f.Eval(p, q, v) })
	}
	return d.wrap(x.typ, d.Check(op.Map(f, p, q, d.lift(x))), x.shape)
}

// activate applies an activation.
func (d *drawing) activate(a op.Activation, alpha float64, x *value) *value {
	if x.known() {
		return d.known1(x.typ, x, func(v float64) float64 { return a.Eval(alpha, v) })
	}
	return d.wrap(x.typ, d.Check(op.Activate(a, alpha, d.lift(x))), x.shape)
}

// scale multiplies by a number.
func (d *drawing) scale(x *value, factor float64) *value {
	if x.known() {
		return d.known1(x.typ, x, func(v float64) float64 { return v * factor })
	}
	return d.wrap(x.typ, d.Check(op.Scale(d.lift(x), factor)), x.shape)
}

// An arithmetic combines two numbers, with an op that broadcasts.
type arithmetic struct {
	eval func(a, b float64) float64
	draw func(a, b *gorgonia.Node) (*gorgonia.Node, error)
}

var (
	plus  = arithmetic{func(a, b float64) float64 { return a + b }, op.BroadcastAdd}
	minus = arithmetic{func(a, b float64) float64 { return a - b }, op.BroadcastSub}
	times = arithmetic{func(a, b float64) float64 { return a * b }, op.BroadcastMul}
	over  = arithmetic{func(a, b float64) float64 { return a / b }, op.BroadcastDiv}
)

// combine computes f of two values, broadcast.
func (d *drawing) combine(f arithmetic, a, b *value) *value {
	shape := d.common(a, b)
	if a.known() && b.known() {
		return d.known2(a.typ, a, b, shape, f.eval)
	}
	if a.size() == 1 && a.known() || b.size() == 1 && b.known() {
		if y := d.combineNumber(f, a, b, shape); y != nil {
			return y
		}
	}
	if sizeOf(shape) == 0 {
		d.Failf("got shapes %v and %v, want at least one element", a.shape, b.shape)
	}
	na, nb := d.lift(a), d.lift(b)
	if slices.Equal(na.Shape(), nb.Shape()) {
		if y := d.sameShape(f, na, nb); y != nil {
			return d.wrap(a.typ, y, shape)
		}
	}
	return d.wrap(a.typ, d.Check(f.draw(na, nb)), shape)
}

// sameShape draws sums and products of tensors of one shape by the ops that other passes know best.
func (d *drawing) sameShape(f arithmetic, a, b *gorgonia.Node) *gorgonia.Node {
	switch f.eval(2, 3) {
	case 5:
		return d.Check(op.Add(a, b))
	case 6:
		return d.Check(op.Mul(a, b))
	}
	return nil
}

// combineNumber draws a product with a known number; nil if it is another operation or changes the shape.
func (d *drawing) combineNumber(f arithmetic, a, b *value, shape []int) *value {
	if f.eval(2, 3) != 6 {
		return nil
	}
	x, factor := a, b
	if a.known() {
		x, factor = b, a
	}
	if !slices.Equal(x.shape, shape) || math.IsNaN(factor.numbers[0]) || math.IsInf(factor.numbers[0], 0) {
		return nil
	}
	return d.scale(x, factor.numbers[0])
}

// common is the shape of two values that are combined, which must have one type.
func (d *drawing) common(a, b *value) []int {
	if a.typ != b.typ {
		d.Failf("got %v and %v, want one type", a.typ, b.typ)
	}
	shape, ok := broadcastShape(a.shape, b.shape)
	if !ok {
		d.Failf("got shapes %v and %v, which cannot be broadcast", a.shape, b.shape)
	}
	d.check(shape)
	return shape
}

// known2 computes a function of the numbers of two values, broadcast to a shape.
func (d *drawing) known2(typ onnxfile.Type, a, b *value, shape []int, f func(a, b float64) float64) *value {
	a, b = d.expand(a, shape), d.expand(b, shape)
	out := make([]float64, len(a.numbers))
	for i, v := range a.numbers {
		out[i] = d.rounded(typ, f(v, b.numbers[i]))
	}
	return constant(typ, out, shape...)
}

// pair computes a function of two values, broadcast. The result is of type typ.
func (d *drawing) pair(f op.PairFunction, typ onnxfile.Type, a, b *value) *value {
	shape := d.common(a, b)
	if a.known() && b.known() {
		return d.known2(typ, a, b, shape, f.Eval)
	}
	a, b = d.expand(a, shape), d.expand(b, shape)
	return d.wrap(typ, d.Check(op.MapPair(f, d.lift(a), d.lift(b))), shape)
}

// where chooses a where the condition is not 0, and b elsewhere.
func (d *drawing) where(condition, a, b *value) *value {
	shape := d.common(a, b)
	shape, ok := broadcastShape(shape, condition.shape)
	if !ok {
		d.Failf("got a condition of shape %v for values of shapes %v and %v, which cannot be broadcast", condition.shape, a.shape, b.shape)
	}
	condition, a, b = d.expand(condition, shape), d.expand(a, shape), d.expand(b, shape)
	if condition.known() && a.known() && b.known() {
		out := make([]float64, len(a.numbers))
		for i, is := range condition.numbers {
			if out[i] = b.numbers[i]; is != 0 {
				out[i] = a.numbers[i]
			}
		}
		return constant(a.typ, out, shape...)
	}
	return d.wrap(a.typ, d.Check(op.Where(d.lift(condition), d.lift(a), d.lift(b))), shape)
}

// A reduction combines numbers along axes.
type reduction struct {
	start, last float64 // of the sum, and the factor for the number of elements: 0 none, 1 divides by it
	eval        func(sum, v float64) float64
	draw        func(x *gorgonia.Node, along []int, keep bool) (*gorgonia.Node, error)
}

var (
	sumOf  = reduction{0, 0, func(s, v float64) float64 { return s + v }, op.ReduceSum}
	meanOf = reduction{0, 1, func(s, v float64) float64 { return s + v }, op.ReduceMean}
	maxOf  = reduction{math.Inf(-1), 0, func(s, v float64) float64 { return max(s, v) }, op.ReduceMax}
)

// reduce combines numbers along axes, and keeps these with size 1 if asked to.
func (d *drawing) reduce(f reduction, x *value, axes []int, keep bool) *value {
	if len(axes) == 0 {
		return x
	}
	wide, short := slices.Clone(x.shape), []int{}
	for i, n := range x.shape {
		if slices.Contains(axes, i) {
			wide[i] = 1
		} else {
			short = append(short, n)
		}
	}
	var y *value
	if x.known() {
		y = d.reduceKnown(f, x, wide)
	} else {
		y = d.wrap(x.typ, d.Check(f.draw(d.lift(x), axes, true)), wide)
	}
	if keep {
		return y
	}
	return d.reshape(y, short)
}

func (d *drawing) reduceKnown(f reduction, x *value, shape []int) *value {
	d.count(x.shape)
	steps := strides(shape)
	for i, n := range shape {
		if n == 1 {
			steps[i] = 0
		}
	}
	out := slices.Repeat([]float64{f.start}, sizeOf(shape))
	for i, at := range indices(x.shape, func(c []int) int { return dot(c, steps) }) {
		out[at] = f.eval(out[at], x.numbers[i])
	}
	for i, s := range out {
		if f.last == 1 {
			s /= float64(len(x.numbers) / len(out))
		}
		out[i] = d.rounded(x.typ, s)
	}
	return constant(x.typ, out, shape...)
}

// cast changes the type.
func (d *drawing) cast(x *value, to onnxfile.Type) *value {
	switch {
	case x.typ == to:
		return x
	case x.known():
		return d.castKnown(x, to)
	case x.node.Dtype() == tensor.Int && to.IsFloat():
		return d.wrap(to, d.Check(op.ToFloat(x.node, d.Dtype())), x.shape)
	case x.node.Dtype() == tensor.Int && (to == onnxfile.Int64 || to == onnxfile.Int32): // such integers only choose rows or lengths, which are checked
		return d.wrap(to, x.node, x.shape)
	case x.typ.IsFloat() && (to == onnxfile.Float || to == onnxfile.Double), x.typ == onnxfile.Bool && to.IsFloat():
		return d.wrap(to, x.node, x.shape)
	case x.typ.IsFloat() && to == onnxfile.Bool:
		zero := d.expand(number(x.typ, 0), x.shape)
		return d.wrap(to, d.Check(op.MapPair(op.NotEqual, d.lift(x), d.lift(zero))), x.shape)
	}
	d.Failf("%s: got %v that depend on data to cast to %v, which is not supported", x.title(), x.typ, to)
	return nil
}

func (d *drawing) castKnown(x *value, to onnxfile.Type) *value {
	if to != onnxfile.Bool && !to.IsFloat() && !to.IsInteger() {
		d.Failf("%s: got type %v to cast to, which is not supported", x.title(), to)
	}
	return d.known1(to, x, func(v float64) float64 { return v })
}
