package graph_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// The values that torch.nn.init.calculate_gain returns.
func TestGainOfPyTorch(t *testing.T) {
	for _, c := range []struct {
		activation graph.Activation
		want       float64
	}{
		{graph.Identity, 1},
		{graph.Sigmoid, 1},
		{graph.Tanh, 1.6666666666666667},
		{graph.ReLU, 1.4142135623730951},
		{graph.LeakyReLU(0.01), 1.4141428569978354},
		{graph.LeakyReLU(0.2), 1.3867504905630728},
		{graph.LeakyReLU(0), 1.4142135623730951},
		{graph.LeakyReLU(1), 1},
		{graph.SELU, 0.75},
	} {
		if got := c.activation.Gain(); math.Abs(got-c.want) > 2.3e-16 { // one rounding
			t.Errorf("gain of %v is %v, want %v", c.activation, got, c.want)
		}
	}
}

// meanSquare is E[φ(z)^2] for z ~ N(0, 1), by the trapezoidal rule. For a smooth φ its error is far below rounding. A kink
// of φ at 0 leaves φ^2 with equal slopes on both sides, so that the error is of the order of h^4/720, with h = 4e-4 less
// than 1e-16.
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
	for _, a := range []graph.Activation{
		graph.Identity, graph.ReLU, graph.LeakyReLU(0.3), graph.ELU(0), graph.ELU(1), graph.ELU(1.7),
		graph.GELU, graph.GELUTanh, graph.SiLU, graph.Erf, graph.Softsign, graph.Softplus,
	} {
		// 65536 terms are summed, each rounded to 1e-16.
		if kept := a.Gain() * a.Gain() * meanSquare(a.Eval); math.Abs(kept-1) > 1e-12 {
			t.Errorf("%v: mean square becomes %v, want 1", a, kept)
		}
	}
}

func ExampleActivation_Gain() {
	for _, a := range []graph.Activation{graph.ReLU, graph.Tanh, graph.GELU} {
		fmt.Println(a, initializer.HeNormal{Gain: a.Gain()})
	}
	// Output:
	// relu he_normal(gain=1.414)
	// tanh he_normal(gain=1.667)
	// gelu he_normal(gain=1.534)
}
