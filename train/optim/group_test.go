package optim

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A parameter of a group moves as by an optimiser with the group's rate and decay.
func TestGroups(t *testing.T) {
	groups := []Group{
		{Params: "(bias|gain|shift)$", NoDecay: true},
		{Params: "^block1/", RateFactor: 0.5},
		{Params: "weight$", WeightDecay: 0.3},
	}
	for _, c := range []struct {
		name        string
		rate, decay float64
	}{
		{"block1/bias", 0.1, 0}, // the first match wins
		{"block1/weight", 0.05, 0.2},
		{"block2/weight", 0.1, 0.3},
		{"block2/table", 0.1, 0.2},
	} {
		for _, pair := range [][2]Optimizer{
			{&SGD{WeightDecay: 0.2, Groups: groups}, &SGD{WeightDecay: c.decay}},
			{&Adam{WeightDecay: 0.2, Groups: groups}, &Adam{WeightDecay: c.decay}},
			{&Lion{WeightDecay: 0.2, Groups: groups}, &Lion{WeightDecay: c.decay}},
			{&LAMB{WeightDecay: 0.2, Groups: groups}, &LAMB{WeightDecay: c.decay}},
			{&LARS{WeightDecay: 0.2, Groups: groups}, &LARS{WeightDecay: c.decay}},
			{&RMSProp{WeightDecay: 0.2, Groups: groups}, &RMSProp{WeightDecay: c.decay}},
			{&AdaGrad{WeightDecay: 0.2, Groups: groups}, &AdaGrad{WeightDecay: c.decay}},
		} {
			a := &graph.Param{Name: c.name, Value: vector(1.0, -2)}
			b := &graph.Param{Name: c.name, Value: vector(1.0, -2)}
			for _, g := range []*tensor.Dense{vector(1.0, 2), vector(-3.0, 0.5)} {
				if err := pair[0].Step([]*graph.Param{a}, []*tensor.Dense{g}, 0.1); err != nil {
					t.Fatal(err)
				}
				if err := pair[1].Step([]*graph.Param{b}, []*tensor.Dense{g}, c.rate); err != nil {
					t.Fatal(err)
				}
			}
			if !slices.Equal(a.Value.Float64s(), b.Value.Float64s()) {
				t.Errorf("%v: %s went to %v, want %v", pair[0], c.name, a.Value, b.Value)
			}
		}
	}
}
