package onnx

import (
	"math"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// elementwiseOperators compute a function of each element.
func elementwiseOperators() map[string]operator {
	table := map[string]operator{
		"Neg":             {"", func(c *call) []*value { return one(c.scale(c.need(0), -1)) }},
		"LeakyRelu":       {"alpha", func(c *call) []*value { return one(c.activate(op.LeakyReLU, c.real("alpha", 0.01), c.needFloat(0))) }},
		"Elu":             {"alpha", func(c *call) []*value { return one(c.activate(op.ELU, c.real("alpha", 1), c.needFloat(0))) }},
		"Selu":            {"alpha gamma", drawSelu},
		"Celu":            {"alpha", drawCelu},
		"ThresholdedRelu": {"alpha", func(c *call) []*value { return one(c.apply(op.Threshold, c.real("alpha", 1), 0, c.needFloat(0))) }},
		"HardSigmoid": {"alpha beta", func(c *call) []*value {
			return one(c.apply(op.HardSigmoid, c.real("alpha", float64(float32(0.2))), c.real("beta", 0.5), c.needFloat(0)))
		}},
		"Shrink": {"lambd bias", func(c *call) []*value {
			return one(c.apply(op.Shrink, c.real("lambd", 0.5), c.real("bias", 0), c.need(0)))
		}},
		"IsNaN": {"", func(c *call) []*value { return one(asBool(c.apply(op.IsNaN, 0, 0, c.needFloat(0)))) }},
		"IsInf": {"detect_positive detect_negative", func(c *call) []*value {
			return one(asBool(c.apply(op.IsInf, float64(c.integer("detect_positive", 1)), float64(c.integer("detect_negative", 1)), c.needFloat(0))))
		}},
		"Gelu":     {"approximate", drawGelu},
		"Not":      {"", func(c *call) []*value { return one(c.not(c.needBool(0))) }},
		"Clip":     {"min max", drawClip},
		"PRelu":    {"", drawPRelu},
		"Cast":     {"to", drawCast},
		"CastLike": {"", func(c *call) []*value { return one(c.cast(c.need(0), c.need(1).typ)) }},
		"Dropout":  {"ratio seed is_test", drawDropout},
		"Identity": {"", func(c *call) []*value { return one(c.need(0)) }},
	}
	for name, f := range map[string]op.Function{
		"Exp": op.Exp, "Log": op.Log, "Sqrt": op.Sqrt, "Reciprocal": op.Inverse, "Abs": op.Abs, "Sign": op.Sign, "Floor": op.Floor, "Ceil": op.Ceil,
		"Round": op.Round, "Sin": op.Sin, "Cos": op.Cos, "Tan": op.Tan, "Asin": op.Asin, "Acos": op.Acos, "Atan": op.Atan, "Sinh": op.Sinh,
		"Cosh": op.Cosh, "Asinh": op.Asinh, "Acosh": op.Acosh, "Atanh": op.Atanh, "HardSwish": op.HardSwish, "Mish": op.Mish,
	} {
		table[name] = operator{"", func(c *call) []*value {
			return one(c.apply(f, 0, 0, c.need(0)))
		}}
	}
	for name, a := range map[string]op.Activation{
		"Relu": op.ReLU, "Sigmoid": op.Sigmoid, "Tanh": op.Tanh, "Erf": op.Erf, "Softplus": op.Softplus, "Softsign": op.Softsign,
	} {
		table[name] = operator{"", func(c *call) []*value {
			return one(c.activate(a, 0, c.need(0)))
		}}
	}
	return table
}

// asBool says that the numbers of a value are 0 and 1.
func asBool(v *value) *value {
	b := *v
	b.typ = onnxfile.Bool
	return &b
}

// needBool is input i, which must be of bools.
func (c *call) needBool(i int) *value {
	v := c.need(i)
	if v.typ != onnxfile.Bool {
		c.fail("input %d: got %v, want bools", i, v.typ)
	}
	return v
}

func (d *drawing) not(x *value) *value {
	return d.pair(op.Equal, onnxfile.Bool, x, number(onnxfile.Bool, 0))
}

// Constants of ONNX's Selu, which are those of op.SELU in float32.
const (
	onnxSeluAlpha = 1.67326319217681884765625
	onnxSeluGamma = 1.05070102214813232421875
)

func drawSelu(c *call) []*value {
	x, alpha, gamma := c.needFloat(0), c.real("alpha", onnxSeluAlpha), c.real("gamma", onnxSeluGamma)
	if math.Abs(alpha-onnxSeluAlpha) < 1e-6 && math.Abs(gamma-onnxSeluGamma) < 1e-6 {
		return one(c.activate(op.SELU, 0, x))
	}
	return one(c.scale(c.activate(op.ELU, alpha, x), gamma))
}

func drawCelu(c *call) []*value {
	alpha := c.real("alpha", 1)
	return one(c.scale(c.activate(op.ELU, 1, c.scale(c.needFloat(0), 1/alpha)), alpha))
}

// drawClip reads the bounds from inputs, or in old files from attributes.
func drawClip(c *call) []*value {
	x := c.need(0)
	low, high := c.arg(1), c.arg(2)
	if c.has("min") {
		low = number(x.typ, c.real("min", 0))
	}
	if c.has("max") {
		high = number(x.typ, c.real("max", 0))
	}
	if x.typ.IsFloat() && (low == nil || low.known() && low.size() == 1) && (high == nil || high.known() && high.size() == 1) {
		return one(c.clip(x, low, high))
	}
	if low != nil {
		x = c.pair(op.Maximum, x.typ, x, low)
	}
	if high != nil {
		x = c.pair(op.Minimum, x.typ, x, high)
	}
	return one(x)
}

func (d *drawing) clip(x, low, high *value) *value {
	p, q := math.Inf(-1), math.Inf(1)
	if low != nil {
		p = low.numbers[0]
	}
	if high != nil {
		q = high.numbers[0]
	}
	if p == 0 && math.IsInf(q, 1) {
		return d.activate(op.ReLU, 0, x)
	}
	return d.apply(op.Clip, p, q, x)
}

func drawGelu(c *call) []*value {
	switch form := c.text("approximate", "none"); form {
	case "none":
		return one(c.activate(op.GELU, 0, c.needFloat(0)))
	case "tanh":
		return one(c.activate(op.GELUTanh, 0, c.needFloat(0)))
	default:
		c.fail("attribute \"approximate\": got %q, want none or tanh", form)
		return nil
	}
}

// drawPRelu is x, or slope·x on the negative side: relu(x) - slope·relu(-x).
func drawPRelu(c *call) []*value {
	x, slope := c.needFloat(0), c.needFloat(1)
	if c.opset < 7 && slope.dims() == 1 && x.dims() > 2 && slope.shape[0] > 1 {
		shape := make([]int, x.dims()-1)
		for i := range shape {
			shape[i] = 1
		}
		shape[0] = slope.shape[0]
		slope = c.reshape(slope, shape)
	}
	negative := c.activate(op.ReLU, 0, c.scale(x, -1))
	return one(c.combine(minus, c.activate(op.ReLU, 0, x), c.combine(times, slope, negative)))
}

// castNames are the types as files of opsets before 6 write them.
var castNames = map[string]onnxfile.Type{
	"FLOAT": onnxfile.Float, "DOUBLE": onnxfile.Double, "FLOAT16": onnxfile.Float16, "INT64": onnxfile.Int64, "INT32": onnxfile.Int32,
	"BOOL": onnxfile.Bool, "UINT8": onnxfile.Uint8, "INT8": onnxfile.Int8,
}

func drawCast(c *call) []*value {
	if c.opset < 6 {
		name := c.text("to", "")
		to, known := castNames[name]
		if !known {
			c.fail("attribute \"to\": got %q, which is not supported", name)
		}
		return one(c.cast(c.need(0), to))
	}
	return one(c.cast(c.need(0), onnxfile.Type(c.integer("to", 0))))
}

// drawDropout draws dropout in a graph for training, and nothing in one for evaluation.
func drawDropout(c *call) []*value {
	x, ratio := c.need(0), c.real("ratio", 0.5)
	if v := c.arg(1); v != nil {
		ratio = c.needNumber(v, "the ratio")
	}
	if v := c.arg(2); v != nil && c.needNumber(v, "training_mode") != 0 && !c.Training() && ratio != 0 {
		c.fail("training_mode is true, which is random: got a graph for evaluation, want training_mode false, or a graph for training")
	}
	if !c.Training() || ratio == 0 {
		return []*value{x, filled(onnxfile.Bool, 1, x.shape...)}
	}
	rng, n := c.Rand(), c.lift(x)
	mask := c.Check(op.DropoutMask(n, ratio, c.Path(), rng.Uint64(), rng.Uint64()))
	return one(c.wrap(x.typ, c.Check(op.Mul(n, mask)), x.shape))
}

// needNumber is the one number of a value, which must be known.
func (d *drawing) needNumber(v *value, what string) float64 {
	numbers := d.needNumbers(v, what)
	if len(numbers) != 1 {
		d.Failf("%s: got %d numbers for %s, want one", v.title(), len(numbers), what)
	}
	return numbers[0]
}
