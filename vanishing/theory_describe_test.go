package vanishing

import (
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// A description has what the flags of a model say, and assumes standardised inputs.
func TestDescribe(t *testing.T) {
	program := build(t, resnet.Model{Input: 32, Blocks: 1, Width: 8, Output: 3, Norm: graph.LN}, graph.CrossEntropy{}, 1, 16, 32)
	net, err := Describe(program)
	if err != nil {
		t.Fatal(err)
	}
	he := func(name string, in, out int) theory.Layer {
		return theory.Layer{Name: name, In: in, Out: out, WeightVar: 2 / float64(in), Norm: theory.LayerNorm, Activation: graph.ReLU}
	}
	want := theory.Net{
		Layers: []theory.Layer{
			he("dense1", 32, 8), he("block1/dense1", 8, 8), he("block1/dense2", 8, 8),
			{Name: "dense2", In: 8, Out: 3, WeightVar: net.Layers[3].WeightVar},
		},
		Blocks: []theory.Block{{First: 1, Last: 2, Scale: 1}}, Batch: 16, MeanSquare: 1,
	}
	if !reflect.DeepEqual(net, want) {
		t.Errorf("got\n%+v\nwant\n%+v", net, want)
	}
}

// The error names what theory does not cover.
func TestDescribeWhatTheoryDoesNotCover(t *testing.T) {
	for want, model := range map[string]graph.Model{
		"no hidden layer": graph.Dense{Units: 10},
		"before layer dense2: theory has no words for": mlp.Model{Input: 6, Depth: 3, Width: 8, Output: 10, Dropout: 0.5},
		"the mean of dense1/weight is 1,":              mlp.Model{Input: 6, Depth: 3, Width: 8, Output: 10, Init: initializer.Normal{Mean: 1, Std: 1e-3}},
	} {
		net, err := Describe(build(t, model, graph.CrossEntropy{}, 1, 4, 6))
		if err == nil || !strings.HasPrefix(err.Error(), "vanishing: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %+v and the error %v, want an error with %q", net, err, want)
		}
	}
}

func TestDescribeTrainedParameters(t *testing.T) {
	var trainer *train.Trainer
	fit(t, nil, func(of *train.Trainer) { trainer = of })
	program, err := graph.Build(graph.Config{
		Model: trainer.Model, Params: trainer.Params, Input: tensor.Shape{4, 4}, Loss: trainer.Loss,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	if _, err := Describe(program); err == nil || !strings.Contains(err.Error(), "got trained parameters") {
		t.Errorf("got the error %v, want one about trained parameters", err)
	}
}
