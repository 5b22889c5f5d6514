package onnx_test

import (
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// A model that was written and read is the same network for training: the loss, all gradients and the running statistics are those of
// the model that was written, and its layers are found.
func TestTrainingAnImportedModel(t *testing.T) {
	for _, m := range []exported{
		{name: "mlp", model: mlp.Model{Input: 6, Hidden: []int{8, 7}, Output: 3, Activation: graph.Tanh, Norm: graph.BN}, sample: []int{6}},
		{name: "resnet", model: resnet.Image{Classes: 3, Blocks: []int{1, 1}, Width: 4}, sample: []int{3, 8, 8}},
	} {
		contents, params := write(t, m)
		file, err := onnx.Read(contents)
		if err != nil {
			t.Fatal(err)
		}
		imported, err := file.Model(onnx.Options{})
		if err != nil {
			t.Fatal(err)
		}
		x := random(5, append([]int{9}, m.sample...)...)
		labels := tensor.New(tensor.WithShape(9), tensor.WithBacking([]int{0, 1, 2, 2, 1, 0, 0, 2, 1}))
		train := func(model graph.Model, params *graph.Params) *graph.Program {
			p, err := graph.Build(graph.Config{Model: model, Params: params, Input: x.Shape, Mode: graph.Train, Loss: graph.CrossEntropy{}})
			if err != nil {
				t.Fatalf("%s: %v", m.name, err)
			}
			if err := p.Run(x.tensor(t, tensor.Float32), labels); err != nil {
				t.Fatal(err)
			}
			return p
		}
		ours, theirs := train(m.model, params), train(imported, graph.NewParams(tensor.Float32, 9))
		gradients := func(p *graph.Program) map[string]array {
			all := map[string]array{"loss": {Data: []float64{p.LossValue()}}}
			for _, w := range p.Weights {
				if w.Grad != nil {
					all["gradient of "+w.Name] = array{Data: numbersOf(w.Grad)}
				} else {
					all[w.Name] = array{Data: numbersOf(w.Node)}
				}
			}
			return all
		}
		checkSame(t, m.name, gradients(theirs), gradients(ours), 1e-5)
		var got, want []string
		for _, l := range theirs.Layers {
			got = append(got, l.Path)
		}
		for _, l := range ours.Layers {
			want = append(want, l.Path)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got the layers %q, want %q", m.name, got, want)
		}
	}
}

// Parameters that are frozen are constants, and the others are trained.
func TestFrozenParameters(t *testing.T) {
	contents, _ := write(t, exported{name: "mlp", model: mlp.Model{Input: 6, Hidden: []int{8}, Output: 3}, sample: []int{6}})
	file, err := onnx.Read(contents)
	if err != nil {
		t.Fatal(err)
	}
	model, err := file.Model(onnx.Options{Frozen: func(name string) bool { return name == "dense1/weight" }})
	if err != nil {
		t.Fatal(err)
	}
	p, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{4, 6}, Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, w := range p.Weights {
		names = append(names, w.Name)
	}
	slices.Sort(names)
	if want := []string{"dense1/bias", "dense2/bias", "dense2/weight"}; !slices.Equal(names, want) {
		t.Errorf("got the parameters %q, want %q", names, want)
	}
}
