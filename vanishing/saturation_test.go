package vanishing

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
)

// Four samples and three units: the first is live on one sample, the second on none, the third on all.
func TestSaturatedAndDead(t *testing.T) {
	for _, c := range []struct {
		activation      graph.Activation
		z               []float64
		saturated, dead float64
	}{
		{graph.ReLU, []float64{1, -1, 1, -1, -1, 1, -1, 0, 1, 0, -1, 1}, 7. / 12, 1. / 3},
		{graph.Sigmoid, []float64{0, 7, 1, -7, 7, 5, 7, -7, -5, 9, -9, 0}, 7. / 12, 1. / 3}, // |phi'| < 0.0025 from 5.99 on
		{graph.Tanh, []float64{0, 4, 1, -4, 4, 2, 4, -4, -2, 4, -4, 0}, 7. / 12, 1. / 3},    // |phi'| < 0.01 from 2.99 on
		{graph.LeakyReLU(0.01), []float64{1, -1, 1, -1, -1, 1, -1, 0, 1, 0, -1, 1}, 0, 0},   // the slope is never below 0.01
		{graph.Identity, make([]float64, 12), 0, 0},
	} {
		s := newSaturation(c.activation, 3, 1)
		for _, z := range []*tensor.Dense{
			tensor.New(tensor.WithShape(4, 3), tensor.WithBacking(c.z)),
			tensor.New(tensor.WithShape(4, 3), tensor.WithBacking(narrow(c.z))),
		} {
			saturated, dead := s.measure(z)
			if saturated != c.saturated || dead != c.dead {
				t.Errorf("%v of %v: saturated %g, dead %g, want %g and %g", c.activation, z.Dtype(), saturated, dead, c.saturated, c.dead)
			}
			if allocs := testing.AllocsPerRun(5, func() { s.measure(z) }); allocs != 0 {
				t.Errorf("%v of %v: allocations: got %g, want 0", c.activation, z.Dtype(), allocs)
			}
		}
	}
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

func TestSaturationOfNaN(t *testing.T) {
	z := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, math.NaN(), math.Inf(1), -1}))
	if saturated, dead := newSaturation(graph.ReLU, 2, 1).measure(z); !math.IsNaN(saturated) || !math.IsNaN(dead) {
		t.Errorf("saturated %g, dead %g, want NaN", saturated, dead)
	}
}

// The borders agree with the derivative for every number.
func TestBordersAgreeWithTheDerivative(t *testing.T) {
	for _, a := range []graph.Activation{
		graph.ReLU, graph.LeakyReLU(0.01), graph.LeakyReLU(0.001), graph.LeakyReLU(-0.5), graph.ELU(1), graph.ELU(0.001), graph.SELU,
		graph.GELU, graph.GELUTanh, graph.SiLU, graph.Sigmoid, graph.Tanh, graph.Softplus, graph.Softsign, graph.Erf, graph.Identity,
	} {
		s := newSaturation(a, 1, 1)
		numbers := []float64{0, math.Copysign(0, -1), 5e-324, -5e-324, 1e-30, -1e-30, 1e30, -1e30}
		for z := -40.0; z <= 40; z += 1.0 / 1111 {
			numbers = append(numbers, z)
		}
		for _, border := range s.borders {
			numbers = append(numbers, border, math.Nextafter(border, 100))
		}
		for _, z := range numbers {
			if want := math.Abs(a.Derivative(z)) < 0.01*a.MaxDerivative(); s.at(z) != want {
				t.Errorf("%v at %g: saturated %v, but phi' = %g", a, z, s.at(z), a.Derivative(z))
			}
		}
	}
}

// BenchmarkDetails measures the cost of the details computed from a layer's values.
func BenchmarkDetails(b *testing.B) {
	x, _ := randomBatch(b, 1, 64, 128, 10)
	z, _ := elements(x)
	a := make([]float32, len(z))
	for i, v := range z {
		a[i] = max(0, v)
	}
	s := newSaturation(graph.ReLU, 128, 1)
	for _, c := range []struct {
		name string
		f    func()
	}{
		{"mean and deviation", func() { vecnorm.MeanStd(z) }},
		{"zeros", func() { vecnorm.ZeroShare(a) }},
		{"saturated and dead", func() { shares(s, s.single, z) }},
		{"all", func() { vecnorm.MeanStd(z); vecnorm.MeanStd(a); vecnorm.ZeroShare(a); shares(s, s.single, z) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				c.f()
			}
		})
	}
}
