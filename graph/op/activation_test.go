package op_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// apply runs an activation forward, and backward from a gradient dy.
func apply(t *testing.T, a op.Activation, alpha float64, dt tensor.Dtype, x, dy []float64) (y, dx []float64) {
	t.Helper()
	in := inputs(newTensor(dt, x, len(x)))
	node := must(t)(op.Activate(a, alpha, in[0]))
	g := grad(t, weigh(t, node, newTensor(dt, dy, len(dy))), in[0])[0]
	run(t, node, g)
	return floats(t, node), floats(t, g)
}

// For large |x| each activation is a straight line slope·x + shift, to the last bit, and no step of its computation overflows.
func TestActivationsFarOut(t *testing.T) {
	type line struct{ slope, shift float64 }
	const scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717 // of SELU
	flat, identity := line{0, 0}, line{1, 0}
	for _, c := range []struct {
		a           op.Activation
		alpha       float64
		left, right line
	}{
		{op.ReLU, 0, flat, identity},
		{op.LeakyReLU, 0.2, line{0.2, 0}, identity},
		{op.ELU, 0.5, line{0, -0.5}, identity},
		{op.SELU, 0, line{0, -scale * alpha}, line{scale, 0}},
		{op.GELU, 0, flat, identity},
		{op.GELUTanh, 0, flat, identity},
		{op.SiLU, 0, flat, identity},
		{op.Sigmoid, 0, flat, line{0, 1}},
		{op.Tanh, 0, line{0, -1}, line{0, 1}},
		{op.Erf, 0, line{0, -1}, line{0, 1}},
		{op.Softplus, 0, flat, identity},
		{op.Identity, 0, identity, identity},
	} {
		for dt, limits := range map[tensor.Dtype]struct{ ulp, largest float64 }{tensor.Float32: {0x1p-23, 1e38}, tensor.Float64: {0x1p-52, 1e308}} {
			ulp, x := limits.ulp, []float64{-1e4, -limits.largest, 1e4, limits.largest}
			y, dx := apply(t, c.a, c.alpha, dt, x, []float64{1, 1, 1, 1})
			for i, want := range []line{c.left, c.left, c.right, c.right} {
				what := fmt.Sprintf("%v %v(%g)", dt, c.a, x[i])
				near(t, what, y[i], want.slope*x[i]+want.shift, ulp*math.Abs(want.slope*x[i]+want.shift))
				near(t, "derivative of "+what, dx[i], want.slope, ulp*want.slope)
			}
		}
	}
}

// Softsign nears its limits no faster than 1/x. Its slope keeps all digits there, and no step of its computation overflows.
func TestSoftsignFarOut(t *testing.T) {
	for dt, limits := range map[tensor.Dtype]struct{ ulp, largest float64 }{tensor.Float32: {0x1p-23, 1e38}, tensor.Float64: {0x1p-52, 1e308}} {
		y, dx := apply(t, op.Softsign, 0, dt, []float64{1e4, -1e4, limits.largest, -limits.largest}, []float64{1, 1, 1, 1})
		for i, want := range []float64{1e4 / 10001., -1e4 / 10001., 1, -1} {
			near(t, fmt.Sprintf("%v softsign, element %d", dt, i), y[i], want, limits.ulp)
		}
		for i, want := range []float64{1 / (10001. * 10001), 1 / (10001. * 10001), 0, 0} {
			near(t, fmt.Sprintf("%v softsign, slope %d", dt, i), dx[i], want, 2*limits.ulp*want)
		}
	}
}

// A NaN is never turned into a number, and neither is an infinity into another number than the limit.
func TestActivationsOfNaNAndInf(t *testing.T) {
	for _, a := range activations {
		y, _ := apply(t, a.a, a.alpha, tensor.Float64, []float64{math.NaN(), math.Inf(-1), math.Inf(1)}, []float64{1, 1, 1})
		far, _ := apply(t, a.a, a.alpha, tensor.Float64, []float64{0, -1e300, 1e300}, []float64{1, 1, 1})
		if !math.IsNaN(y[0]) {
			t.Errorf("%v(NaN) is %v", a.a, y[0])
		}
		for i, v := range y[1:] {
			limit := far[1+i]
			if math.Abs(limit) > 1e10 {
				limit = math.Copysign(math.Inf(1), limit)
			}
			if !math.IsNaN(v) && v != limit {
				t.Errorf("%v(%v) is %v, want %v or NaN", a.a, []float64{math.Inf(-1), math.Inf(1)}[i], v, limit)
			}
		}
	}
}

// At a kink the derivative is that of the left side, on the graph and from Derivative, for 0 and for -0.
func TestDerivativeAtKinkIsLeft(t *testing.T) {
	for _, c := range []struct {
		a           op.Activation
		alpha, want float64
	}{{op.ReLU, 0, 0}, {op.LeakyReLU, 0.2, 0.2}, {op.ELU, 0.5, 0.5}, {op.SELU, 0, 1.0507009873554805 * 1.6732632423543772}} {
		_, dx := apply(t, c.a, c.alpha, tensor.Float64, []float64{0, math.Copysign(0, -1)}, []float64{1, 1})
		for _, got := range append(dx, c.a.Derivative(c.alpha, 0)) {
			near(t, fmt.Sprintf("derivative of %v at 0", c.a), got, c.want, 0x1p-52*c.want)
		}
	}
}

