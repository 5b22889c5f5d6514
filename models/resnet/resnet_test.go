package resnet_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/resnet"
)

// build draws a model with its gradient on a batch of 5, or fails the test.
func build(t *testing.T, m resnet.Model) *graph.Program {
	t.Helper()
	p, err := graph.Build(graph.Config{
		Model: m, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, m.Input}, Loss: graph.CrossEntropy{},
		KeepAll: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// run runs a program or fails the test.
func run(t *testing.T, p *graph.Program, x, y *tensor.Dense) {
	t.Helper()
	if err := p.Run(x, y); err != nil {
		t.Fatal(err)
	}
}

// batch draws samples from N(0, 1); the class of a sample is the largest of its first features.
func batch(t *testing.T, samples, features, classes int) (x, y *tensor.Dense) {
	t.Helper()
	x, err := tensors.Randn(tensor.Float64, rand.New(rand.NewPCG(5, 0)), samples, features)
	if err != nil {
		t.Fatal(err)
	}
	labels := make([]int, samples)
	for i := range labels {
		row := x.Float64s()[i*features : i*features+classes]
		labels[i] = slices.Index(row, slices.Max(row))
	}
	if y, err = tensors.Labels(labels); err != nil {
		t.Fatal(err)
	}
	return x, y
}

// rms is the root mean square of a node's float64 value.
func rms(n *gorgonia.Node) float64 {
	data := n.Value().Data().([]float64)
	return floats.Norm(data, 2) / math.Sqrt(float64(len(data)))
}

// names lists the parameters in the order of declaration, as "dense1/weight(4, 6)".
func names(p *graph.Program) []string {
	var list []string
	for _, w := range p.Weights {
		list = append(list, fmt.Sprint(w.Name, w.Value.Shape()))
	}
	return list
}

func TestParameters(t *testing.T) {
	cases := map[string]struct {
		model resnet.Model
		names string
		size  int // counted by hand
	}{
		"default": {
			resnet.Model{Blocks: 1, Width: 6},
			"dense1/weight(4, 6) dense1/bias(6) " +
				"block1/dense1/weight(6, 6) block1/dense1/bias(6) block1/dense2/weight(6, 6) block1/dense2/bias(6) " +
				"dense2/weight(6, 3) dense2/bias(3)",
			4*6 + 6 + 2*(6*6+6) + 6*3 + 3,
		},
		"skip over one layer": {
			resnet.Model{Blocks: 2, Width: 6, Skip: 1},
			"dense1/weight(4, 6) dense1/bias(6) block1/dense1/weight(6, 6) block1/dense1/bias(6) " +
				"block2/dense1/weight(6, 6) block2/dense1/bias(6) dense2/weight(6, 3) dense2/bias(3)",
			4*6 + 6 + 2*(6*6+6) + 6*3 + 3,
		},
		"a projection where the width changes": {
			resnet.Model{Widths: []int{6, 5}, Skip: 1},
			"dense1/weight(4, 6) dense1/bias(6) block1/dense1/weight(6, 6) block1/dense1/bias(6) " +
				"block2/dense1/weight(6, 5) block2/dense1/bias(5) block2/projection/weight(6, 5) dense2/weight(5, 3) dense2/bias(3)",
			4*6 + 6 + 6*6 + 6 + 6*5 + 5 + 6*5 + 5*3 + 3,
		},
		"layer norm": {
			resnet.Model{Blocks: 1, Width: 6, Skip: 1, Norm: graph.LN},
			"dense1/weight(4, 6) dense1/bias(6) layernorm1/gain(6) layernorm1/shift(6) " +
				"block1/dense1/weight(6, 6) block1/dense1/bias(6) block1/layernorm1/gain(6) block1/layernorm1/shift(6) " +
				"dense2/weight(6, 3) dense2/bias(3)",
			4*6 + 3*6 + 6*6 + 3*6 + 6*3 + 3,
		},
		"batch norm takes the bias, in pre-activation blocks too": {
			resnet.Model{Blocks: 1, Width: 6, Skip: 1, Norm: graph.BN, PreActivation: true},
			"dense1/weight(4, 6) " +
				"block1/batchnorm1/gain(6) block1/batchnorm1/shift(6) block1/batchnorm1/running_mean(6) block1/batchnorm1/running_var(6) " +
				"block1/dense1/weight(6, 6) " +
				"batchnorm1/gain(6) batchnorm1/shift(6) batchnorm1/running_mean(6) batchnorm1/running_var(6) " +
				"dense2/weight(6, 3) dense2/bias(3)",
			4*6 + 2*6 + 6*6 + 2*6 + 6*3 + 3, // running statistics are not trained
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.model.Input, c.model.Output = 4, 3
			p := build(t, c.model)
			if got := strings.Join(names(p), " "); got != c.names {
				t.Errorf("parameters\n %s, want\n %s", got, c.names)
			}
			if got := p.Params.Size(); got != c.size {
				t.Errorf("%d numbers to train, want %d", got, c.size)
			}
		})
	}
}

// Depth counts the layers that the trace finds on the way, without the output layer.
func TestDepth(t *testing.T) {
	for want, m := range map[int]resnet.Model{
		3:  {Blocks: 1, Width: 6},
		4:  {Blocks: 3, Width: 6, Skip: 1},
		11: {Blocks: 5, Width: 6, PreActivation: true},
		10: {Widths: []int{6, 5, 6}, Skip: 3, Norm: graph.BN},
	} {
		m.Input, m.Output = 4, 3
		p := build(t, m)
		if got := m.Depth(); got != want {
			t.Errorf("%+v: depth %d, want %d", m, got, want)
		}
		if output := p.Layers[len(p.Layers)-1]; output.Depth != want+1 {
			t.Errorf("%+v: the output layer has depth %d, want %d", m, output.Depth, want+1)
		}
	}
}

// The branch is scaled by 1/sqrt(blocks) unless it is normalised or another scale is asked for.
func TestBranchScale(t *testing.T) {
	for _, c := range []struct {
		model resnet.Model
		want  float64
	}{
		{resnet.Model{Blocks: 9}, 1.0 / 3},
		{resnet.Model{Blocks: 9, Norm: graph.BN}, 1},
		{resnet.Model{Blocks: 9, Norm: graph.LN, BranchScale: 0.5}, 0.5},
		{resnet.Model{Blocks: 9, BranchScale: 1}, 1},
		{resnet.Model{Blocks: 9, BranchScale: 2, PreActivation: true}, 2},
	} {
		c.model.Input, c.model.Width, c.model.Output, c.model.Skip = 4, 6, 3, 1
		p := build(t, c.model)
		x, y := batch(t, 5, 4, 3)
		run(t, p, x, y)
		// What a normalisation gives has an RMS of 1, but for an Eps of 1e-5 beside variances that are not much below 1.
		end, tolerance := rms(p.Layers[4].Linear), 1e-14
		if c.model.Norm != graph.NoNorm {
			end, tolerance = 1, 1e-3
		}
		if got := rms(p.Blocks[3].Branch); math.Abs(got/end-c.want) > tolerance {
			t.Errorf("%+v: the branch is scaled by %g, want %g", c.model, got/end, c.want)
		}
	}
}

// Every weight, including a projection's, is drawn by Init or, without one, by the activation's default.
func TestInitialiser(t *testing.T) {
	for _, c := range []struct {
		model resnet.Model
		want  initializer.Initializer
	}{
		{resnet.Model{}, initializer.HeNormal{}},
		{resnet.Model{Activation: graph.Tanh}, initializer.XavierNormal{}},
		{resnet.Model{Activation: graph.Tanh, Init: initializer.Normal{Std: 0.05}}, initializer.Normal{Std: 0.05}},
		{resnet.Model{PreActivation: true, Init: initializer.Normal{Std: 0.05}}, initializer.Normal{Std: 0.05}},
	} {
		c.model.Input, c.model.Output, c.model.Widths = 4, 3, []int{6, 5}
		p := build(t, c.model)
		if p.Params.Get("block2/projection/weight") == nil {
			t.Fatalf("there is no projection in %v", names(p))
		}
		for _, w := range p.Weights {
			if w.Role == graph.Weight && w.Init != c.want {
				t.Errorf("%+v: %s is drawn by %v, want %v", c.model, w.Name, w.Init, c.want)
			}
		}
	}
}

// With ZeroInit every branch begins at zero, and can leave it: its last weight or gain has a gradient.
func TestZeroInit(t *testing.T) {
	for _, c := range []struct {
		model resnet.Model
		last  string
	}{
		{resnet.Model{}, "block2/dense2/weight"},
		{resnet.Model{Skip: 3}, "block2/dense3/weight"},
		{resnet.Model{Norm: graph.BN}, "block2/batchnorm2/gain"},
		{resnet.Model{Norm: graph.LN}, "block2/layernorm2/gain"},
		{resnet.Model{PreActivation: true}, "block2/dense2/weight"},
		{resnet.Model{PreActivation: true, Norm: graph.BN}, "block2/dense2/weight"},
	} {
		c.model.Input, c.model.Output, c.model.Blocks, c.model.Width, c.model.ZeroInit = 4, 3, 2, 6, true
		p := build(t, c.model)
		x, y := batch(t, 5, 4, 3)
		run(t, p, x, y)
		for _, block := range p.Blocks {
			if got := rms(block.Branch); got != 0 {
				t.Errorf("%+v: the branch of %s has an RMS of %g, want 0", c.model, block.Path, got)
			}
		}
		i := slices.IndexFunc(p.Weights, func(w *graph.Binding) bool { return w.Name == c.last })
		if i < 0 || rms(p.Weights[i].Grad) == 0 {
			t.Errorf("%+v: %s has no gradient", c.model, c.last)
		}
	}
}

// Validate returns an error for each mistake, and so does Build.
func TestValidate(t *testing.T) {
	good := resnet.Model{Input: 4, Blocks: 2, Width: 6, Output: 3}
	if err := good.Validate(); err != nil {
		t.Fatalf("a good model: %v", err)
	}
	cases := []struct {
		model resnet.Model
		want  string
	}{
		{resnet.Model{Output: 3}, "got Input 0 and Output 3"},
		{resnet.Model{Input: 4, Output: -1}, "Output -1, want positive"},
		{resnet.Model{Input: 4, Output: 3, Widths: []int{6}, Blocks: 2}, "both Widths and Blocks"},
		{resnet.Model{Input: 4, Output: 3, Widths: []int{6}, Width: 6}, "both Widths and Blocks"},
		{resnet.Model{Input: 4, Output: 3, Width: 6}, "Blocks: got 0"},
		{resnet.Model{Input: 4, Output: 3, Blocks: -2, Width: 6}, "Blocks: got -2"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2}, "block 1: got 0"},
		{resnet.Model{Input: 4, Output: 3, Widths: []int{6, -5}}, "block 2: got -5"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2, Width: 6, Skip: -1}, "Skip: got -1"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2, Width: 6, BranchScale: -0.5}, "BranchScale: got -0.5"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2, Width: 6, BranchScale: math.NaN()}, "BranchScale: got NaN"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2, Width: 6, BranchScale: math.Inf(1)}, "BranchScale: got +Inf"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2, Width: 6, Norm: 7}, "Norm: graph: norm(7) is no normalisation: use NoNorm, BN or LN"},
		{resnet.Model{Input: 4, Output: 3, Blocks: 2, Width: 6, Norm: -1}, "norm(-1) is no normalisation"},
	}
	for _, c := range cases {
		err := c.model.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "resnet: ") || !strings.Contains(err.Error(), c.want) {
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
		Model:  resnet.Model{Input: 784, Blocks: 1, Width: 6, Output: 3},
		Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{5, 28, 27},
	})
	if err == nil || !strings.Contains(err.Error(), "features of a sample: got 756, want 784") {
		t.Errorf("error %v", err)
	}
}
