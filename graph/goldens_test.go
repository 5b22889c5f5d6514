package graph_test

import (
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
	"github.com/gradflow/gradflow/models/mlp"
)

// A golden is a network, or a layer, whose numbers PyTorch has computed.
type golden struct {
	model graph.Model
	loss  graph.Loss // with integer labels; nil: the output is multiplied by the case's upstream gradient
	mode  graph.Mode
	// params gives PyTorch's name of each parameter. One that PyTorch starts from is set before the run, and its gradient
	// checked after it; another is a result of the run, and checked itself. The input "x" is such a parameter too.
	params map[string]string
}

// check holds the network to the numbers of a case, in both precisions.
func (g golden) check(t *testing.T, c goldens.Case) {
	t.Helper()
	t.Run(c.Name+"/f64", func(t *testing.T) { g.checkNumbers(t, c.F64, tensor.Float64, goldens.Tol64) })
	t.Run(c.Name+"/f32", func(t *testing.T) { g.checkNumbers(t, c.F32, tensor.Float32, goldens.Tol32) })
}

func (g golden) checkNumbers(t *testing.T, n goldens.Numbers, dt tensor.Dtype, tolerance float64) {
	t.Helper()
	x := param(graph.Param{Name: "x", Init: initializer.Constant{}}, n.Inputs["x"].Shape...)
	c := graph.Config{
		Model: graph.Sequential{x, g.model}, Params: graph.NewParams(dt, 1), Input: tensor.Shape{1}, Loss: g.loss, Mode: g.mode,
	}
	if g.loss == nil {
		c.Loss = weightedSum{}
	}
	p := build(t, c)
	same := func(what string, got gorgonia.Value, want goldens.Tensor) {
		t.Helper()
		if e := goldens.RelErr(goldens.Floats(t, got.Data()), want.Data); e > tolerance {
			t.Errorf("%s: got an error of %.2g, want at most %g", what, e, tolerance)
		}
	}
	g.params["x"] = "x"
	if len(g.params) != len(p.Weights) {
		t.Fatalf("%d parameters are named, the network has %d", len(g.params), len(p.Weights))
	}
	for _, w := range p.Weights {
		set(t, w.Param, g.params[w.Name], n.Inputs)
	}
	run(t, p, randn(t, dt, 1, 1), g.target(t, dt, n))
	output := n.Output
	if g.loss != nil {
		same("the loss", p.Loss.Value(), n.Output)
		output = n.Extra["logits"]
	}
	same("the output", p.Output.Value(), output)
	for _, w := range p.Weights {
		for _, name := range strings.Split(g.params[w.Name], "+") {
			if want, isResult := n.Extra[name]; isResult {
				same(w.Name, w.Value, want)
			} else if want, hasGrad := n.Grads[name]; hasGrad && g.mode == graph.Train {
				same("the gradient of "+w.Name, w.Grad.Value(), want)
			} else if _, isInput := n.Inputs[name]; !isInput {
				t.Errorf("%s: PyTorch has no %q", w.Name, name)
			}
		}
	}
}

// set gives a parameter the value PyTorch started from; the sum of both, where it stands for two, as "b2+b_skip".
func set(t *testing.T, p *graph.Param, names string, inputs map[string]goldens.Tensor) {
	t.Helper()
	for i, name := range strings.Split(names, "+") {
		for j, v := range inputs[name].Data {
			if i > 0 {
				v += goldens.Floats(t, p.Value.Data())[j]
			}
			if p.Value.Dtype() == tensor.Float32 {
				p.Value.Float32s()[j] = float32(v)
			} else {
				p.Value.Float64s()[j] = v
			}
		}
	}
}

