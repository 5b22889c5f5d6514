package op_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// exactSlopes are derivatives without cancellation. A slope is right to 8 units in its last place and to so many in that of
// max(1, |z|).
var exactSlopes = []struct {
	a      op.Activation
	alpha  float64
	exact  func(z float64) float64
	absUlp float64
}{
	{op.ReLU, 0, func(z float64) float64 { return leakySlope(0, z) }, 0},
	{op.LeakyReLU, 0.01, func(z float64) float64 { return leakySlope(0.01, z) }, 0},
	{op.ELU, 1, func(z float64) float64 { return math.Exp(min(z, 0)) }, 0},
	{op.ELU, 0.7, func(z float64) float64 { return leakySlope(0.7*math.Exp(z), z) }, 0},
	{op.ELU, -0.7, func(z float64) float64 { return leakySlope(-0.7*math.Exp(z), z) }, 0},
	{op.SELU, 0, func(z float64) float64 {
		return 1.0507009873554804934193349852946 * leakySlope(1.6732632423543772848170429916717*math.Exp(z), z)
	}, 0},
	{op.Softplus, 0, logistic, 0},
	{op.Softsign, 0, func(z float64) float64 { return 1 / (1 + math.Abs(z)) / (1 + math.Abs(z)) }, 0},
	{op.Erf, 0, func(z float64) float64 { return 2 / math.Sqrt(math.Pi) * math.Exp(-z*z) }, 0},
	{op.Sigmoid, 0, func(z float64) float64 { return logistic(z) * logistic(-z) }, 2},
	{op.Tanh, 0, func(z float64) float64 { return 4 * logistic(2*z) * logistic(-2*z) }, 2},
	{op.SiLU, 0, func(z float64) float64 { return logistic(z) * (1 + z*logistic(-z)) }, 3},
	{op.GELU, 0, func(z float64) float64 {
		return math.Erfc(-z/math.Sqrt2)/2 + z*math.Exp(-z*z/2)/math.Sqrt(2*math.Pi)
	}, 5},
	{op.GELUTanh, 0, func(z float64) float64 {
		u, du := math.Sqrt(2/math.Pi)*(z+0.044715*z*z*z), math.Sqrt(2/math.Pi)*(1+3*0.044715*z*z)
		return logistic(2*u) * (1 + 2*z*du*logistic(-2*u))
	}, 3},
}

func logistic(z float64) float64 { return 1 / (1 + math.Exp(-z)) }

func leakySlope(negative, z float64) float64 {
	if z <= 0 {
		return negative
	}
	return 1
}

// Slopes from -100 to 100, in the precision that Activate states. Slopes below the smallest normal number may be 0.
func TestSlopesOverTheRange(t *testing.T) {
	var z, one []float64
	for i := -800; i <= 800; i++ {
		z, one = append(z, float64(i)/8), append(one, 1)
	}
	for dt, limits := range map[tensor.Dtype]struct{ ulp, smallest float64 }{
		tensor.Float32: {0x1p-23, 0x1p-126}, tensor.Float64: {0x1p-52, 0x1p-1022},
	} {
		for _, c := range exactSlopes {
			_, dx := apply(t, c.a, c.alpha, dt, z, one)
			for i, z := range z {
				want := c.exact(z)
				bound := limits.ulp * (8*math.Abs(want) + c.absUlp*max(1, math.Abs(z)))
				if math.Abs(want) < 2*limits.smallest {
					bound = 2 * limits.smallest
				}
				near(t, fmt.Sprintf("%v slope of %v(alpha=%v) at %v", dt, c.a, c.alpha, z), dx[i], want, bound)
			}
		}
	}
}

// Where sigmoid and tanh have been rounded to their limits, slopes from the result are 0.
func TestSlopesFromTheResultEnd(t *testing.T) {
	for _, c := range []struct {
		a         op.Activation
		dt        tensor.Dtype
		last, end float64 // the slope is positive up to last, and 0 from end on
	}{
		{op.Sigmoid, tensor.Float32, 16.5, 17.5}, {op.Sigmoid, tensor.Float64, 36.5, 37.5},
		{op.Tanh, tensor.Float32, 8.5, 9.5}, {op.Tanh, tensor.Float64, 18.5, 20},
	} {
		_, dx := apply(t, c.a, 0, c.dt, []float64{c.last, c.end}, []float64{1, 1})
		if !(dx[0] > 0) || dx[1] != 0 {
			t.Errorf("%v %v: the slope is %g at %g and %g at %g, want it positive and 0", c.dt, c.a, dx[0], c.last, dx[1], c.end)
		}
	}
	for dt, bound := range map[tensor.Dtype]float64{tensor.Float32: 2e-3, tensor.Float64: 4e-12} {
		_, dx := apply(t, op.Sigmoid, 0, dt, []float64{10}, []float64{1})
		exact := logistic(10) * logistic(-10)
		near(t, fmt.Sprint(dt, " slope of sigmoid at 10"), dx[0], exact, bound*exact)
	}
}

// For large negative z the gradient through ELU and SELU is alpha·exp(z), not y + alpha, which would cancel.
func TestSlopesOfELUDoNotCancel(t *testing.T) {
	z := []float64{-12, -17, -30, -80}
	for _, c := range exactSlopes {
		if c.a != op.ELU && c.a != op.SELU {
			continue
		}
		for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
			_, dx := apply(t, c.a, c.alpha, dt, z, []float64{1, 1, 1, 1})
			for i, z := range z {
				near(t, fmt.Sprintf("%v slope of %v at %v", dt, c.a, z), dx[i], c.exact(z), 1e-6*math.Abs(c.exact(z)))
			}
		}
	}
}
