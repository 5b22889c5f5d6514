package graph_test

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

func TestSequentialFeedsEachLayerFromTheOneBefore(t *testing.T) {
	var widths []int
	look := drawing(func(_ *graph.Builder, x *gorgonia.Node) { widths = append(widths, x.Shape()[1]) })
	p := build(t, graph.Config{
		Model:  graph.Sequential{look, graph.Dense{Units: 6}, look, graph.Sequential{graph.Dense{Units: 5}, look}, graph.Dense{Units: 3}},
		Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4},
	})
	if want := []int{4, 6, 5}; !slices.Equal(widths, want) || !p.Output.Shape().Eq(tensor.Shape{2, 3}) {
		t.Errorf("widths on the way are %v, want %v; the output is %v", widths, want, p.Output.Shape())
	}
	// A Sequential opens no scope: its layers are numbered with those around it.
	for i, name := range []string{"dense1", "dense2", "dense3"} {
		if p.Layers[i].Path != name {
			t.Errorf("layer %d is called %s, want %s", i, p.Layers[i].Path, name)
		}
	}
}

func TestEmptySequentialIsTheIdentity(t *testing.T) {
	p := build(t, graph.Config{Model: graph.Sequential{}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}})
	if p.Output != p.Input {
		t.Errorf("the output is %v, want the input", p.Output)
	}
}

func TestNamedOpensAScope(t *testing.T) {
	head := graph.Named("head", graph.Sequential{graph.Dense{Units: 3, NoBias: true}, graph.Named("inner", graph.Dense{Units: 3, NoBias: true})})
	params := drawParams(t, graph.Sequential{graph.Dense{Units: 3, NoBias: true}, head}, tensor.Float64, 1)
	var names []string
	for _, p := range params.All() {
		names = append(names, p.Name)
	}
	if want := []string{"dense1/weight", "head/dense1/weight", "head/inner/dense1/weight"}; !slices.Equal(names, want) {
		t.Errorf("parameters %v, want %v", names, want)
	}
}

func TestLayersThatAreMissing(t *testing.T) {
	nothing := graph.LayerFunc(func(*graph.Builder, *gorgonia.Node) *gorgonia.Node { return nil })
	cases := map[string]struct {
		model graph.Model
		words []string
	}{
		"nil in Sequential":      {graph.Sequential{graph.ReLU, nil}, []string{"graph: model", "nil layer at index 1"}},
		"nil function":           {graph.Sequential{graph.LayerFunc(nil)}, []string{"nil LayerFunc"}},
		"no output inside":       {graph.Sequential{graph.ReLU, nothing, graph.Tanh}, []string{"layer 1 of Sequential", "graph.LayerFunc", "no output node"}},
		"nil in Named":           {graph.Named("head", nil), []string{"layer head", "nil layer"}},
		"one name for two":       {graph.Sequential{graph.Named("a", graph.Tanh), graph.Named("a", graph.Tanh)}, []string{`"a" is taken`}},
		"nil in nested in Named": {graph.Named("head", graph.Sequential{nil}), []string{"layer head", "index 0"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { wantError(t, drawErr(c.model), c.words...) })
	}
}

func ExampleSequential() {
	model := graph.Sequential{
		graph.Dense{Units: 16}, graph.BatchNorm{}, graph.ReLU,
		graph.Named("head", graph.Dense{Units: 3}),
	}
	program, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{32, 8},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, w := range program.Weights {
		fmt.Println(w.Name, w.Value.Shape())
	}
	fmt.Println("output", program.Output.Shape())
	// Output:
	// dense1/weight (8, 16)
	// dense1/bias (16)
	// batchnorm1/gain (16)
	// batchnorm1/shift (16)
	// batchnorm1/running_mean (16)
	// batchnorm1/running_var (16)
	// head/dense1/weight (16, 3)
	// head/dense1/bias (3)
	// output (32, 3)
}
