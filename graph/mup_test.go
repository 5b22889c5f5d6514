package graph_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
)

// network is two hidden layers of a width, of which the second is in a residual block, with 3 outputs.
func network(width int) graph.Model {
	dense := graph.Dense{Units: width, Init: initializer.HeNormal{}}
	return graph.Sequential{
		dense, graph.ReLU, graph.Residual{Branch: graph.Sequential{graph.LayerNorm{}, dense}},
		graph.Dense{Units: 3, Init: initializer.HeNormal{}},
	}
}

// drawnOver gives the parameters of a model on a batch of 5 samples of 7 features, and its output for a fixed batch.
func drawnOver(t *testing.T, m graph.Model) (map[string]*graph.Param, []float64) {
	t.Helper()
	p := graphtest.Build(t, graph.Config{Model: m, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 7}})
	graphtest.Run(t, p, graphtest.Randn(t, tensor.Float64, 2, 5, 7), nil)
	byName := make(map[string]*graph.Param)
	for _, w := range p.Params.All() {
		byName[w.Name] = w
	}
	return byName, graphtest.Floats(p.Output.Value())
}

// The rates and the first values are those of table 3 of Yang et al. 2022, from width 16 to 64: in brackets what changes by a factor of 4.
func TestMuPFollowsTheTable(t *testing.T) {
	params, _ := drawnOver(t, graph.MuP{Model: network(64), Base: network(16)})
	for name, want := range map[string]struct {
		rates    graph.Rates
		variance float64 // of the first values
	}{
		"dense1/weight":          {graph.Rates{SGD: 4, Adam: 1}, 2.0 / 7},             // 1/fan_in, [fan_out], 1
		"dense1/bias":            {graph.Rates{SGD: 4, Adam: 1}, 0},                   // as an input weight
		"block1/layernorm1/gain": {graph.Rates{SGD: 4, Adam: 1}, 0},                   // as an input weight
		"block1/dense1/weight":   {graph.Rates{SGD: 1, Adam: 0.25}, 2.0 / 64},         // [1/fan_in], 1, [1/fan_in]
		"block1/dense1/bias":     {graph.Rates{SGD: 4, Adam: 1}, 0},                   // as an input weight
		"dense2/weight":          {graph.Rates{SGD: 0.25, Adam: 0.25}, 2.0 / 16 / 16}, // [1/fan_in^2], [1/fan_in], [1/fan_in]
		"dense2/bias":            {graph.Rates{}, 0},                                  // does not grow
	} {
		p := params[name]
		if p == nil {
			t.Errorf("no %s", name)
			continue
		}
		variance, known := initializer.Variance(p.Init, p.Fan, p.Value.Shape())
		if p.Rates != want.rates || !known || math.Abs(variance-want.variance) > 1e-15 {
			t.Errorf("%s: got rates %v and variance %g, want %v and %g", name, p.Rates, variance, want.rates, want.variance)
		}
	}
	// 192 numbers of the output weight have a mean square near the variance: its relative deviation is sqrt(2/192), 0.1.
	square := 0.0
	for _, w := range params["dense2/weight"].Value.Float64s() {
		square += w * w / 192
	}
	if ratio := square / (2.0 / 256); ratio < 0.7 || ratio > 1.3 {
		t.Errorf("the first values of the output have %g times the variance of the table", ratio)
	}
}

// An initialiser that does not look at the width gets the variance of the table all the same.
func TestMuPScalesAnyInitialiser(t *testing.T) {
	stack := func(width int) graph.Model {
		return graph.Sequential{
			graph.Dense{Units: width, Init: initializer.Normal{Std: 0.5}}, graph.Dense{Units: width, Init: initializer.Normal{Std: 0.5}},
			graph.Dense{Units: width, Init: initializer.Orthogonal{}}, graph.Dense{Units: 3, Init: initializer.XavierUniform{}},
		}
	}
	params, _ := drawnOver(t, graph.MuP{Model: stack(64), Base: stack(16)})
	for i, want := range []float64{0.25, 0.25 / 4, 1.0 / 64, 2.0 / 19 / 16} {
		p := params[fmt.Sprintf("dense%d/weight", i+1)]
		if got, _ := initializer.Variance(p.Init, p.Fan, p.Value.Shape()); math.Abs(got-want) > 1e-15 {
			t.Errorf("%s: got the variance %g, want %g", p.Name, got, want)
		}
	}
}

