package op

import (
	"fmt"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
)

// A Function is an elementwise function f(x) with two parameters p and q, which most do not read.
type Function int

// The functions. See functionTable for each formula.
const (
	Exp Function = iota
	Log
	Sqrt
	Inverse
	Abs
	Sign
	Floor
	Ceil
	Round // to the even number if two are as near
	Sin
	Cos
	Tan
	Asin
	Acos
	Atan
	Sinh
	Cosh
	Asinh
	Acosh
	Atanh
	Power       // x^p
	Clip        // x, but at least p and at most q
	Threshold   // x where x > p, and 0 elsewhere
	Shrink      // x - q where x > p, x + q where x < -p, and 0 elsewhere
	HardSigmoid // p·x + q, but at least 0 and at most 1
	HardSwish   // x·max(0, min(1, x/6 + 1/2)), of MobileNetV3
	Mish        // x·tanh(softplus(x))
	IsNaN       // 1 or 0
	IsInf       // 1 or 0: of +Inf if p is not 0, of -Inf if q is not 0
	numFunctions
)

// functionTable holds the functions with their derivatives; nil: it is 0 wherever there is one, and counts as 0 elsewhere.
var functionTable = [numFunctions]struct {
	name  string
	kind  Kind // KindElementwise if zero
	eval  func(p, q, x float64) float64
	slope func(p, q, x float64) float64
}{
	Exp:     {name: "exp", kind: KindExp, eval: withoutParameters(math.Exp), slope: withoutParameters(math.Exp)},
	Log:     {name: "log", kind: KindLog, eval: withoutParameters(math.Log), slope: withoutParameters(func(x float64) float64 { return 1 / x })},
	Sqrt:    {name: "sqrt", kind: KindSqrt, eval: withoutParameters(math.Sqrt), slope: withoutParameters(func(x float64) float64 { return 0.5 / math.Sqrt(x) })},
	Inverse: {name: "inverse", kind: KindInverse, eval: withoutParameters(func(x float64) float64 { return 1 / x }), slope: withoutParameters(func(x float64) float64 { return -1 / (x * x) })},
	Abs:     {name: "abs", eval: withoutParameters(math.Abs), slope: withoutParameters(sign)},
	Sign:    {name: "sign", eval: withoutParameters(sign)},
	Floor:   {name: "floor", eval: withoutParameters(math.Floor)},
	Ceil:    {name: "ceil", eval: withoutParameters(math.Ceil)},
	Round:   {name: "round", eval: withoutParameters(math.RoundToEven)},
	Sin:     {name: "sin", eval: withoutParameters(math.Sin), slope: withoutParameters(math.Cos)},
	Cos:     {name: "cos", eval: withoutParameters(math.Cos), slope: withoutParameters(func(x float64) float64 { return -math.Sin(x) })},
	Tan:     {name: "tan", eval: withoutParameters(math.Tan), slope: withoutParameters(func(x float64) float64 { return 1 / (math.Cos(x) * math.Cos(x)) })},
	Asin:    {name: "asin", eval: withoutParameters(math.Asin), slope: withoutParameters(func(x float64) float64 { return 1 / math.Sqrt(1-x*x) })},
	Acos:    {name: "acos", eval: withoutParameters(math.Acos), slope: withoutParameters(func(x float64) float64 { return -1 / math.Sqrt(1-x*x) })},
	Atan:    {name: "atan", eval: withoutParameters(math.Atan), slope: withoutParameters(func(x float64) float64 { return 1 / (1 + x*x) })},
	Sinh:    {name: "sinh", eval: withoutParameters(math.Sinh), slope: withoutParameters(math.Cosh)},
	Cosh:    {name: "cosh", eval: withoutParameters(math.Cosh), slope: withoutParameters(math.Sinh)},
	Asinh:   {name: "asinh", eval: withoutParameters(math.Asinh), slope: withoutParameters(func(x float64) float64 { return 1 / math.Sqrt(1+x*x) })},
	Acosh:   {name: "acosh", eval: withoutParameters(math.Acosh), slope: withoutParameters(func(x float64) float64 { return 1 / math.Sqrt(x*x-1) })},
	Atanh:   {name: "atanh", eval: withoutParameters(math.Atanh), slope: withoutParameters(func(x float64) float64 { return 1 / (1 - x*x) })},
	Power: {name: "power", eval: func(p, _, x float64) float64 { return math.Pow(x, p) },
		slope: func(p, _, x float64) float64 { return powerSlope(x, p) }},
	Clip: {name: "clip", eval: func(p, q, x float64) float64 { return min(max(x, p), q) },
		slope: func(p, q, x float64) float64 { return oneIf(x >= p && x <= q) }},
	Threshold: {name: "threshold", eval: func(p, _, x float64) float64 { return x * oneIf(x > p) },
		slope: func(p, _, x float64) float64 { return oneIf(x > p) }},
	Shrink: {name: "shrink", eval: shrink, slope: func(p, _, x float64) float64 { return oneIf(math.Abs(x) > p) }},
	HardSigmoid: {name: "hard_sigmoid", eval: func(p, q, x float64) float64 { return min(max(p*x+q, 0), 1) },
		slope: func(p, q, x float64) float64 { return p * oneIf(p*x+q > 0 && p*x+q < 1) }},
	HardSwish: {name: "hard_swish", eval: withoutParameters(func(x float64) float64 { return x * min(max(x/6+0.5, 0), 1) }), slope: withoutParameters(hardSwishSlope)},
	Mish:      {name: "mish", eval: withoutParameters(func(x float64) float64 { return x * math.Tanh(softplus(x)) }), slope: withoutParameters(mishSlope)},
	IsNaN:     {name: "is_nan", eval: withoutParameters(func(x float64) float64 { return oneIf(x != x) })},
	IsInf: {name: "is_inf", eval: func(p, q, x float64) float64 {
		return oneIf(p != 0 && math.IsInf(x, 1) || q != 0 && math.IsInf(x, -1))
	}},
}

