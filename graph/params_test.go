package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// drawParams declares the parameters of a model on a batch of 2 samples of 4 features, or fails the test.
func drawParams(t *testing.T, model graph.Model, dt tensor.Dtype, seed uint64) *graph.Params {
	t.Helper()
	params := graph.NewParams(dt, seed)
	build(t, graph.Config{Model: model, Params: params, Input: tensor.Shape{2, 4}})
	return params
}

func TestParamsAreInOrderOfDeclaration(t *testing.T) {
	model := graph.Sequential{graph.Named("zeta", graph.Dense{Units: 3}), graph.BatchNorm{}, graph.Named("alpha", graph.Dense{Units: 5})}
	params := drawParams(t, model, tensor.Float32, 7)
	want := []struct {
		name      string
		role      graph.Role
		fan       initializer.Fan
		size      int
		trainable bool
	}{
		{"zeta/dense1/weight", graph.Weight, initializer.Fan{In: 4, Out: 3}, 12, true},
		{"zeta/dense1/bias", graph.Bias, initializer.Fan{In: 4, Out: 3}, 3, true},
		{"batchnorm1/gain", graph.Gain, initializer.Fan{}, 3, true},
		{"batchnorm1/shift", graph.Shift, initializer.Fan{}, 3, true},
		{"batchnorm1/running_mean", graph.RunningStat, initializer.Fan{}, 3, false},
		{"batchnorm1/running_var", graph.RunningStat, initializer.Fan{}, 3, false},
		{"alpha/dense1/weight", graph.Weight, initializer.Fan{In: 3, Out: 5}, 15, true},
		{"alpha/dense1/bias", graph.Bias, initializer.Fan{In: 3, Out: 5}, 5, true},
	}
	if len(params.All()) != len(want) {
		t.Fatalf("%d parameters, want %d", len(params.All()), len(want))
	}
	size := 0
	for i, p := range params.All() {
		w := want[i]
		if p.Name != w.name || p.Role != w.role || p.Fan != w.fan || p.Size() != w.size || p.Trainable() != w.trainable {
			t.Errorf("parameter %d is %s, %v, %v, size %d, trainable %v; want %+v", i, p.Name, p.Role, p.Fan, p.Size(), p.Trainable(), w)
		}
		if params.Get(p.Name) != p {
			t.Errorf("Get(%q) gives another parameter", p.Name)
		}
		if w.trainable {
			size += w.size
		}
	}
	if params.Size() != size {
		t.Errorf("%d numbers to train, want %d", params.Size(), size)
	}
	if params.Get("dense1/weight") != nil {
		t.Error("Get finds a parameter that is not there")
	}
	if params.Dtype() != tensor.Float32 || params.Seed() != 7 {
		t.Errorf("dtype %v and seed %d, want those given", params.Dtype(), params.Seed())
	}
}

func TestRoleNames(t *testing.T) {
	got := fmt.Sprint([]graph.Role{graph.Weight, graph.Bias, graph.Gain, graph.Shift, graph.RunningStat})
	if want := "[weight bias gain shift running statistic]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParamsOfOneSeedAreEqual(t *testing.T) {
	model := graph.Sequential{graph.Dense{Units: 6}, graph.Dense{Units: 3}}
	first, again, other := drawParams(t, model, tensor.Float64, 1), drawParams(t, model, tensor.Float64, 1), drawParams(t, model, tensor.Float64, 2)
	for i, p := range first.All() {
		if !slices.Equal(p.Value.Float64s(), again.All()[i].Value.Float64s()) {
			t.Errorf("%s differs between two draws of one seed", p.Name)
		}
		if p.Role == graph.Weight && slices.Equal(p.Value.Float64s(), other.All()[i].Value.Float64s()) {
			t.Errorf("%s is the same for seeds 1 and 2", p.Name)
		}
	}
}

