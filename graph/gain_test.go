package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
)

// The values that torch.nn.init.calculate_gain returns.
func TestGainOfPyTorch(t *testing.T) {
	for _, c := range []struct {
		activation  string
		alpha, want float64
	}{
		{"linear", 0, 1},
		{"identity", 0, 1},
		{"sigmoid", 0, 1},
		{"tanh", 0, 1.6666666666666667},
		{"relu", 0, 1.4142135623730951},
		{"leaky_relu", 0.01, 1.4141428569978354},
		{"leaky_relu", 0.2, 1.3867504905630728},
		{"leaky_relu", 0, 1.4142135623730951},
		{"leaky_relu", 1, 1},
		{"selu", 0, 0.75},
	} {
		got, err := graph.Gain(c.activation, c.alpha)
		if err != nil || math.Abs(got-c.want) > 2e-16 { // one rounding
			t.Errorf("gain of %s(%v) is %v, %v, want %v", c.activation, c.alpha, got, err, c.want)
		}
	}
}

// meanSquare is E[phi(z)^2] for z ~ N(0, 1), by the trapezoidal rule. For a
// smooth phi its error is far below rounding. A kink of phi at 0 leaves phi^2
// with equal slopes on both sides, so that the error is of the order of
// h^4/720, with h = 4e-4 less than 1e-16.
func meanSquare(phi func(float64) float64) float64 {
	const n, reach = 1 << 15, 12.0
	h := reach / n
	sum := phi(0) * phi(0)
	for i := 1; i <= n; i++ {
		z := float64(i) * h
		sum += (phi(z)*phi(z) + phi(-z)*phi(-z)) * math.Exp(-z*z/2)
	}
	return sum * h / math.Sqrt(2*math.Pi)
}

func TestGainKeepsMeanSquare(t *testing.T) {
	elu := func(alpha float64) func(float64) float64 {
		return func(z float64) float64 {
			if z > 0 {
				return z
			}
			return alpha * math.Expm1(z)
		}
	}
	for _, c := range []struct {
		activation string
		alpha      float64
		phi        func(float64) float64
	}{
		{"linear", 0, func(z float64) float64 { return z }},
		{"relu", 0, func(z float64) float64 { return math.Max(0, z) }},
		{"leaky_relu", 0.3, func(z float64) float64 { return math.Max(0.3*z, z) }},
		{"elu", 0, elu(0)},
		{"elu", 1, elu(1)},
		{"elu", 1.7, elu(1.7)},
		{"gelu", 0, func(z float64) float64 { return z / 2 * math.Erfc(-z/math.Sqrt2) }},
		{"gelu_tanh", 0, func(z float64) float64 {
			return z / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(z+0.044715*z*z*z)))
		}},
		{"silu", 0, func(z float64) float64 { return z / (1 + math.Exp(-z)) }},
		{"softplus", 0, func(z float64) float64 { return math.Log1p(math.Exp(z)) }},
	} {
		gain, err := graph.Gain(c.activation, c.alpha)
		if err != nil {
			t.Fatal(err)
		}
		// 65536 terms are summed, each rounded to 1e-16.
		if kept := gain * gain * meanSquare(c.phi); math.Abs(kept-1) > 1e-12 {
			t.Errorf("%s(%v): mean square becomes %v, want 1", c.activation, c.alpha, kept)
		}
	}
}

func TestGainErrors(t *testing.T) {
	_, err := graph.Gain("swoosh", 0)
	wantError(t, err, `graph: no gain for activation "swoosh"; there are elu, gelu, gelu_tanh, identity, leaky_relu, linear, relu, selu, sigmoid, silu, softplus, tanh`)
	for _, activation := range []string{"leaky_relu", "elu"} {
		for _, alpha := range []float64{math.NaN(), math.Inf(-1)} {
			_, err := graph.Gain(activation, alpha)
			wantError(t, err, "graph: gain of "+activation, "finite")
		}
	}
}

func ExampleGain() {
	for _, activation := range []string{"relu", "tanh", "gelu"} {
		gain, err := graph.Gain(activation, 0)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(activation, graph.HeNormal{Gain: gain})
	}
	// Output:
	// relu he_normal(gain=1.414)
	// tanh he_normal(gain=1.667)
	// gelu he_normal(gain=1.534)
}