// With blocks the branch is scaled by Blocks^-Alpha, and its rates by those of Yang et al. 2023 and Dey et al. 2025, table 1.
func TestMuPScalesBlocks(t *testing.T) {
	for alpha, want := range map[float64]struct {
		scale float64
		rates graph.Rates
	}{0.5: {0.5, graph.Rates{SGD: 1, Adam: 0.5}}, 1: {0.25, graph.Rates{SGD: 4, Adam: 1}}} {
		model := graph.MuP{Model: network(16), Blocks: 4, Alpha: alpha}
		p := graphtest.Build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 7}})
		if got := p.Blocks[0].Scale; got != want.scale {
			t.Errorf("alpha %g: the branch has the factor %g, want %g", alpha, got, want.scale)
		}
		for _, w := range p.Params.All() {
			inBranch := w.Name[:5] == "block"
			if got := w.Rates; inBranch && got != want.rates && want.rates != (graph.Rates{SGD: 1, Adam: 1}) || !inBranch && got != (graph.Rates{}) {
				t.Errorf("alpha %g: %s has the rates %v, want %v", alpha, w.Name, got, want.rates)
			}
		}
	}
	// Width and depth together.
	params, _ := drawnOver(t, graph.MuP{Model: network(64), Base: network(16), Blocks: 4, Alpha: 0.5})
	if got, want := params["block1/dense1/weight"].Rates, (graph.Rates{SGD: 1, Adam: 0.125}); got != want {
		t.Errorf("both: got %v, want %v", got, want)
	}
}

// At the size of the base the parametrisation changes nothing.
func TestMuPIsTheModelAtTheBase(t *testing.T) {
	want, output := drawnOver(t, network(16))
	got, scaled := drawnOver(t, graph.MuP{Model: network(16), Base: network(16), Blocks: 1, Alpha: 1})
	for name, p := range want {
		if g := got[name]; g == nil || g.Rates != (graph.Rates{}) || fmt.Sprint(g.Init) != fmt.Sprint(p.Init) || fmt.Sprint(g.Value.Float64s()) != fmt.Sprint(p.Value.Float64s()) {
			t.Errorf("%s: got %+v, want %+v", name, g, p)
		}
	}
	for i := range output {
		if scaled[i] != output[i] {
			t.Errorf("output %d: got %v, want %v", i, scaled[i], output[i])
		}
	}
}

// noVariance does not declare its variance.
type noVariance struct{ initializer.Initializer }

func TestMuPRefuses(t *testing.T) {
	odd := graph.Sequential{graph.Dense{Units: 8, Init: noVariance{initializer.HeNormal{}}}}
	for words, m := range map[string]graph.Model{
		"Model is nil":                   graph.MuP{},
		"outermost":                      graph.MuP{Model: graph.MuP{Model: network(4)}},
		"Alpha: got 0.25":                graph.MuP{Model: network(4), Alpha: 0.25},
		"Blocks: got -1":                 graph.MuP{Model: network(4), Alpha: 1, Blocks: -1},
		"not in Base":                    graph.MuP{Model: network(4), Base: graph.Dense{Units: 4}},
		"Base: graph: layer dense1":      graph.MuP{Model: network(4), Base: graph.Dense{}},
		"declares its variance":          graph.MuP{Model: odd, Base: graph.Sequential{graph.Dense{Units: 4}}},
		`the size "head" is not in Base`: graph.MuP{Model: sized{}, Base: network(4)},
	} {
		_, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 7}})
		graphtest.WantError(t, err, words)
	}
}

// sized is a layer with a size of its own.
type sized struct{}

func (sized) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	b.Growth("head", 3)
	return x
}