// Two layers of one shape have different numbers, and a layer keeps its own wherever in the model it is drawn.
func TestValueDependsOnTheNameAndNotOnTheOrder(t *testing.T) {
	a, b := graph.Named("a", graph.Dense{Units: 4}), graph.Named("b", graph.Dense{Units: 4})
	ab := drawParams(t, graph.Sequential{a, b}, tensor.Float64, 1)
	ba := drawParams(t, graph.Sequential{graph.LayerNorm{}, b, a}, tensor.Float64, 1)
	for _, name := range []string{"a/dense1/weight", "b/dense1/weight"} {
		if !slices.Equal(ab.Get(name).Value.Float64s(), ba.Get(name).Value.Float64s()) {
			t.Errorf("%s depends on where it is drawn", name)
		}
	}
	if slices.Equal(ab.Get("a/dense1/weight").Value.Float64s(), ab.Get("b/dense1/weight").Value.Float64s()) {
		t.Error("a and b have the same weight")
	}
}

// Both types draw the same numbers; those of float32 are rounded.
func TestFloat32ParamsAreRoundedFloat64Params(t *testing.T) {
	model := graph.Sequential{graph.Dense{Units: 6, Init: initializer.HeNormal{}}, graph.Dense{Units: 3, Init: initializer.Orthogonal{}}}
	narrow, wide := drawParams(t, model, tensor.Float32, 1), drawParams(t, model, tensor.Float64, 1)
	for i, p := range wide.All() {
		for j, v := range p.Value.Float64s() {
			if got := narrow.All()[i].Value.Float32s()[j]; got != float32(v) {
				t.Fatalf("%s[%d] is %v in float32, want %v", p.Name, j, got, float32(v))
			}
		}
	}
}

// A second program over the same Params takes what it finds.
func TestProgramsShareParams(t *testing.T) {
	params := drawParams(t, graph.Dense{Units: 3}, tensor.Float64, 1)
	w := params.Get("dense1/weight")
	w.Value.Float64s()[0] = 42
	p := build(t, graph.Config{Model: graph.Dense{Units: 3}, Params: params, Input: tensor.Shape{7, 4}})
	if len(params.All()) != 2 || p.Weights[0].Param != w || w.Value.Float64s()[0] != 42 {
		t.Errorf("the second program has %d parameters, and draws %s anew", len(params.All()), w.Name)
	}
}

