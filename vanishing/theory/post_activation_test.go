package theory_test

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// Branches that are far smaller than their skip cost no more than others. The numbers are those of branches as small as could be followed
// step by step: 4 blocks of a scale of 1e-4, in 8 seconds.
func TestTinyBranches(t *testing.T) {
	const exact = -2.7726772984423613
	for _, scale := range []float64{1e-4, 1e-6, 1e-12, 1e-150} {
		got := logDelta(t, resnet.Model{Input: 20, Output: 4, Blocks: 4, Width: 64, BranchScale: scale}, 32, 20)
		if !(math.Abs(got-exact) < 0.4*0.01*math.Sqrt(4)) {
			t.Errorf("blocks of a scale of %g: got ln E ms(delta) %v, want about %v", scale, got, exact)
		}
	}
}

// So it is with images.
func TestTinyBranchesOfImages(t *testing.T) {
	image := func(std float64) float64 {
		conv := graph.Conv2D{Channels: 8, Kernel: 3, Padding: 1, Init: initializer.HeNormal{}}
		last := conv
		last.Init = initializer.Normal{Std: std}
		block := graph.Residual{Branch: graph.Sequential{conv, graph.ReLU, last}, Activation: graph.ReLU}
		return logDelta(t, graph.Sequential{conv, graph.ReLU, block, block, graph.GlobalAvgPool{}, graph.Dense{Units: 4}}, 8, 3, 8, 8)
	}
	if small, tiny := image(1e-4), image(1e-9); !(math.Abs(small-tiny) < 0.4*0.01*math.Sqrt2) {
		t.Errorf("last weights of a deviation of 1e-9: got ln E ms(delta) %v, want about the %v of 1e-4", tiny, small)
	}
}

// logDelta is what theory expects at the first layer of a model.
func logDelta(t *testing.T, model graph.Model, input ...int) float64 {
	t.Helper()
	program, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: input, Loss: graph.CrossEntropy{}})
	if err != nil {
		t.Fatal(err)
	}
	net, err := vanishing.Describe(program)
	if err != nil {
		t.Fatal(err)
	}
	p, err := theory.Predict(net)
	if err != nil {
		t.Fatal(err)
	}
	return p.Layers[0].LogDelta
}
