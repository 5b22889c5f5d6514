package mlp_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
)

// build draws a model with its gradient on a batch of 5, or fails the test.
func build(t *testing.T, m mlp.Model) *graph.Program {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{5, m.Input}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWidths(t *testing.T) {
	cases := []struct {
		model mlp.Model
		want  []int
	}{
		{mlp.Model{}, []int{}},
		{mlp.Model{Depth: 3, Width: 7}, []int{7, 7, 7}},
		{mlp.Model{Hidden: []int{9, 4}}, []int{9, 4}},
		{mlp.Model{Depth: -1, Width: 7}, []int{}},
	}
	for _, c := range cases {
		if got := c.model.Widths(); !slices.Equal(got, c.want) {
			t.Errorf("%+v: widths %v, want %v", c.model, got, c.want)
		}
	}
}

// The parameters by name and shape, in the order of declaration, and how many numbers that is.
func TestParameters(t *testing.T) {
	cases := map[string]struct {
		model mlp.Model
		names string
		size  int // counted by hand
	}{
		"one linear map": {
			mlp.Model{Input: 4, Output: 3},
			"dense1/weight(4, 3) dense1/bias(3)", 4*3 + 3,
		},
		"hidden layers": {
			mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3},
			"dense1/weight(4, 6) dense1/bias(6) dense2/weight(6, 5) dense2/bias(5) dense3/weight(5, 3) dense3/bias(3)",
			4*6 + 6 + 6*5 + 5 + 5*3 + 3,
		},
		"depth and width": {
			mlp.Model{Input: 4, Depth: 2, Width: 5, Output: 3, NoBias: true},
			"dense1/weight(4, 5) dense2/weight(5, 5) dense3/weight(5, 3)", 4*5 + 5*5 + 5*3,
		},
		"batch norm, whose shift is the bias": {
			mlp.Model{Input: 4, Hidden: []int{6}, Output: 3, Norm: graph.BN},
			"dense1/weight(4, 6) batchnorm1/gain(6) batchnorm1/shift(6) batchnorm1/running_mean(6) batchnorm1/running_var(6) " +
				"dense2/weight(6, 3) dense2/bias(3)",
			4*6 + 6 + 6 + 6*3 + 3, // running statistics are not trained
		},
		"layer norm": {
			mlp.Model{Input: 4, Hidden: []int{6}, Output: 3, Norm: graph.LN},
			"dense1/weight(4, 6) dense1/bias(6) layernorm1/gain(6) layernorm1/shift(6) dense2/weight(6, 3) dense2/bias(3)",
			4*6 + 6 + 6 + 6 + 6*3 + 3,
		},
		"dropout has none": {
			mlp.Model{Input: 4, Hidden: []int{6}, Output: 3, Dropout: 0.5, NoBias: true},
			"dense1/weight(4, 6) dense2/weight(6, 3)", 4*6 + 6*3,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			params := build(t, c.model).Params
			var names []string
			for _, p := range params.All() {
				names = append(names, fmt.Sprint(p.Name, p.Value.Shape()))
			}
			if got := strings.Join(names, " "); got != c.names {
				t.Errorf("parameters\n %s, want\n %s", got, c.names)
			}
			if params.Size() != c.size {
				t.Errorf("%d numbers to train, want %d", params.Size(), c.size)
			}
		})
	}
}

// A hidden layer is linear map, normalisation, activation, dropout, in this order.
func TestHiddenLayerIsInOrder(t *testing.T) {
	p := build(t, mlp.Model{Input: 4, Depth: 2, Width: 6, Output: 3, Activation: graph.Tanh, Norm: graph.LN, Dropout: 0.5})
	if len(p.Layers) != 3 {
		t.Fatalf("%d layers, want 2 hidden ones and the output", len(p.Layers))
	}
	first := p.Layers[0]
	if p.LayerOf(first.Pre) != "layernorm1" || p.LayerOf(first.Act) != "tanh1" {
		t.Errorf("the first layer goes through %s and %s", p.LayerOf(first.Pre), p.LayerOf(first.Act))
	}
	drawn := p.DOT()
	last := -1
	for _, layer := range []string{"dense1", "layernorm1", "tanh1", "dropout1", "dense2", "layernorm2", "tanh2", "dropout2", "dense3"} {
		at := strings.Index(drawn, `label="`+layer+`"`)
		if at <= last {
			t.Fatalf("%s is missing, or comes before its predecessor", layer)
		}
		last = at
	}
	if output := p.Layers[2]; output.Act != nil || output.Pre != p.Output {
		t.Errorf("something follows the output layer: %+v", output)
	}
}