// param is a layer that gives a parameter in the place of its input.
func param(spec graph.Param, shape ...int) graph.Layer {
	return graph.LayerFunc(func(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node { return b.Param(spec, shape...) })
}

func TestParamErrors(t *testing.T) {
	store := drawParams(t, graph.Dense{Units: 3}, tensor.Float64, 1)
	vector := drawParams(t, param(graph.Param{Name: "v", Init: initializer.Constant{}}, 5), tensor.Float64, 1)
	fresh := func() *graph.Params { return graph.NewParams(tensor.Float64, 1) }
	zeros := graph.Param{Name: "w", Init: initializer.Constant{}}
	cases := map[string]struct {
		params *graph.Params
		model  graph.Model
		words  []string
	}{
		"other shape in the store": {store, graph.Dense{Units: 5},
			[]string{"layer dense1", "dense1/weight", "(4, 3)", "(4, 5)", "new Params"}},
		"column for a vector": {vector, param(graph.Param{Name: "v", Init: initializer.Constant{}}, 5, 1),
			[]string{"parameter v", "(5)", "(5, 1)"}},
		"initialiser of senseless numbers": {fresh(), graph.Dense{Units: 3, Init: initializer.Normal{Std: -1}},
			[]string{"layer dense1", "parameter dense1/weight", "std=-1"}},
		"bias initialiser": {fresh(), graph.Dense{Units: 3, BiasInit: initializer.Constant{Value: math.NaN()}},
			[]string{"layer dense1", "parameter dense1/bias", "finite"}},
		"no initialiser":  {fresh(), param(graph.Param{Name: "w"}, 5), []string{"parameter w has no Init"}},
		"negative size":   {fresh(), param(zeros, 5, -1), []string{"parameter w", "(5, -1)", "got -1"}},
		"size of zero":    {fresh(), param(zeros, 0), []string{"parameter w", "at least 1"}},
		"beyond memory":   {fresh(), param(zeros, 1<<30, 1<<30), []string{"parameter w", "more than"}},
		"overflow of int": {fresh(), graph.Dense{Units: math.MaxInt}, []string{"parameter dense1/weight", "more than"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := len(c.params.All())
			_, err := graph.Build(graph.Config{Model: c.model, Params: c.params, Input: tensor.Shape{2, 4}})
			wantError(t, err, c.words...)
			if after := len(c.params.All()); after != before {
				t.Errorf("the failed Build left %d parameters where there were %d", after, before)
			}
		})
	}
}

// What a failed Build declared is gone, so that the mended model can be drawn over the same Params.
func TestFailedBuildLeavesParamsAlone(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	bad := graph.Sequential{graph.Named("kept", graph.Dense{Units: 3}), graph.Dense{Units: 6}, graph.Dense{}}
	_, err := graph.Build(graph.Config{Model: bad, Params: params, Input: tensor.Shape{2, 4}})
	wantError(t, err, "dense2", "got Units 0")
	if len(params.All()) != 0 || params.Get("dense1/weight") != nil {
		t.Errorf("%d parameters are left", len(params.All()))
	}
	good := graph.Sequential{graph.Named("kept", graph.Dense{Units: 3}), graph.Dense{Units: 5}, graph.Dense{Units: 2}}
	build(t, graph.Config{Model: good, Params: params, Input: tensor.Shape{2, 4}})
}

func ExampleParams() {
	params := graph.NewParams(tensor.Float32, 1)
	model := graph.Sequential{graph.Dense{Units: 8}, graph.ReLU, graph.Dense{Units: 2}}
	// The graph for training and that for one sample are drawn over the same parameters.
	for _, batch := range []int{64, 1} {
		if _, err := graph.Build(graph.Config{Model: model, Params: params, Input: tensor.Shape{batch, 4}}); err != nil {
			fmt.Println(err)
			return
		}
	}
	for _, p := range params.All() {
		fmt.Println(p.Name, p.Value.Shape(), p.Init)
	}
	fmt.Println(params.Size(), "numbers to train")
	// Output:
	// dense1/weight (4, 8) xavier_uniform(gain=1)
	// dense1/bias (8) constant(value=0)
	// dense2/weight (8, 2) xavier_uniform(gain=1)
	// dense2/bias (2) constant(value=0)
	// 58 numbers to train
}

// A clone has memory of its own.
func TestCloneOfParams(t *testing.T) {
	params := drawParams(t, graph.Dense{Units: 3}, tensor.Float64, 7)
	clone := params.Clone()
	for _, p := range params.All() {
		c := clone.Get(p.Name)
		if c == nil || c == p || c.Role != p.Role || !slices.Equal(c.Value.Float64s(), p.Value.Float64s()) {
			t.Fatalf("the clone of %s is %v, want %v", p.Name, c, p)
		}
		if c.Value.Float64s()[0]++; c.Value.Float64s()[0] == p.Value.Float64s()[0] {
			t.Errorf("%s shares its memory with its clone", p.Name)
		}
	}
}

// Values that wait for the first Build wait in the clone too.
func TestCloneOfWaitingParams(t *testing.T) {
	params := drawParams(t, graph.Dense{Units: 3}, tensor.Float64, 7)
	values := make(map[string]*tensor.Dense)
	for _, p := range params.All() {
		values[p.Name] = p.Value
	}
	waiting := graph.NewParams(tensor.Float64, 8)
	if err := waiting.Assign(values, graph.Assignment{}); err != nil {
		t.Fatal(err)
	}
	for _, ps := range []*graph.Params{waiting.Clone(), waiting} {
		build(t, graph.Config{Model: graph.Dense{Units: 3}, Params: ps, Input: tensor.Shape{2, 4}})
		if got, want := ps.Get("dense1/weight").Value.Float64s(), params.Get("dense1/weight").Value.Float64s(); !slices.Equal(got, want) {
			t.Errorf("the weight is %v, want %v", got, want)
		}
	}
}
