package vanishing

import (
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The description of an object in a profile has the same text as the object.
func TestKindsReadAsTheirObjects(t *testing.T) {
	for _, a := range []graph.Activation{graph.ReLU, graph.LeakyReLU(0.01), graph.ELU(1), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU,
		graph.Sigmoid, graph.Tanh, graph.Erf, graph.Softsign, graph.Softplus, graph.Identity} {
		if got := activationOf(a); got.String() != a.String() {
			t.Errorf("description: got %v, want %v", got, a)
		}
	}
	for _, i := range []initializer.Initializer{
		initializer.Constant{Value: 2}, initializer.Uniform{Low: -1, High: 2}, initializer.Normal{Mean: 1, Std: 0.05}, initializer.XavierUniform{},
		initializer.XavierNormal{Gain: 2}, initializer.HeUniform{FanOut: true}, initializer.HeNormal{}, initializer.LeCunUniform{}, initializer.LeCunNormal{},
		initializer.Orthogonal{}, initializer.DeltaOrthogonal{}, initializer.TorchDefault{}, undeclared{initializer.HeNormal{}},
	} {
		got := initializerOf(i)
		if _, other := i.(undeclared); got.String() != i.String() || (got.Kind == profile.OtherInit) != other {
			t.Errorf("description: got %v of kind %s, want %v", got, got.Kind, i)
		}
	}
	for _, o := range []optim.Optimizer{
		&optim.SGD{}, &optim.SGD{LearningRate: 0.1, Momentum: 0.9, Nesterov: true, WeightDecay: 1e-4}, &optim.Adam{}, &optim.Adam{Beta1: 0.8, Epsilon: 1e-6, WeightDecay: 0.1},
		struct{ optim.Optimizer }{&optim.SGD{}}, unknownSolver{},
	} {
		if got := optimizerOf(o); got.String() != o.String() {
			t.Errorf("description: got %v, want %v", got, o)
		}
	}
	for n := structure.BatchNorm; n <= structure.RMSNorm; n++ {
		if got := normKinds[n]; string(got) != n.String() {
			t.Errorf("description: got %s, want %v", got, n)
		}
	}
	if initializerOf(nil) != nil || normKinds[structure.NoNorm] != "" {
		t.Error("description without initialiser or normalisation: got one, want none")
	}
}

// Remedies name the initialiser that our models use.
func TestUsualInitialisersAreTheDefaults(t *testing.T) {
	for _, a := range []graph.Activation{graph.ReLU, graph.LeakyReLU(0.01), graph.ELU(1), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU,
		graph.Sigmoid, graph.Tanh, graph.Erf, graph.Softsign, graph.Softplus} {
		p := Profile{Layers: []Layer{{Depth: 1}, {Depth: 2}, {Depth: 3}}, Records: []Record{{Layers: []profile.LayerRecord{{DeltaRMS: 1e9}, {DeltaRMS: 1}, {DeltaRMS: 1}}}}}
		for i := range p.Layers {
			p.Layers[i].Activation, p.Layers[i].Init = activationOf(a), &profile.Initializer{Kind: profile.Normal, Std: 1}
		}
		want := map[initializer.Initializer]string{
			initializer.HeNormal{}: "initializer.HeNormal{}", initializer.LeCunNormal{}: "initializer.LeCunNormal{}", initializer.XavierNormal{}: "initializer.XavierNormal{}",
		}[a.DefaultInit()]
		if d := Diagnose(p); len(d.Findings) == 0 || d.Findings[0].Code != "Init: "+want {
			t.Errorf("%v: %+v, want %s", a, d.Findings, want)
		}
	}
}

// A profile names each optimiser by a kind that it knows, with the same numbers as the optimiser itself.
func TestOptimizersOfAProfile(t *testing.T) {
	group := []optim.Group{{Params: "bias", NoDecay: true}}
	for kind, o := range map[profile.OptimizerKind]optim.Optimizer{
		profile.SGD:     &optim.SGD{Momentum: 0.9, Nesterov: true, Groups: group},
		profile.Adam:    &optim.Adam{WeightDecay: 0.1},
		profile.AdamW:   &optim.AdamW{},
		profile.RMSProp: &optim.RMSProp{Centered: true, Momentum: 0.5},
		profile.AdaGrad: &optim.AdaGrad{RateDecay: 0.1},
		profile.Lion:    &optim.Lion{WeightDecay: 0.1},
		profile.LAMB:    &optim.LAMB{},
		profile.LARS:    &optim.LARS{Momentum: 0.9},
		profile.Muon:    &optim.Muon{},
	} {
		if got := optimizerOf(o); got.Kind != kind || got.String() != o.String() {
			t.Errorf("got %s as %q, want %s as %q", got.Kind, got, kind, o)
		}
	}
}