func TestInitialiser(t *testing.T) {
	cases := []struct {
		model mlp.Model
		want  initializer.Initializer
	}{
		{mlp.Model{}, initializer.HeNormal{}},
		{mlp.Model{Activation: graph.Sigmoid}, initializer.XavierNormal{}},
		{mlp.Model{Activation: graph.SELU}, initializer.LeCunNormal{}},
		{mlp.Model{Activation: graph.Sigmoid, Init: initializer.Normal{Std: 0.05}}, initializer.Normal{Std: 0.05}},
	}
	for _, c := range cases {
		c.model.Input, c.model.Hidden, c.model.Output = 4, []int{6}, 3
		for _, p := range build(t, c.model).Params.All() {
			want := c.want
			if p.Role == graph.Bias {
				want = initializer.Constant{}
			}
			if p.Init != want {
				t.Errorf("%v: %s is drawn by %v, want %v", c.model.Activation, p.Name, p.Init, want)
			}
		}
	}
}

func TestFlattensImages(t *testing.T) {
	p, err := graph.Build(graph.Config{
		Model:  mlp.Model{Input: 2 * 3 * 4, Output: 5},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{7, 2, 3, 4},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := (tensor.Shape{7, 5}); !p.Output.Shape().Eq(want) {
		t.Errorf("output %v, want %v", p.Output.Shape(), want)
	}
}

// Validate returns an error for each mistake, and so does Build.
func TestValidate(t *testing.T) {
	good := mlp.Model{Input: 4, Depth: 2, Width: 6, Output: 3}
	if err := good.Validate(); err != nil {
		t.Fatalf("a good model: %v", err)
	}
	cases := []struct {
		model mlp.Model
		want  string
	}{
		{mlp.Model{Output: 3}, "got Input 0 and Output 3"},
		{mlp.Model{Input: 4}, "got Input 4 and Output 0"},
		{mlp.Model{Input: 4, Output: -3}, "Output -3, want positive"},
		{mlp.Model{Input: 4, Output: 3, Hidden: []int{6}, Depth: 2}, "both Hidden and Depth"},
		{mlp.Model{Input: 4, Output: 3, Hidden: []int{}, Width: 6}, "both Hidden and Depth"},
		{mlp.Model{Input: 4, Output: 3, Depth: -1, Width: 6}, "Depth: got -1"},
		{mlp.Model{Input: 4, Output: 3, Depth: 2}, "hidden layer 1: got 0"},
		{mlp.Model{Input: 4, Output: 3, Hidden: []int{6, -5}}, "hidden layer 2: got -5"},
		{mlp.Model{Input: 4, Output: 3, Width: 5}, "Depth: got 0 with Width 5"},
		{mlp.Model{Input: 4, Output: 3, Dropout: -0.1}, "Dropout: got -0.1"},
		{mlp.Model{Input: 4, Output: 3, Dropout: 1}, "Dropout: got 1"},
		{mlp.Model{Input: 4, Output: 3, Dropout: math.NaN()}, "Dropout: got NaN"},
		{mlp.Model{Input: 4, Output: 3, Norm: 7}, "Norm: graph: norm(7) is no normalisation: use NoNorm, BN or LN"},
		{mlp.Model{Input: 4, Output: 3, Depth: 1, Width: 6, Norm: -1}, "norm(-1) is no normalisation"},
	}
	for _, c := range cases {
		err := c.model.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "mlp: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want one with %q", c.model, err, c.want)
		}
		_, err = graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{5, 4}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: Build gives %v, want an error with %q", c.model, err, c.want)
		}
	}
}

func TestSampleOfOtherWidth(t *testing.T) {
	_, err := graph.Build(graph.Config{
		Model: mlp.Model{Input: 784, Output: 3}, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{5, 28, 27},
	})
	if err == nil || !strings.Contains(err.Error(), "features of a sample: got 756, want 784") {
		t.Errorf("error %v", err)
	}
}
