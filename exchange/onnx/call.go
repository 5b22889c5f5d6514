package onnx

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// An operator draws one kind of node.
type operator struct {
	attributes string // those that draw reads, or that change nothing
	draw       func(c *call) []*value
}

// A call is a node that is drawn.
type call struct {
	*drawing
	node  *onnxfile.Node
	opset int
	in    []*value // nil for inputs that are left out
	read  []bool   // which of them the operator has asked for
}

// draw gives the outputs of the node.
func (c *call) draw() []*value {
	o, known := operators[c.node.Op]
	if c.node.Domain != "" || !known {
		name := c.node.Op
		if c.node.Domain != "" {
			name = c.node.Domain + "." + name
		}
		c.Failf("operation %s is not supported", name)
	}
	allowed := strings.Fields(o.attributes)
	for name := range c.node.Attributes {
		if !slices.Contains(allowed, name) {
			c.fail("attribute %q is not supported", name)
		}
	}
	for _, name := range c.node.Inputs {
		c.in = append(c.in, c.input(name))
	}
	c.read = make([]bool, len(c.in))
	outputs := o.draw(c)
	for i, v := range c.in {
		if v != nil && !c.read[i] {
			c.fail("input %d is not supported", i)
		}
	}
	return outputs
}

// input is the value of a name; nil if it is left out.
func (c *call) input(name string) *value {
	if name == "" {
		return nil
	}
	v := c.values[name]
	if v == nil {
		c.fail("input %q is missing", name)
	}
	if v.broken != nil {
		c.fail("input %q: %v", name, v.broken)
	}
	return v
}

// fail ends the drawing with an error that names the operation.
func (c *call) fail(format string, args ...any) {
	c.Failf("%s: %s", c.node.Op, fmt.Sprintf(format, args...))
}

// one is the list of one output.
func one(v *value) []*value { return []*value{v} }

// arg is input i; nil if it is left out.
func (c *call) arg(i int) *value {
	if i >= len(c.in) {
		return nil
	}
	c.read[i] = true
	return c.in[i]
}

// need is input i, which must be there.
func (c *call) need(i int) *value {
	v := c.arg(i)
	if v == nil {
		c.fail("got no input %d, want one", i)
	}
	return v
}

// needFloat is input i, which must be of floats.
func (c *call) needFloat(i int) *value {
	v := c.need(i)
	if !v.typ.IsFloat() {
		c.fail("input %d: got %v, want floats", i, v.typ)
	}
	return v
}

// attribute is an attribute of a type; nil if it is missing. Old files do not tell the types.
func (c *call) attribute(name string, typ onnxfile.AttributeType) *onnxfile.Attribute {
	a := c.node.Attributes[name]
	if a != nil && a.Type != 0 && a.Type != typ {
		c.fail("attribute %q: got type %d, want %d", name, a.Type, typ)
	}
	return a
}

func (c *call) has(name string) bool { return c.node.Attributes[name] != nil }

func (c *call) integer(name string, missing int) int {
	if a := c.attribute(name, onnxfile.AttributeInt); a != nil {
		return int(a.Int)
	}
	return missing
}

func (c *call) real(name string, missing float64) float64 {
	if a := c.attribute(name, onnxfile.AttributeFloat); a != nil {
		return float64(a.Float)
	}
	return missing
}

func (c *call) text(name, missing string) string {
	if a := c.attribute(name, onnxfile.AttributeString); a != nil {
		return a.String
	}
	return missing
}

func (c *call) list(name string) []int {
	if a := c.attribute(name, onnxfile.AttributeInts); a != nil {
		return c.node.Integers(name)
	}
	return nil
}

// axis counts a negative axis from the end.
func (c *call) axis(axis, dims int) int {
	if axis < -dims || axis >= dims {
		c.fail("got axis %d, want %d to %d", axis, -dims, dims-1)
	}
	if axis < 0 {
		axis += dims
	}
	return axis
}

// axes counts negative axes from the end. Each must be there once.
func (c *call) axes(list []int, dims int) []int {
	out := make([]int, 0, len(list))
	for _, axis := range list {
		axis = c.axis(axis, dims)
		if slices.Contains(out, axis) {
			c.fail("got axis %d twice, want each once", axis)
		}
		out = append(out, axis)
	}
	return out
}

// axesOf reads the axes of an operation, which newer opsets have as an input and older ones as an attribute; nil if there are none.
func (c *call) axesOf(input, dims int) []int {
	if v := c.arg(input); v != nil {
		return c.axes(c.needIntegers(v, "axes"), dims)
	}
	return c.axes(c.list("axes"), dims)
}

// isIntegerNode reports whether a value is a tensor of integers that depends on data.
func (v *value) isIntegerNode() bool { return v.node != nil && v.node.Dtype() == tensor.Int }
