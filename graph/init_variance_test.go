package graph_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// The declared variance is that of what is drawn. The mean square deviation of n independent elements is off by
// sqrt((kurtosis - 1)/n) of itself, at most sqrt(2/n), in one standard deviation; four are allowed. Elements of an orthogonal
// matrix are correlated such that their squares add up exactly, so that they are closer.
func TestVarianceIsThatOfDraws(t *testing.T) {
	fan, shape := graph.Fan{In: 300, Out: 200}, tensor.Shape{300, 200}
	for _, c := range []struct {
		init graph.Initializer
		want float64
	}{
		{graph.Constant{Value: 3}, 0},
		{graph.Uniform{Low: -1, High: 5}, 3},
		{graph.Normal{Mean: 1, Std: 0.5}, 0.25},
		{graph.XavierUniform{}, 2 / 500.},
		{graph.XavierNormal{Gain: 3}, 9 * 2 / 500.},
		{graph.HeUniform{}, 2 / 300.},
		{graph.HeUniform{FanOut: true}, 2 / 200.},
		{graph.HeNormal{Gain: 1.5}, 2.25 / 300},
		{graph.HeNormal{FanOut: true}, 2 / 200.},
		{graph.LeCunUniform{}, 1 / 300.},
		{graph.LeCunNormal{}, 1 / 300.},
		{graph.TorchDefault{}, 1 / 900.},
		{graph.Orthogonal{Gain: 2}, 4 / 300.},
	} {
		got, known := graph.Variance(c.init, fan, shape)
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

type silent struct{ graph.Initializer }

// Where Fill refuses, and of rules that do not tell, there is no variance.
func TestVarianceUnknown(t *testing.T) {
	fan, shape := graph.Fan{In: 3, Out: 2}, tensor.Shape{3, 2}
	for _, init := range []graph.Initializer{
		silent{graph.Constant{}}, graph.Constant{Value: math.NaN()}, graph.Uniform{Low: 1}, graph.Normal{Std: -1},
		graph.XavierNormal{Gain: -1}, graph.Orthogonal{Gain: math.Inf(1)},
	} {
		if v, known := graph.Variance(init, fan, shape); known {
			t.Errorf("%v: %g", init, v)
		}
	}
	if v, known := graph.Variance(graph.Orthogonal{}, fan, tensor.Shape{3}); known {
		t.Errorf("an orthogonal vector: %g", v)
	}
	if v, known := graph.Variance(graph.HeNormal{}, graph.Fan{}, shape); known {
		t.Errorf("a fan of 0: %g", v)
	}
}

func ExampleVariance() {
	fmt.Println(graph.Variance(graph.HeNormal{}, graph.Fan{In: 128, Out: 64}, tensor.Shape{128, 64}))
	// Output: 0.015625 true
}
