package op_test

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/internal/goldens"
)

// The symbolic gradient of every op is the slope of the op.
func TestGradientIsSlope(t *testing.T) {
	for _, c := range gradientCases() {
		t.Run(c.op+" "+c.name, func(t *testing.T) {
			loss, wrt := c.build(t)
			grads := grad(t, loss, wrt...)
			run(t, append(grads, loss)...)
			for i, x := range wrt {
				got := slices.Clone(floats(t, grads[i]))
				if e := goldens.RelErr(got, slopes(t, loss, x)); !(e <= 1e-6) {
					t.Errorf("gradient by input %s differs from the slope by %g of its largest element", x.Name(), e)
				}
			}
		})
	}
}

// Our ops give the same gradients, to the bit, on Gorgonia's own machine.
func TestGradientOnTapeMachine(t *testing.T) {
	for _, c := range gradientCases() {
		t.Run(c.op+" "+c.name, func(t *testing.T) {
			ours, wrt := c.build(t)
			grads := grad(t, ours, wrt...)
			run(t, append(grads, ours)...)

			theirs, params := c.build(t)
			grad(t, theirs, params...)
			m := gorgonia.NewTapeMachine(theirs.Graph(), gorgonia.BindDualValues(params...))
			defer m.Close()
			if err := m.RunAll(); err != nil {
				t.Fatal(err)
			}
			for i, x := range params {
				v, err := x.Grad()
				if err != nil {
					t.Fatal(err)
				}
				if got, want := goldens.Floats(t, v.Data()), floats(t, grads[i]); !slices.Equal(got, want) {
					t.Errorf("gradient by input %s: %v on the TapeMachine, %v on ours", x.Name(), got, want)
				}
			}
		})
	}
}

// build draws L = <upstream, y> of a case, and gives the inputs to derive by.
func (c gradientCase) build(t *testing.T) (loss *gorgonia.Node, wrt gorgonia.Nodes) {
	t.Helper()
	return c.buildIn(t, tensor.Float64)
}

// buildIn is build in either float type.
func (c gradientCase) buildIn(t *testing.T, dt tensor.Dtype) (loss *gorgonia.Node, wrt gorgonia.Nodes) {
	t.Helper()
	var values []*tensor.Dense
	for _, v := range c.in {
		values = append(values, copyOf(dt, v))
	}
	in := inputs(values...)
	y := must(t)(c.draw(in))
	for i, n := range in {
		if !slices.Contains(c.fixed, i) {
			wrt = append(wrt, n)
		}
	}
	return weigh(t, y, copyOf(dt, randn(10, y.Shape()...))), wrt
}

// slopes are central differences (L(x+h) - L(x-h))/2h. Their truncation error is about h² and their rounding error about
// ε/h, with ε = 2.2e-16. The sum is least near the cube root of ε: h = 6e-6, where both are some 1e-11, so that the tolerance
// of 1e-6 leaves room for large third derivatives and sums.
func slopes(t *testing.T, loss, x *gorgonia.Node) []float64 {
	t.Helper()
	h := math.Cbrt(0x1p-52)
	m := machine.New(loss.Graph(), loss)
	at := func(i int, x []float64, v float64) float64 {
		x[i] = v
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		return loss.Value().Data().(float64)
	}
	data := x.Value().Data().([]float64)
	slopes := make([]float64, len(data))
	for i, v := range data {
		slopes[i] = (at(i, data, v+h) - at(i, data, v-h)) / (2 * h)
		data[i] = v
	}
	return slopes
}
