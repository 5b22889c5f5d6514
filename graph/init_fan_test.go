package graph_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// The shape is far from square, so that fan-in and fan-out cannot be mixed up.
const (
	fanIn  = 150
	fanOut = 600
)

func TestVarianceOfFanRules(t *testing.T) {
	const normal, uniform = 3, 9. / 5 // kurtosis
	for _, c := range []struct {
		rule     graph.Initializer
		variance float64
		kurtosis float64
	}{
		{graph.XavierUniform{}, 2. / (fanIn + fanOut), uniform},
		{graph.XavierUniform{Gain: 5. / 3}, 25. / 9 * 2 / (fanIn + fanOut), uniform},
		{graph.XavierNormal{}, 2. / (fanIn + fanOut), normal},
		{graph.XavierNormal{Gain: 3}, 9 * 2. / (fanIn + fanOut), normal},
		{graph.HeUniform{}, 2. / fanIn, uniform},
		{graph.HeUniform{FanOut: true}, 2. / fanOut, uniform},
		{graph.HeUniform{Gain: 1}, 1. / fanIn, uniform},
		{graph.HeNormal{}, 2. / fanIn, normal},
		{graph.HeNormal{FanOut: true}, 2. / fanOut, normal},
		{graph.HeNormal{Gain: 0.5, FanOut: true}, 0.25 / fanOut, normal},
		{graph.LeCunUniform{}, 1. / fanIn, uniform},
		{graph.LeCunNormal{}, 1. / fanIn, normal},
		{graph.TorchDefault{}, 1. / (3 * fanIn), uniform},
	} {
		t.Run(c.rule.String(), func(t *testing.T) {
			x := fill(t, c.rule, 5, fanIn, fanOut)
			wantMoments(t, x, 0, c.variance, c.kurtosis)
			if c.kurtosis == uniform {
				// The published bound and sqrt(3 variance) differ by rounding.
				bound := math.Sqrt(3*c.variance) * (1 + 1e-15)
				wantReach(t, x, -bound, bound)
			}
		})
	}
}

func TestTorchDefaultOfBias(t *testing.T) {
	bias := make([]float64, 1000)
	if err := (graph.TorchDefault{}).Fill(bias, tensor.Shape{1000}, graph.Fan{In: 16, Out: 1000}, seeded(1)); err != nil {
		t.Fatal(err)
	}
	wantReach(t, bias, -0.25, 0.25)
}

func TestFanErrors(t *testing.T) {
	for _, c := range []struct {
		rule graph.Initializer
		fan  graph.Fan
		bad  bool
	}{
		{graph.XavierUniform{}, graph.Fan{In: 0, Out: 3}, true},
		{graph.XavierUniform{}, graph.Fan{In: 3, Out: 0}, true},
		{graph.XavierNormal{}, graph.Fan{In: 3, Out: -1}, true},
		{graph.HeUniform{}, graph.Fan{In: 0, Out: 3}, true},
		{graph.HeUniform{}, graph.Fan{In: 3, Out: 0}, false},
		{graph.HeUniform{FanOut: true}, graph.Fan{In: 3, Out: 0}, true},
		{graph.HeNormal{}, graph.Fan{In: -3, Out: 3}, true},
		{graph.HeNormal{FanOut: true}, graph.Fan{In: 0, Out: 3}, false},
		{graph.LeCunUniform{}, graph.Fan{In: 0, Out: 3}, true},
		{graph.LeCunNormal{}, graph.Fan{In: 0, Out: 3}, true},
		{graph.LeCunNormal{}, graph.Fan{In: 3, Out: 0}, false},
		{graph.TorchDefault{}, graph.Fan{In: 0, Out: 3}, true},
		{graph.Orthogonal{}, graph.Fan{}, false},
		{graph.Normal{Std: 1}, graph.Fan{}, false},
	} {
		err := c.rule.Fill(make([]float64, 6), tensor.Shape{2, 3}, c.fan, seeded(1))
		if c.bad {
			wantError(t, err, "graph: "+c.rule.String()+" for shape (2, 3): ", "fan is", "want at least 1")
		} else if err != nil {
			t.Errorf("%v with %+v: %v", c.rule, c.fan, err)
		}
	}
}

func ExampleHeNormal() {
	fmt.Println(graph.HeNormal{})
	fmt.Println(graph.HeNormal{Gain: 1, FanOut: true})
	// Output:
	// he_normal(gain=1.414)
	// he_normal_fan_out(gain=1)
}

func ExampleXavierUniform() {
	fmt.Println(graph.XavierUniform{})
	fmt.Println(graph.XavierUniform{Gain: graph.Tanh.Gain()})
	// Output:
	// xavier_uniform(gain=1)
	// xavier_uniform(gain=1.667)
}
