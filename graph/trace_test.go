package graph_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// traced draws a model on a batch of 5 samples of 4 features, with the gradient of a loss over 3 classes.
func traced(t *testing.T, model graph.Model) *graph.Program {
	t.Helper()
	return build(t, graph.Config{
		Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: graph.CrossEntropy{}, KeepAll: true,
	})
}

// describe writes a layer as depth, path, and the scopes that its pre-activation and activation were drawn in.
func describe(p *graph.Program, l *graph.LayerTrace) string {
	text := fmt.Sprintf("%d %s: pre in %s", l.Depth, l.Path, p.LayerOf(l.Pre))
	if l.Act != nil {
		text += fmt.Sprintf(", %v in %s", l.Activation, p.LayerOf(l.Act))
	}
	if l.OnSkip {
		text += ", on the skip"
	}
	return text
}

func TestTraceOfLayers(t *testing.T) {
	dense := func(units int) graph.Dense { return graph.Dense{Units: units} }
	cases := map[string]struct {
		model graph.Model
		want  []string
	}{
		"perceptron": {mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh}, []string{
			"1 dense1: pre in dense1, tanh in tanh1",
			"2 dense2: pre in dense2, tanh in tanh2",
			"3 dense3: pre in dense3",
		}},
		"batch norm comes before the activation": {mlp.Model{Input: 4, Hidden: []int{6}, Output: 3, Norm: graph.BN, Dropout: 0.5}, []string{
			"1 dense1: pre in batchnorm1, relu in relu1",
			"2 dense2: pre in dense2",
		}},
		"post-activation blocks, the second with a projection": {resnet.Model{Input: 4, Widths: []int{6, 5}, Output: 3}, []string{
			"1 dense1: pre in dense1, relu in relu1",
			"2 block1/dense1: pre in block1/dense1, relu in block1/relu1",
			"3 block1/dense2: pre in block1, relu in block1/relu2",
			"4 block2/dense1: pre in block2/dense1, relu in block2/relu1",
			"5 block2/dense2: pre in block2, relu in block2/relu2",
			"5 block2/projection: pre in block2/projection, on the skip",
			"6 dense2: pre in dense2",
		}},
		"post-activation blocks with batch norm": {resnet.Model{Input: 4, Blocks: 1, Width: 6, Output: 3, Norm: graph.BN}, []string{
			"1 dense1: pre in batchnorm1, relu in relu1",
			"2 block1/dense1: pre in block1/batchnorm1, relu in block1/relu1",
			"3 block1/dense2: pre in block1, relu in block1/relu2",
			"4 dense2: pre in dense2",
		}},
		// The stem ends before the first block, whose skip reads it; so does each block before the next.
		"pre-activation blocks": {resnet.Model{Input: 4, Blocks: 2, Width: 6, Output: 3, Norm: graph.LN, PreActivation: true}, []string{
			"1 dense1: pre in dense1",
			"2 block1/dense1: pre in block1/layernorm2, relu in block1/relu2",
			"3 block1/dense2: pre in block1",
			"4 block2/dense1: pre in block2/layernorm2, relu in block2/relu2",
			"5 block2/dense2: pre in block2",
			"6 dense2: pre in dense2",
		}},
		"skips removed": {resnet.Model{Input: 4, Blocks: 1, Width: 6, Output: 3, NoSkip: true, BranchScale: 1}, []string{
			"1 dense1: pre in dense1, relu in relu1",
			"2 block1/dense1: pre in block1/dense1, relu in block1/relu1",
			"3 block1/dense2: pre in block1/dense2, relu in block1/relu2",
			"4 dense2: pre in dense2",
		}},
		"dropout between linear map and activation": {
			graph.Sequential{dense(6), graph.Dropout{P: 0.5}, graph.ReLU, dense(3)}, []string{
				"1 dense1: pre in dropout1, relu in relu1",
				"2 dense2: pre in dense2",
			}},
		"dropout at the end of a branch": {
			graph.Sequential{dense(6), graph.Residual{Branch: graph.Sequential{dense(6), graph.Dropout{P: 0.5}}, Activation: graph.ReLU}, dense(3)}, []string{
				"1 dense1: pre in dense1",
				"2 block1/dense1: pre in block1, relu in block1/relu1",
				"3 dense2: pre in dense2",
			}},
		"normalisation after the sum": {
			graph.Sequential{graph.Residual{Branch: dense(4), Activation: graph.Sequential{graph.LayerNorm{}, graph.ReLU}}, dense(3)}, []string{
				"1 block1/dense1: pre in block1/layernorm1, relu in block1/relu1",
				"2 dense1: pre in dense1",
			}},
		"an activation belongs to one layer": {graph.Sequential{dense(6), graph.ReLU, graph.Tanh, dense(3)}, []string{
			"1 dense1: pre in dense1, relu in relu1",
			"2 dense2: pre in dense2",
		}},
		"linear layers": {graph.Sequential{dense(6), graph.Flatten{}, dense(3)}, []string{
			"1 dense1: pre in dense1",
			"2 dense2: pre in dense2",
		}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			p := traced(t, c.model)
			var got []string
			for _, l := range p.Layers {
				got = append(got, describe(p, l))
			}
			if got, want := strings.Join(got, "\n"), strings.Join(c.want, "\n"); got != want {
				t.Errorf("trace\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// The nodes are what they are called: in each layer the activation is φ(pre), and the gradient that reaches the
// pre-activation is φ'(pre) times that which reaches the activation. Without an activation, or where it is the end of a
// block, the pre-activation is all that the next layers read.
func TestTracedNodesAreWhatTheyAreCalled(t *testing.T) {
	for name, model := range map[string]graph.Model{
		"perceptron":     mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh, Norm: graph.BN},
		"residual":       resnet.Model{Input: 4, Widths: []int{6, 6, 5}, Output: 3, Activation: graph.ELU(1), Norm: graph.LN},
		"pre-activation": resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3, Activation: graph.SiLU, PreActivation: true, Norm: graph.BN},
	} {
		p := traced(t, model)
		run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
		for _, l := range p.Layers {
			if l.Act == nil {
				continue
			}
			z, dz := floats(l.Pre.Value()), floats(l.Pre.Deriv().Value())
			a, da := floats(l.Act.Value()), floats(l.Act.Deriv().Value())
			for i := range z {
				value, slope := l.Activation.Eval(z[i]), da[i]*l.Activation.Derivative(z[i])
				// The kernels differ by some units in the last place.
				if math.Abs(a[i]-value) > 1e-15*math.Abs(value) || math.Abs(dz[i]-slope) > 1e-15+1e-14*math.Abs(slope) {
					t.Fatalf("%s, %s: z %g with gradient %g, a %g with gradient %g", name, l.Path, z[i], dz[i], a[i], da[i])
				}
			}
		}
	}
}

// The depth of a parameter is that of its layer.
func TestDepthOfParameters(t *testing.T) {
	p := traced(t, resnet.Model{Input: 4, Widths: []int{6, 5}, Output: 3, Norm: graph.BN})
	depth := make(map[string]int)
	for _, l := range p.Layers {
		depth[l.Path] = l.Depth
	}
	for _, w := range p.Weights {
		want, isLinear := depth[w.Layer]
		if !isLinear {
			want = depth[strings.Replace(w.Layer, "batchnorm", "dense", 1)]
		}
		if w.Depth != want || want == 0 {
			t.Errorf("%s has depth %d, its layer %d", w.Name, w.Depth, want)
		}
	}
}
