package initializer_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/initializer"
)

// The declared variance is the variance of the drawn numbers. The mean square deviation of n independent elements has a relative
// standard deviation of sqrt((kurtosis - 1)/n), at most sqrt(2/n); four of them are allowed. Elements of an orthogonal
// matrix are correlated such that their squares add up exactly, so that they are closer.
func TestVarianceIsThatOfDraws(t *testing.T) {
	fan, shape := initializer.Fan{In: 300, Out: 200}, tensor.Shape{300, 200}
	for _, c := range []struct {
		init initializer.Initializer
		want float64
	}{
		{initializer.Constant{Value: 3}, 0},
		{initializer.Uniform{Low: -1, High: 5}, 3},
		{initializer.Normal{Mean: 1, Std: 0.5}, 0.25},
		{initializer.XavierUniform{}, 2 / 500.},
		{initializer.XavierNormal{Gain: 3}, 9 * 2 / 500.},
		{initializer.HeUniform{}, 2 / 300.},
		{initializer.HeUniform{FanOut: true}, 2 / 200.},
		{initializer.HeNormal{Gain: 1.5}, 2.25 / 300},
		{initializer.HeNormal{FanOut: true}, 2 / 200.},
		{initializer.LeCunUniform{}, 1 / 300.},
		{initializer.LeCunNormal{}, 1 / 300.},
		{initializer.TorchDefault{}, 1 / 900.},
		{initializer.Orthogonal{Gain: 2}, 4 / 300.},
	} {
		got, known := initializer.Variance(c.init, fan, shape)
		if !known || math.Abs(got-c.want) > 1e-15*c.want { // a few roundings
			t.Errorf("%v: %g (%v), want %g", c.init, got, known, c.want)
		}
		dst := make([]float64, shape.TotalSize())
		if err := c.init.Fill(dst, shape, fan, rand.New(rand.NewPCG(1, 2))); err != nil {
			t.Fatal(err)
		}
		if drawn := variance(dst); math.Abs(drawn-got) > 4*math.Sqrt(2/float64(len(dst)))*got {
			t.Errorf("%v: declares %g, draws have %g", c.init, got, drawn)
		}
	}
}

func variance(x []float64) float64 {
	var mean, sum float64
	for _, v := range x {
		mean += v
	}
	mean /= float64(len(x))
	for _, v := range x {
		sum += (v - mean) * (v - mean)
	}
	return sum / float64(len(x))
}

type silent struct{ initializer.Initializer }

// There is no variance where Fill returns an error, and for rules that are not Varied.
func TestVarianceUnknown(t *testing.T) {
	fan, shape := initializer.Fan{In: 3, Out: 2}, tensor.Shape{3, 2}
	for _, init := range []initializer.Initializer{
		silent{initializer.Constant{}}, initializer.Constant{Value: math.NaN()}, initializer.Uniform{Low: 1}, initializer.Normal{Std: -1},
		initializer.XavierNormal{Gain: -1}, initializer.Orthogonal{Gain: math.Inf(1)},
	} {
		if v, known := initializer.Variance(init, fan, shape); known {
			t.Errorf("%v: %g", init, v)
		}
	}
	if v, known := initializer.Variance(initializer.Orthogonal{}, fan, tensor.Shape{3}); known {
		t.Errorf("an orthogonal vector: %g", v)
	}
	if v, known := initializer.Variance(initializer.HeNormal{}, initializer.Fan{}, shape); known {
		t.Errorf("a fan of 0: %g", v)
	}
}

func ExampleVariance() {
	fmt.Println(initializer.Variance(initializer.HeNormal{}, initializer.Fan{In: 128, Out: 64}, tensor.Shape{128, 64}))
	// Output: 0.015625 true
}
