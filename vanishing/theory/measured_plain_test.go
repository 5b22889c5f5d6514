package theory_test

import (
	"fmt"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Plain networks of every activation, initialisation, width and depth.

var inits = []law{
	{name: "Xavier", weight: fixedTo(1), bias: fixedTo(0)},
	{name: "LeCun, uniform", uniform: true, weight: fixedTo(1), bias: fixedTo(0)},
	{name: "He", weight: fixedTo(2), bias: fixedTo(0)},
	{name: "PyTorch's default", uniform: true, weight: fixedTo(1.0 / 3), bias: func(n float64) float64 { return 1 / (3 * n) }},
	{name: "gain 0.7", weight: fixedTo(0.49), bias: fixedTo(0)},
	{name: "gain 1.2, biases", weight: fixedTo(1.44), bias: fixedTo(0.05)},
	{name: "gain 5/3", weight: fixedTo(25.0 / 9), bias: fixedTo(0)},
	{name: "N(0, 1)", wide: true, weight: func(n float64) float64 { return n }, bias: fixedTo(0)},
	{name: "N(0, 0.01²)", wide: true, weight: func(n float64) float64 { return 1e-4 * n }, bias: fixedTo(0)},
}

func fixedTo(v float64) func(float64) float64 { return func(float64) float64 { return v } }

var plainActivations = []string{
	"sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "elu", "selu", "softplus", "softsign", "erf", "linear",
}

var widths = []int{64, 256}

// depths begin with the largest, whose draws the others reuse.
var depths = []int{50, 20, 10}

// leftOut are the only cells that are not compared with theory, and the reasons. All figures are of 400 networks, at width 64.
//
// GELU with He's variance: the mean square decays, the faster the smaller it is. A relative deviation grows ninefold over 20 layers
// while chi falls from 0.98 to 0.5, and chance in the first layers decides how soon. A mean of logarithms over a few networks does not
// converge, and the predicted deviation is less than half of the real one.
//
// Softplus with He's variance: in the first layer the gradient is almost only that of the signal's size, one number whose square is
// 392 times the sum of the rest. The prediction is of first order in 1/width, and this is not small. At width 256, with an excess of
// 101, it holds.
var leftOut = map[string]string{
	"gelu, He, width 64, 20 layers":     "-6.14 ± 0.18 and a deviation of 3.6, predicted -4.15 and 1.6",
	"gelu, He, width 64, 50 layers":     "-26.85 ± 0.28 and a deviation of 5.6, predicted -25.36 and 1.8",
	"softplus, He, width 64, 50 layers": "-10.71 ± 0.21 and a deviation of 4.1, predicted -8.36 and 2.7",
}

// A cell is left out if and only if the prediction marks itself as rough.
func TestCellsLeftOut(t *testing.T) {
	found, all := 0, 0
	for _, width := range widths {
		for _, name := range plainActivations {
			for _, init := range inits {
				for _, depth := range depths {
					all++
					what := cell(name, init, width, depth)
					if leftOut[what] == "" {
						continue
					}
					found++
					if l := theoryOfCell(t, name, init, width, depth); !(l.Excess > 5) {
						t.Errorf("%s is left out at an excess of %.1f", what, l.Excess)
					}
				}
			}
		}
	}
	if found != 3 || len(leftOut) != 3 || all != 648 {
		t.Errorf("of %d cells %d are left out, by a list of %d; want 648, 3, 3", all, found, len(leftOut))
	}
}

func TestPlainNetworksMeasured(t *testing.T) {
	for _, width := range widths {
		for _, name := range plainActivations {
			t.Run(fmt.Sprint(name, " ", width), func(t *testing.T) {
				if testing.Short() && width > 64 {
					t.Skip("short")
				}
				t.Parallel()
				measurePlain(t, name, width)
			})
		}
	}
}

// measurePlain runs networks of three depths.
func measurePlain(t *testing.T, name string, width int) {
	means := make([][3]float64, len(inits))
	benches := map[bool][]*bench{false: plainBenches(t, name, width, false), true: plainBenches(t, name, width, true)}
	for seed := range uint64(seeds()) {
		deepest := benches[false][0]
		drawn := map[bool]draws{false: deepest.drawAll(seed, false), true: deepest.drawAll(seed, true)}
		for k := range depths {
			for _, wide := range []bool{false, true} {
				benches[wide][k].feed(seed)
			}
			for i, init := range inits {
				b := benches[init.wide][k]
				// Softsign's slope has a cusp at 0, so PyTorch's uniform biases, most of z, differ from the normal biases of the
				// same variance that theory assumes.
				b.set(drawn[init.uniform && name != "softsign"], init)
				logs := b.observe()
				means[i][k] += (logs[0] - logs[depths[k]-1]) / float64(seeds())
			}
		}
	}
	for i, init := range inits {
		for k, depth := range depths {
			what := cell(name, init, width, depth)
			if why, ok := leftOut[what]; ok {
				t.Logf("%s: %.3f, left out: %s", what, means[i][k], why)
				continue
			}
			compare(t, what, means[i][k], seeds(), theoryOfCell(t, name, init, width, depth))
		}
	}
}

// plainBenches are networks of the three depths, in a type with enough range for their gradients.
func plainBenches(t *testing.T, name string, width int, wide bool) (benches []*bench) {
	dtype := tensor.Float32
	if _, err := graph.ParseActivation(name); wide || err != nil && name == "erf" { // which is a difference here
		dtype = tensor.Float64
	}
	for _, depth := range depths {
		benches = append(benches, newBench(t, stack(depth, graph.Dense{Units: width}, layerOf(t, name)), dtype, 1, width, 10))
	}
	return benches
}

func cell(name string, init law, width, depth int) string {
	return fmt.Sprintf("%s, %s, width %d, %d layers", name, init.name, width, depth)
}

func theoryOfCell(t testing.TB, name string, init law, width, depth int) theory.LayerPrediction {
	t.Helper()
	n := float64(width)
	return predict(t, theory.Plain(depth, width, theoryOf(t, name), init.weight(n), init.bias(n))).Layers[0]
}
