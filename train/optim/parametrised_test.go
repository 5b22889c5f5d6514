package optim

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// one is a parameter of one element, and its gradient.
func one(rates graph.Rates) (*graph.Param, *tensor.Dense) {
	p := &graph.Param{Name: "w", Value: tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{1})), Rates: rates}
	return p, tensor.New(tensor.WithShape(1), tensor.WithBacking([]float64{0.5}))
}

// The step of a parameter is that of the optimiser without decay, times the factor of its kind.
func TestRatesOfParametrisation(t *testing.T) {
	rates := graph.Rates{SGD: 3, Adam: 0.25}
	for _, c := range []struct {
		make   func() Optimizer
		factor float64
	}{
		{func() Optimizer { return &SGD{Momentum: 0.9} }, 3},
		{func() Optimizer { return &Adam{} }, 0.25},
		{func() Optimizer { return &AdaGrad{} }, 0.25},
		{func() Optimizer { return &RMSProp{} }, 0.25},
		{func() Optimizer { return &Lion{} }, 0.25},
	} {
		step := func(rates graph.Rates) float64 {
			p, g := one(rates)
			if err := c.make().Step([]*graph.Param{p}, []*tensor.Dense{g}, 0.125); err != nil {
				t.Fatal(err)
			}
			return p.Value.Float64s()[0] - 1
		}
		if got, want := step(rates), c.factor*step(graph.Rates{}); math.Abs(got-want) > 1e-15 { // a few roundings of numbers near 1
			t.Errorf("%v: a step of %g, want %g", c.make(), got, want)
		}
	}
}

// Decoupled decay does not follow the factor: rate and decay keep their product.
func TestDecayKeepsItsProduct(t *testing.T) {
	for _, o := range []Optimizer{&AdamW{WeightDecay: 0.5}, &Lion{WeightDecay: 0.5}} {
		p, g := one(graph.Rates{SGD: 1, Adam: 0.25})
		g.Zero()
		if err := o.Step([]*graph.Param{p}, []*tensor.Dense{g}, 0.125); err != nil {
			t.Fatal(err)
		}
		if got, want := p.Value.Float64s()[0], 1-0.125*0.5; math.Abs(got-want) > 1e-15 {
			t.Errorf("%v: got %g, want %g", o, got, want)
		}
	}
}

// Optimisers without a rule for the parametrisation refuse it, and move nothing.
func TestNormsHaveNoParametrisation(t *testing.T) {
	for _, o := range []Optimizer{&LAMB{}, &LARS{}, &Muon{}} {
		p, g := one(graph.Rates{SGD: 1, Adam: 0.25})
		err := o.Step([]*graph.Param{p}, []*tensor.Dense{g}, 0.1)
		if err == nil || !strings.Contains(err.Error(), "graph.MuP") || p.Value.Float64s()[0] != 1 {
			t.Errorf("%v: got error %v and value %v", o, err, p.Value)
		}
		p, g = one(graph.Rates{})
		if err := o.Step([]*graph.Param{p}, []*tensor.Dense{g}, 0.1); err != nil {
			t.Errorf("%v without parametrisation: %v", o, err)
		}
	}
}
