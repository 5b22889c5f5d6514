package onnx

import (
	"math"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// pairOperators combine tensors element by element.
func pairOperators() map[string]operator {
	table := map[string]operator{
		"Pow":      {"broadcast axis", drawPow},
		"Mod":      {"fmod", drawMod},
		"Where":    {"", func(c *call) []*value { return one(c.where(c.needBool(0), c.need(1), c.need(2))) }},
		"BitShift": {"direction", drawBitShift},
		"Sum":      {"", drawEach(func(c *call, a, b *value) *value { return c.combine(plus, a, b) })},
		"Max":      {"", drawEach(func(c *call, a, b *value) *value { return c.pair(op.Maximum, a.typ, a, b) })},
		"Min":      {"", drawEach(func(c *call, a, b *value) *value { return c.pair(op.Minimum, a.typ, a, b) })},
		"Mean":     {"", drawMean},
	}
	for name, f := range map[string]arithmetic{"Add": plus, "Sub": minus, "Mul": times, "Div": over} {
		table[name] = operator{"broadcast axis", func(c *call) []*value {
			a, b := c.operands()
			if name == "Mul" {
				if y := c.gelu(a, b); y != nil {
					return one(y)
				}
			}
			return one(c.combine(f, a, b))
		}}
	}
	for name, f := range map[string]op.PairFunction{
		"Less": op.Less, "LessOrEqual": op.LessEqual, "Greater": op.Greater, "GreaterOrEqual": op.GreaterEqual, "Equal": op.Equal,
	} {
		table[name] = operator{"broadcast axis", func(c *call) []*value {
			a, b := c.operands()
			return one(c.pair(f, onnxfile.Bool, a, b))
		}}
	}
	for name, f := range map[string]op.PairFunction{"And": op.Minimum, "Or": op.Maximum, "Xor": op.NotEqual} {
		table[name] = operator{"broadcast axis", func(c *call) []*value {
			c.needBool(0)
			c.needBool(1)
			a, b := c.operands()
			return one(c.pair(f, onnxfile.Bool, a, b))
		}}
	}
	return table
}

// operands are the two inputs. Opsets before 7 broadcast the second only, from an axis on.
func (c *call) operands() (a, b *value) {
	a, b = c.need(0), c.need(1)
	if c.opset >= 7 && (c.has("broadcast") || c.has("axis")) {
		c.fail("attributes \"broadcast\" and \"axis\" are of opsets before 7: got opset %d", c.opset)
	}
	if axis := c.integer("axis", -1); c.opset < 7 && c.has("axis") && axis >= 0 {
		shape := append([]int{}, b.shape...)
		for len(shape) < a.dims()-axis {
			shape = append(shape, 1)
		}
		b = c.reshape(b, shape)
	}
	return a, b
}

// drawEach combines all inputs, from the first to the last.
func drawEach(f func(c *call, a, b *value) *value) func(c *call) []*value {
	return func(c *call) []*value {
		y := c.need(0)
		for i := range c.in[1:] {
			y = f(c, y, c.need(i+1))
		}
		return one(y)
	}
}

func drawMean(c *call) []*value {
	sum := drawEach(func(c *call, a, b *value) *value { return c.combine(plus, a, b) })(c)[0]
	return one(c.combine(over, sum, number(sum.typ, float64(len(c.in)))))
}

// drawPow gives a result of the type of the base.
func drawPow(c *call) []*value {
	x, exponent := c.operands()
	if exponent.known() && exponent.size() == 1 && !x.known() && len(exponent.shape) <= x.dims() {
		switch p := exponent.numbers[0]; p {
		case 1:
			return one(x)
		case 2:
			return one(c.combine(times, x, x))
		case 0.5:
			return one(c.apply(op.Sqrt, 0, 0, x))
		default:
			return one(c.apply(op.Power, p, 0, x))
		}
	}
	typ := x.typ
	switch {
	case x.known() && exponent.known():
		shape, ok := broadcastShape(x.shape, exponent.shape)
		if !ok {
			c.fail("got shapes %v and %v, which cannot be broadcast", x.shape, exponent.shape)
		}
		return one(c.known2(typ, x, exponent, shape, math.Pow))
	case exponent.known():
		exponent = c.cast(exponent, typ)
	}
	return one(c.pair(op.PowerOf, typ, x, exponent))
}

func drawMod(c *call) []*value {
	a, b := c.operands()
	if c.integer("fmod", 0) == 1 {
		return one(c.pair(op.Modulo, a.typ, a, b))
	}
	if a.typ.IsFloat() {
		c.fail("attribute \"fmod\": got 0 for floats, want 1")
	}
	return one(c.pair(op.Remainder, a.typ, a, b))
}

// drawBitShift shifts integers that are known.
func drawBitShift(c *call) []*value {
	a, b := c.operands()
	c.needNumbers(a, "the integers")
	c.needNumbers(b, "the shifts")
	shape := c.common(a, b)
	bits := func(v, by float64) float64 { return float64(uint64(v) << uint64(by)) }
	switch direction := c.text("direction", ""); direction {
	case "LEFT":
	case "RIGHT":
		bits = func(v, by float64) float64 { return float64(uint64(v) >> uint64(by)) }
	default:
		c.fail("attribute \"direction\": got %q, want LEFT or RIGHT", direction)
	}
	return one(c.known2(a.typ, a, b, shape, bits))
}