// withoutParameters is a function without parameters.
func withoutParameters(f func(x float64) float64) func(p, q, x float64) float64 {
	return func(_, _, x float64) float64 { return f(x) }
}

func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// powerSlope is d(x^p)/dx, which is 0 for p = 0 even at x = 0.
func powerSlope(x, p float64) float64 {
	if p == 0 {
		return 0
	}
	return p * math.Pow(x, p-1)
}

func shrink(p, q, x float64) float64 {
	switch {
	case x > p:
		return x - q
	case x < -p:
		return x + q
	}
	return 0
}

func hardSwishSlope(x float64) float64 {
	switch {
	case x <= -3:
		return 0
	case x >= 3:
		return 1
	}
	return x/3 + 0.5
}

func mishSlope(x float64) float64 {
	t := math.Tanh(softplus(x))
	return t + x*(1-t*t)*sigmoid(x)
}

func (f Function) known() bool { return f >= 0 && f < numFunctions }

// String is the function's name, as "hard_sigmoid".
func (f Function) String() string {
	if !f.known() {
		return fmt.Sprintf("function(%d)", int(f))
	}
	return functionTable[f].name
}

// Eval gives f(x), and NaN for an unknown function.
func (f Function) Eval(p, q, x float64) float64 {
	if !f.known() {
		return math.NaN()
	}
	return functionTable[f].eval(p, q, x)
}

// Map applies a function to every element of x.
//
// Its gradient: dx = dy ⊙ f'(x), which is 0 for functions that are constant between jumps.
func Map(f Function, p, q float64, x *gorgonia.Node) (*gorgonia.Node, error) {
	if !f.known() {
		return nil, errors.Errorf("unknown function: got %d, want one of Exp to IsInf", int(f))
	}
	row, attributes, dims := functionTable[f], fmt.Sprintf("(%v, %v)", p, q), dimsOf(x)
	kind := row.kind
	if kind == KindUnknown {
		kind = KindElementwise
	}
	o := &Op{
		name:    "map_" + row.name + attributes,
		spec:    Spec{Kind: kind, Name: row.name, Alpha: p, Beta: q},
		types:   repeat(dims, 1),
		shape:   sameShapes,
		kernel:  kernelsOf(elementwise1[float32], elementwise1[float64])(func(x float64) float64 { return row.eval(p, q, x) }),
		inPlace: []int{0},
		grad: func(in gorgonia.Nodes, _, dy *gorgonia.Node) (gorgonia.Nodes, error) {
			slope := func(x float64) float64 { return 0 }
			if row.slope != nil {
				slope = func(x float64) float64 { return row.slope(p, q, x) }
			}
			o := &Op{
				name:    "map_" + row.name + "_backward" + attributes,
				spec:    Spec{Kind: KindGradient},
				types:   repeat(dims, 2),
				shape:   sameShapes,
				kernel:  kernelsOf(timesSlope[float32], timesSlope[float64])(slope),
				inPlace: []int{1, 0},
			}
			dx, err := o.apply(in[0], dy)
			return gorgonia.Nodes{dx}, err
		},
	}
	return o.apply(x)
}

// timesSlope gives 0 where the slope is 0, whatever dy.
func timesSlope[T Float](slope func(x float64) float64) func(*call[T]) error {
	return func(c *call[T]) error {
		dy := c.in[1]
		for i, x := range c.in[0] {
			c.out[i] = T(product(float64(dy[i]), slope(float64(x))))
		}
		return nil
	}
}

// product is dy times a slope, and 0 if the slope is 0.
func product(dy, slope float64) float64 {
	if slope == 0 {
		return 0
	}
	return dy * slope
}
