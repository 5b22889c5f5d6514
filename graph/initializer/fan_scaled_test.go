package initializer_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// The shape is far from square, so that fan-in and fan-out cannot be mixed up.
const (
	fanIn  = 150
	fanOut = 600
)

func TestVarianceOfFanRules(t *testing.T) {
	const normal, uniform = 3, 9. / 5 // kurtosis
	for _, c := range []struct {
		rule     initializer.Initializer
		variance float64
		kurtosis float64
	}{
		{initializer.XavierUniform{}, 2. / (fanIn + fanOut), uniform},
		{initializer.XavierUniform{Gain: 5. / 3}, 25. / 9 * 2 / (fanIn + fanOut), uniform},
		{initializer.XavierNormal{}, 2. / (fanIn + fanOut), normal},
		{initializer.XavierNormal{Gain: 3}, 9 * 2. / (fanIn + fanOut), normal},
		{initializer.HeUniform{}, 2. / fanIn, uniform},
		{initializer.HeUniform{FanOut: true}, 2. / fanOut, uniform},
		{initializer.HeUniform{Gain: 1}, 1. / fanIn, uniform},
		{initializer.HeNormal{}, 2. / fanIn, normal},
		{initializer.HeNormal{FanOut: true}, 2. / fanOut, normal},
		{initializer.HeNormal{Gain: 0.5, FanOut: true}, 0.25 / fanOut, normal},
		{initializer.LeCunUniform{}, 1. / fanIn, uniform},
		{initializer.LeCunNormal{}, 1. / fanIn, normal},
		{initializer.TorchDefault{}, 1. / (3 * fanIn), uniform},
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
	if err := (initializer.TorchDefault{}).Fill(bias, tensor.Shape{1000}, initializer.Fan{In: 16, Out: 1000}, seeded(1)); err != nil {
		t.Fatal(err)
	}
	wantReach(t, bias, -0.25, 0.25)
}

func TestFanErrors(t *testing.T) {
	for _, c := range []struct {
		rule initializer.Initializer
		fan  initializer.Fan
		bad  bool
	}{
		{initializer.XavierUniform{}, initializer.Fan{In: 0, Out: 3}, true},
		{initializer.XavierUniform{}, initializer.Fan{In: 3, Out: 0}, true},
		{initializer.XavierNormal{}, initializer.Fan{In: 3, Out: -1}, true},
		{initializer.HeUniform{}, initializer.Fan{In: 0, Out: 3}, true},
		{initializer.HeUniform{}, initializer.Fan{In: 3, Out: 0}, false},
		{initializer.HeUniform{FanOut: true}, initializer.Fan{In: 3, Out: 0}, true},
		{initializer.HeNormal{}, initializer.Fan{In: -3, Out: 3}, true},
		{initializer.HeNormal{FanOut: true}, initializer.Fan{In: 0, Out: 3}, false},
		{initializer.LeCunUniform{}, initializer.Fan{In: 0, Out: 3}, true},
		{initializer.LeCunNormal{}, initializer.Fan{In: 0, Out: 3}, true},
		{initializer.LeCunNormal{}, initializer.Fan{In: 3, Out: 0}, false},
		{initializer.TorchDefault{}, initializer.Fan{In: 0, Out: 3}, true},
		{initializer.Orthogonal{}, initializer.Fan{}, false},
		{initializer.Normal{Std: 1}, initializer.Fan{}, false},
	} {
		err := c.rule.Fill(make([]float64, 6), tensor.Shape{2, 3}, c.fan, seeded(1))
		if c.bad {
			wantError(t, err, "initializer: "+c.rule.String()+" for shape (2, 3): ", "got fan ", "want at least 1")
		} else if err != nil {
			t.Errorf("%v with %+v: %v", c.rule, c.fan, err)
		}
	}
}

func ExampleHeNormal() {
	fmt.Println(initializer.HeNormal{})
	fmt.Println(initializer.HeNormal{Gain: 1, FanOut: true})
	// Output:
	// he_normal(gain=1.414)
	// he_normal_fan_out(gain=1)
}

func ExampleXavierUniform() {
	fmt.Println(initializer.XavierUniform{})
	fmt.Println(initializer.XavierUniform{Gain: graph.Tanh.Gain()})
	// Output:
	// xavier_uniform(gain=1)
	// xavier_uniform(gain=1.667)
}
