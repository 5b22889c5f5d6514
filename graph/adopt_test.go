package graph_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// What a builder knows of a network while it is drawn, Adopt finds in the drawing.
func TestAdoptFindsWhatTheBuilderDrew(t *testing.T) {
	activations := []graph.Activation{
		graph.ReLU, graph.LeakyReLU(0.2), graph.ELU(1.5), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU, graph.Sigmoid, graph.Tanh, graph.Softplus,
		graph.Identity,
	}
	for _, f := range activations {
		for _, norm := range []graph.Norm{graph.NoNorm, graph.BN, graph.LN} {
			adoptAgain(t, fmt.Sprintf("plain %v %v", f, norm), mlp.Model{Input: 6, Depth: 4, Width: 5, Output: 3, Activation: f, Norm: norm})
			for skip := 1; skip <= 3; skip++ {
				name := fmt.Sprintf("residual %v %v skip %d", f, norm, skip)
				adoptAgain(t, name, resnet.Model{Input: 6, Blocks: 3, Skip: skip, Width: 5, Output: 3, Activation: f, Norm: norm})
			}
		}
	}
	dense := func(units int) graph.Layer { return graph.Dense{Units: units} }
	adoptAgain(t, "projections", graph.Sequential{
		dense(5), graph.Tanh,
		graph.Residual{Branch: graph.Sequential{dense(5), graph.ReLU, dense(7)}, Activation: graph.ReLU, Scale: 0.5},
		graph.Named("second", graph.Residual{Branch: graph.Sequential{dense(9), graph.ReLU, dense(8)}, Activation: graph.Tanh}),
		dense(3),
	})
	adoptAgain(t, "dropout", graph.Sequential{dense(5), graph.Dropout{P: 0.5}, graph.Tanh, dense(3)})
	adoptAgain(t, "pre-activation", graph.Sequential{
		dense(5),
		graph.Residual{Branch: graph.Sequential{graph.BatchNorm{}, graph.ReLU, dense(5), graph.LayerNorm{}, graph.ReLU, dense(5)}, Scale: 0.5},
		graph.Residual{Branch: graph.Sequential{graph.BatchNorm{}, graph.ReLU, dense(5), graph.BatchNorm{}, graph.ReLU, dense(5)}},
		dense(3),
	})
}

// adoptAgain draws a model, adopts the drawing, and compares.
func adoptAgain(t *testing.T, name string, model graph.Model) {
	t.Helper()
	built, err := graph.Build(graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{4, 6}, Loss: graph.CrossEntropy{},
	})
	if err != nil {
		t.Fatal(err)
	}
	var learnables []*gorgonia.Node
	var weights []*graph.Binding
	for _, w := range built.Weights {
		if w.Trainable() {
			learnables, weights = append(learnables, w.Node), append(weights, w)
		}
	}
	adopted, err := graph.Adopt(built.Loss, learnables...)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if got, want := len(adopted.Layers), len(built.Layers); got != want {
		t.Fatalf("%s: %d layers, want %d", name, got, want)
	}
	for i, want := range built.Layers {
		if got := adopted.Layers[i]; *got != *want {
			t.Errorf("%s, layer %s:\n got %+v\nwant %+v", name, want.Path, *got, *want)
		}
	}
	if got, want := len(adopted.Blocks), len(built.Blocks); got != want {
		t.Fatalf("%s: %d blocks, want %d", name, got, want)
	}
	for i, want := range built.Blocks {
		if got := adopted.Blocks[i]; *got != *want {
			t.Errorf("%s, block %s:\n got %+v\nwant %+v", name, want.Path, *got, *want)
		}
	}
	for i, want := range weights {
		got := adopted.Weights[i]
		if got.Name != want.Name || got.Role != want.Role || got.Depth != want.Depth || got.Node != want.Node || got.Grad != want.Grad || got.Value != want.Value {
			t.Errorf("%s, parameter %s:\n got %+v\nwant %+v", name, want.Name, *got, *want)
		}
		if want.Role == graph.Weight && (got.Layer != want.Layer || got.Fan != want.Fan) {
			t.Errorf("%s: %s is of layer %s with fan %v, want %s and %v", name, want.Name, got.Layer, got.Fan, want.Layer, want.Fan)
		}
	}
	if adopted.Input != built.Input || adopted.Output != built.Output {
		t.Errorf("%s: input and output are %v and %v, want %v and %v", name, adopted.Input, adopted.Output, built.Input, built.Output)
	}
}