// target is the labels, or the upstream gradient.
func (g golden) target(t *testing.T, dt tensor.Dtype, n goldens.Numbers) *tensor.Dense {
	t.Helper()
	target, err := tensors.Labels(n.Labels)
	if g.loss == nil {
		target, err = tensors.FromSlice(dt, n.Upstream.Data, n.Upstream.Shape...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return target
}

// weightedSum is the loss sum(output·target), whose gradient with respect to the output is the target.
type weightedSum struct{ graph.MSE }

func (weightedSum) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}

// Whole networks of our layers against PyTorch's numbers.
func TestNetworksOfPyTorch(t *testing.T) {
	networks := map[string]func(c goldens.Case) golden{
		"residual_post":      residualPost,
		"residual_post_proj": residualProjected,
		"residual_pre":       residualPre,
		"mlp_bn":             func(c goldens.Case) golden { return perceptron(c, graph.BN) },
		"mlp_ln":             func(c goldens.Case) golden { return perceptron(c, graph.LN) },
		"resnet":             residualNetwork,
	}
	seen := make(map[string]bool)
	for _, c := range goldens.Load(t, "nets") {
		network := networks[c.Op]
		if network == nil {
			t.Fatalf("%s: no network is built for %s", c.Name, c.Op)
		}
		network(c).check(t, c)
		seen[c.Op] = true
	}
	if len(seen) != len(networks) {
		t.Errorf("only %v have numbers", seen)
	}
}

// units is the width of a weight of a case.
func units(c goldens.Case, weight string) int { return c.F64.Inputs[weight].Shape[1] }

// postBlock is a post-activation block over two layers.
func postBlock(c goldens.Case, first, second string) graph.Residual {
	return graph.Residual{
		Branch:     graph.Sequential{graph.Dense{Units: units(c, first)}, graph.ReLU, graph.Dense{Units: units(c, second)}},
		Activation: graph.ReLU,
	}
}

func residualPost(c goldens.Case) golden {
	return golden{model: postBlock(c, "w1", "w2"), params: map[string]string{
		"block1/dense1/weight": "w1", "block1/dense1/bias": "b1",
		"block1/dense2/weight": "w2", "block1/dense2/bias": "b2",
	}}
}

// Our projections have no bias: that of the branch, which it is added to, does its work.
func residualProjected(c goldens.Case) golden {
	g := residualPost(c)
	g.params["block1/projection/weight"] = "w_skip"
	if _, biased := c.F64.Inputs["b_skip"]; biased {
		g.params["block1/dense2/bias"] = "b2+b_skip"
	}
	return g
}

func residualPre(c goldens.Case) golden {
	block := graph.Residual{Branch: graph.Sequential{
		graph.BatchNorm{}, graph.ReLU, graph.Dense{Units: units(c, "w1"), NoBias: true},
		graph.BatchNorm{}, graph.ReLU, graph.Dense{Units: units(c, "w2")},
	}}
	g := golden{model: block, params: map[string]string{
		"block1/dense1/weight": "w1", "block1/dense2/weight": "w2", "block1/dense2/bias": "b2",
	}}
	g.nameNorm("block1/batchnorm1/", "1", graph.BN)
	g.nameNorm("block1/batchnorm2/", "2", graph.BN)
	return g
}

func perceptron(c goldens.Case, norm graph.Norm) golden {
	g := golden{
		model: mlp.Model{
			Input: c.F64.Inputs["x"].Shape[1], Hidden: []int{units(c, "w1"), units(c, "w2")}, Output: units(c, "w3"), Norm: norm,
		},
		loss:   graph.CrossEntropy{},
		params: map[string]string{"dense1/weight": "w1", "dense2/weight": "w2", "dense3/weight": "w3", "dense3/bias": "b3"},
	}
	layer := map[graph.Norm]string{graph.BN: "batchnorm", graph.LN: "layernorm"}[norm]
	for _, i := range []string{"1", "2"} {
		g.nameNorm(layer+i+"/", i, norm)
		if norm == graph.LN {
			g.params["dense"+i+"/bias"] = "b" + i
		}
	}
	return g
}

func residualNetwork(c goldens.Case) golden {
	return golden{
		model: graph.Sequential{postBlock(c, "w1", "w2"), postBlock(c, "w3", "w4"), graph.Dense{Units: units(c, "w5")}},
		loss:  graph.CrossEntropy{},
		params: map[string]string{
			"block1/dense1/weight": "w1", "block1/dense1/bias": "b1", "block1/dense2/weight": "w2", "block1/dense2/bias": "b2",
			"block1/projection/weight": "w_skip",
			"block2/dense1/weight":     "w3", "block2/dense1/bias": "b3", "block2/dense2/weight": "w4", "block2/dense2/bias": "b4",
			"dense1/weight": "w5", "dense1/bias": "b5",
		},
	}
}

// nameNorm names the parameters of a normalisation: gain1, shift1 and, of a batch normalisation, its running statistics.
func (g golden) nameNorm(layer, number string, norm graph.Norm) {
	names := []string{"gain", "shift"}
	if norm == graph.BN {
		names = append(names, "running_mean", "running_var")
	}
	for _, name := range names {
		g.params[layer+name] = name + number
	}
}
