package diagnose

import (
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Layers of few ReLU units die by their width: a lower rate and a normalisation do not help them.
func TestNarrowLayersDie(t *testing.T) {
	with := func(units int, activation profile.Activation) Diagnosis {
		p := stuckProfile(200, 2.31, 2.3, append(make([]float64, 12), 1)...)
		p.Optimizer = sgd(0.01)
		for l := range p.Layers[:12] {
			p.Layers[l].Units, p.Layers[l].Activation = units, activation
			p.Records[0].Layers[l].DeltaRMS = 1 // it began well
			for i := 1; i < len(p.Records); i++ {
				p.Records[i].Details.Layers[l].Dead = 1
			}
		}
		return Diagnose(p)
	}
	for _, rule := range []string{"vanishing", "dead-relu"} {
		if f := expectFinding(t, with(4, relu), rule, "In a layer of 4 units with ReLU all are soon off", "make the layers wider"); f.Code != "Activation: graph.LeakyReLU(0.01)" {
			t.Errorf("%s: got the code %q", rule, f.Code)
		}
		if f := expectFinding(t, with(32, relu), rule); f.Code != "LearningRate: 0.001" {
			t.Errorf("%s, wide layers: got %+v", rule, f)
		}
	}
	expectFinding(t, with(4, tanh), "vanishing", "lower the learning rate 10 times")
}
