package op_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// A mapped is a function with parameters that put its kinks between the numbers of uniform.
type mapped struct {
	f     op.Function
	p, q  float64
	shift float64 // of the numbers that it is tested with
}

var mappedFunctions = func() (list []mapped) {
	for f := op.Exp; f.String()[:3] != "fun"; f++ {
		list = append(list, mapped{f: f, p: 0.55, q: 0.6})
	}
	for i := range list {
		switch list[i].f {
		case op.Acosh:
			list[i].shift = 1
		case op.HardSwish:
			list[i].shift = -3.4
		case op.Mish, op.Power:
			list[i].p = -1.5
		}
	}
	return append(list, mapped{f: op.Clip, p: 0.55, q: 0.7}, mapped{f: op.Power, p: 2}, mapped{f: op.HardSigmoid, p: -2, q: 1.3})
}()

var pairFunctions = []op.PairFunction{
	op.Maximum, op.Minimum, op.PowerOf, op.Remainder, op.Modulo, op.Less, op.LessEqual, op.Greater, op.GreaterEqual, op.Equal, op.NotEqual,
}

// Indices that repeat, leave out and fill, each near another.
var takings = []struct {
	index []int32
	shape tensor.Shape
	fill  float64
}{
	{[]int32{0, 3, 3, -1, 2, 1}, tensor.Shape{2, 3}, 0}, {[]int32{0, 3, 3, -1, 2, 1}, tensor.Shape{3, 2}, 0},
	{[]int32{0, 3, 3, -1, 2, 1}, tensor.Shape{2, 3}, 1}, {[]int32{0, 3, 3, -1, 2, 0}, tensor.Shape{2, 3}, 0}, {[]int32{2}, tensor.Shape{1}, 0},
}

func mapOpCases() (cases []opCase) {
	for _, m := range mappedFunctions {
		if m.f == op.Acosh { // of numbers below 1 it is NaN
			continue
		}
		c := unaryCase("Map", fmt.Sprint(m.f, m.p, m.q), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Map(m.f, m.p, m.q, x) })
		cases = append(cases, c)
	}
	for _, f := range pairFunctions {
		c := binaryCase("MapPair", f.String(), "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MapPair(f, a, b) })
		cases = append(cases, c)
	}
	for _, c := range takings {
		cases = append(cases, unaryCase("Take", fmt.Sprint(c), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Take(x, c.index, c.shape, c.fill) }))
	}
	return append(cases, opCase{op: "Where", in: "yxy", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
		return op.Where(in[0], in[1], in[2])
	}})
}

func mapGradientCases() (cases []gradientCase) {
	for _, m := range mappedFunctions {
		x := uniform(1, 3, 4)
		for i, v := range x.Float64s() {
			x.Float64s()[i] = v + m.shift
		}
		cases = append(cases, gradientCase{op: "Map", name: fmt.Sprint(m), in: []*tensor.Dense{x},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Map(m.f, m.p, m.q, in[0]) }})
	}
	for _, f := range pairFunctions {
		cases = append(cases, gradientCase{op: "MapPair", name: f.String(), in: []*tensor.Dense{uniform(1, 3, 4), uniform(2, 3, 4)},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.MapPair(f, in[0], in[1]) }})
	}
	for _, c := range takings {
		cases = append(cases, gradientCase{op: "Take", name: fmt.Sprint(c), in: []*tensor.Dense{randn(1, 2, 2)},
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Take(in[0], c.index, c.shape, c.fill) }})
	}
	condition := newTensor(tensor.Float64, []float64{0, 1, 1, 0}, 2, 2)
	return append(cases, gradientCase{op: "Where", in: []*tensor.Dense{condition, randn(1, 2, 2), randn(2, 2, 2)}, fixed: []int{0},
		draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Where(in[0], in[1], in[2]) }})
}

// Values by hand, at kinks and beyond.
func TestFunctionsAtKinks(t *testing.T) {
	for _, c := range []struct {
		f          op.Function
		p, q, x, y float64
	}{
		{op.Round, 0, 0, 2.5, 2}, {op.Round, 0, 0, -1.5, -2}, {op.Clip, 0, 6, 7, 6}, {op.Clip, 0, 6, -1, 0}, {op.Threshold, 1, 0, 1, 0},
		{op.Shrink, 1, 0.5, -2, -1.5}, {op.Shrink, 1, 0.5, 1, 0}, {op.HardSigmoid, 0.2, 0.5, -3, 0}, {op.HardSwish, 0, 0, 4, 4},
		{op.Mish, 0, 0, 0, 0}, {op.IsInf, 1, 0, math.Inf(-1), 0}, {op.IsInf, 0, 1, math.Inf(-1), 1}, {op.IsNaN, 0, 0, math.NaN(), 1},
		{op.Sign, 0, 0, -3, -1},
	} {
		if got := c.f.Eval(c.p, c.q, c.x); got != c.y {
			t.Errorf("%v(%g, %g) of %g is %g, want %g", c.f, c.p, c.q, c.x, got, c.y)
		}
	}
	for _, c := range []struct {
		f       op.PairFunction
		a, b, y float64
	}{{op.Remainder, -5, 3, 1}, {op.Remainder, 5, -3, -1}, {op.Remainder, -6, 3, 0}, {op.Modulo, -5, 3, -2}, {op.Maximum, 1, 2, 2}, {op.Minimum, 1, 2, 1}} {
		if got := c.f.Eval(c.a, c.b); got != c.y {
			t.Errorf("%v of %g and %g is %g, want %g", c.f, c.a, c.b, got, c.y)
		}
	}
	if op.Function(-1).Eval(0, 0, 1) == op.Function(-1).Eval(0, 0, 1) || op.PairFunction(99).Eval(1, 1) == op.PairFunction(99).Eval(1, 1) {
		t.Error("unknown functions give numbers, want NaN")
	}
}

func TestMistakesOfMapsAndTakings(t *testing.T) {
	x := input(gorgonia.NewGraph(), "x", uniform(1, 2, 2))
	for name, draw := range map[string]func() (*gorgonia.Node, error){
		"function":      func() (*gorgonia.Node, error) { return op.Map(-1, 0, 0, x) },
		"pair function": func() (*gorgonia.Node, error) { return op.MapPair(99, x, x) },
		"index":         func() (*gorgonia.Node, error) { return op.Take(x, []int32{4}, tensor.Shape{1}, 0) },
		"below":         func() (*gorgonia.Node, error) { return op.Take(x, []int32{-2}, tensor.Shape{1}, 0) },
		"size":          func() (*gorgonia.Node, error) { return op.Take(x, []int32{1}, tensor.Shape{2}, 0) },
		"nothing":       func() (*gorgonia.Node, error) { return op.Take(x, nil, tensor.Shape{0}, 0) },
		"nil":           func() (*gorgonia.Node, error) { return op.Take(nil, []int32{0}, tensor.Shape{1}, 0) },
	} {
		if _, err := draw(); err == nil {
			t.Errorf("%s: got no error", name)
		}
	}
}