// A dead ReLU unit stops any gradient, an infinite one too.
func TestDeadReLUStopsInfiniteGradients(t *testing.T) {
	_, dx := apply(t, op.ReLU, 0, tensor.Float32, []float64{-1, 0, 2}, []float64{math.Inf(1), math.NaN(), math.Inf(-1)})
	if want := []float64{0, 0, math.Inf(-1)}; !slices.Equal(dx, want) {
		t.Errorf("gradient %v, want %v", dx, want)
	}
}

// kernelUlps is the error that the vector kernels document, in units of the last place. Other activations
// are computed through float64 and rounded once.
var kernelUlps = map[op.Activation]float64{op.Tanh: 3, op.Sigmoid: 3, op.SiLU: 4, op.Erf: 3, op.GELU: 7, op.GELUTanh: 5}

// slopeUlps is the same for slopes alone, of activations whose values are computed through float64.
var slopeUlps = map[op.Activation]float64{op.ELU: 4, op.SELU: 4}

// The graph computes Eval and Derivative. Where it has kernels of its own, values may have the error of these and of the
// standard library, which is right to a unit. A slope is a sum of at most three numbers of about 1, or of x if that is larger,
// each computed from such values.
func TestEvalAndDerivative(t *testing.T) {
	x := randn(1, 50).Float64s()
	for _, a := range activations {
		y, dx := apply(t, a.a, a.alpha, tensor.Float64, x, slices.Repeat([]float64{1}, len(x)))
		var off float64
		if ulps := kernelUlps[a.a]; ulps > 0 {
			off = (ulps + 1) * 0x1p-52
		}
		for i, v := range x {
			off := off
			if a.a == op.GELUTanh { // the exponential in Eval amplifies the rounding of its argument, at most 4 times half a unit
				off += 2 * 1.6 * math.Abs(v+0.044715*v*v*v) * 0x1p-52
			}
			near(t, fmt.Sprintf("%v(%v)", a.a, v), y[i], a.a.Eval(a.alpha, v), off*math.Abs(y[i]))
			slope := a.a.Derivative(a.alpha, v)
			bound := 3*off*max(1, math.Abs(v)) + slopeUlps[a.a]*0x1p-52*math.Abs(slope)
			near(t, fmt.Sprintf("derivative of %v at %v", a.a, v), dx[i], slope, bound)
		}
	}
}

// In float32 an activation has an error of one rounding, because it is computed in float64, or the error of its kernel.
func TestActivationsInFloat32(t *testing.T) {
	x := newTensor(tensor.Float32, randn(1, 500).Float64s(), 500).Float32s()
	wide := make([]float64, len(x))
	for i, v := range x {
		wide[i] = float64(v)
	}
	ones := slices.Repeat([]float64{1}, len(x))
	for _, a := range activations {
		y, _ := apply(t, a.a, a.alpha, tensor.Float32, wide, ones)
		want, _ := apply(t, a.a, a.alpha, tensor.Float64, wide, ones)
		for i := range y {
			rounded := float64(float32(want[i]))
			near(t, fmt.Sprintf("%v(%v)", a.a, wide[i]), y[i], rounded, kernelUlps[a.a]*0x1p-23*math.Abs(rounded))
		}
	}
}

func TestActivationNames(t *testing.T) {
	if got := op.GELUTanh.String(); got != "gelu_tanh" {
		t.Errorf("GELUTanh is %q", got)
	}
	if got := op.Activation(99).String(); got != "activation(99)" {
		t.Errorf("activation 99 is %q", got)
	}
	if a := op.Activation(99); !math.IsNaN(a.Eval(0, 1)) || !math.IsNaN(a.Derivative(0, 1)) {
		t.Errorf("%v has the value %v and the derivative %v, want NaN", a, a.Eval(0, 1), a.Derivative(0, 1))
	}
}

// Where the result determines the slope, the gradient reads the result and not the input, whose memory is then free early.
func TestGradientReadsTheResultWhereItCan(t *testing.T) {
	for _, a := range activations {
		x := inputs(randn(1, 3))[0]
		y := must(t)(op.Activate(a.a, a.alpha, x))
		dx := grad(t, weigh(t, y, randn(2, 3)), x)[0]
		fromY := map[op.Activation]bool{op.ReLU: true, op.LeakyReLU: true, op.Sigmoid: true, op.Tanh: true, op.Softplus: true, op.Identity: true}
		wantX := !fromY[a.a] || a.alpha < 0
		var readsX bool
		for children := x.Graph().From(dx.ID()); children.Next(); {
			readsX = readsX || children.Node().ID() == x.ID()
		}
		if readsX != wantX {
			t.Errorf("%v(alpha=%v): the gradient reads x: %v, want %v", a.a, a.alpha, readsX, wantX)
		}
	}
}
