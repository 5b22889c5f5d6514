package op_test

import (
	"strings"
	"testing"

	"github.com/pkg/errors"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/goldens"
)

// A drawing puts the op of a case on the graph. It gives the output, and further results by name.
type drawing func(c goldens.Case, in map[string]*gorgonia.Node) (out *gorgonia.Node, extra map[string]*gorgonia.Node, err error)

// ofLayers are cases for layers, which are made of several ops.
var ofLayers = map[string]bool{"conv2d_standardized": true, "batchnorm_steps": true}

// Every op gives PyTorch's outputs, gradients and running statistics.
func TestGoldens(t *testing.T) {
	for family, draw := range map[string]drawing{
		"activations": drawActivation, "dense": drawDense, "norms": drawNorm, "losses": drawLoss, "tensors": drawTensors,
		"images": drawImages, "grouped": drawImages, "attention": drawAttention,
	} {
		for _, c := range goldens.Load(t, family) {
			if ofLayers[c.Op] {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				checkGolden(t, c, c.F64, tensor.Float64, goldens.Tol64, draw)
				checkGolden(t, c, c.F32, tensor.Float32, goldens.Tol32, draw)
			})
		}
	}
}

func checkGolden(t *testing.T, c goldens.Case, want goldens.Numbers, dt tensor.Dtype, tolerance float64, draw drawing) {
	t.Helper()
	in := goldenInputs(want, dt)
	y, extra, err := draw(c, in)
	if err != nil {
		t.Fatal(err)
	}
	wanted, grads := gorgonia.Nodes{y}, map[string]*gorgonia.Node{}
	if len(want.Grads) > 0 {
		grads = goldenGrads(t, want, dt, y, in)
	}
	for _, results := range []map[string]*gorgonia.Node{extra, grads} {
		for _, n := range results {
			wanted = append(wanted, n)
		}
	}
	run(t, wanted...)

	compare(t, dt, "output", y, want.Output, tolerance)
	for name, g := range want.Grads {
		compare(t, dt, "gradient of "+name, grads[name], g, tolerance)
	}
	for name, v := range want.Extra {
		compare(t, dt, name, extra[name], v, tolerance)
	}
}

func goldenInputs(n goldens.Numbers, dt tensor.Dtype) map[string]*gorgonia.Node {
	g := gorgonia.NewGraph()
	in := make(map[string]*gorgonia.Node)
	for name, v := range n.Inputs {
		in[name] = input(g, name, newTensor(dt, v.Data, v.Shape...))
	}
	if n.Labels != nil {
		in["y"] = input(g, "labels", newLabels(n.Labels...))
	}
	return in
}

// goldenGrads draws the gradients of <upstream, y>.
func goldenGrads(t *testing.T, n goldens.Numbers, dt tensor.Dtype, y *gorgonia.Node, in map[string]*gorgonia.Node) map[string]*gorgonia.Node {
	t.Helper()
	loss := y
	if !y.IsScalar() { // a loss has an upstream gradient of 1
		loss = weigh(t, y, newTensor(dt, n.Upstream.Data, n.Upstream.Shape...))
	}
	var names []string
	var wrt gorgonia.Nodes
	for name := range n.Grads {
		names, wrt = append(names, name), append(wrt, in[name])
	}
	grads := make(map[string]*gorgonia.Node)
	for i, g := range grad(t, loss, wrt...) {
		grads[names[i]] = g
	}
	return grads
}

func compare(t *testing.T, dt tensor.Dtype, what string, n *gorgonia.Node, want goldens.Tensor, tolerance float64) {
	t.Helper()
	if n == nil {
		t.Errorf("%v: no %s", dt, what)
		return
	}
	if !n.Shape().Eq(tensor.Shape(want.Shape)) {
		t.Errorf("%v: %s has shape %v, PyTorch's %v", dt, what, n.Shape(), want.Shape)
	}
	if e := goldens.RelErr(floats(t, n), want.Data); !(e <= tolerance) {
		t.Errorf("%v: %s differs from PyTorch's by %g, tolerance %g", dt, what, e, tolerance)
	}
}

func drawActivation(c goldens.Case, in map[string]*gorgonia.Node) (y *gorgonia.Node, _ map[string]*gorgonia.Node, err error) {
	switch name, _, _ := strings.Cut(c.Op, "_alpha"); name {
	case "softmax":
		y, err = op.Softmax(in["x"])
	case "log_softmax":
		y, err = op.LogSoftmax(in["x"])
	default:
		for _, a := range activations {
			if a.a.String() == name {
				y, err = op.Activate(a.a, c.Attrs["alpha"], in["x"])
				return y, nil, err
			}
		}
		err = errors.Errorf("no activation %q", name)
	}
	return y, nil, err
}

func drawDense(_ goldens.Case, in map[string]*gorgonia.Node) (*gorgonia.Node, map[string]*gorgonia.Node, error) {
	y, err := op.Linear(in["x"], in["w"], in["b"])
	return y, nil, err
}

func drawNorm(c goldens.Case, in map[string]*gorgonia.Node) (*gorgonia.Node, map[string]*gorgonia.Node, error) {
	return drawNormOver(op.OverBatch, c, in)
}

// drawNormOver draws a normalisation; unless it is over features, over the given axis.
func drawNormOver(axis op.Axis, c goldens.Case, in map[string]*gorgonia.Node) (*gorgonia.Node, map[string]*gorgonia.Node, error) {
	x, gain, shift, eps := in["x"], in["gain"], in["shift"], c.Attrs["eps"]
	switch c.Op {
	case "layernorm":
		y, err := normalized(x, gain, shift, op.OverFeatures, eps)
		return y, nil, err
	case "batchnorm_eval":
		rstd, err := op.RStdOf(in["running_var"], eps)
		if err != nil {
			return nil, nil, err
		}
		y, err := op.Normalize(x, in["running_mean"], rstd, gain, shift, axis, true)
		return y, nil, err
	}
	extra, err := runningStatistics(axis, x, gain.Dtype(), c.Attrs["momentum"])
	if err != nil {
		return nil, nil, err
	}
	y, err := normalized(x, gain, shift, axis, eps)
	return y, extra, err
}

// runningStatistics moves a mean of 0 and a variance of 1 toward those of the batch.
func runningStatistics(axis op.Axis, x *gorgonia.Node, dt tensor.Dtype, momentum float64) (map[string]*gorgonia.Node, error) {
	features := x.Shape()[1]
	zeros := make([]float64, features)
	ones := make([]float64, features)
	for i := range ones {
		ones[i] = 1
	}
	mean, err := op.Mean(x, axis)
	if err != nil {
		return nil, err
	}
	variance, err := op.UnbiasedVar(x, mean, axis)
	if err != nil {
		return nil, err
	}
	runningMean, err := op.Lerp(input(x.Graph(), "zeros", newTensor(dt, zeros, features)), mean, momentum)
	if err != nil {
		return nil, err
	}
	runningVar, err := op.Lerp(input(x.Graph(), "ones", newTensor(dt, ones, features)), variance, momentum)
	return map[string]*gorgonia.Node{"running_mean": runningMean, "running_var": runningVar}, err
}

func drawLoss(c goldens.Case, in map[string]*gorgonia.Node) (y *gorgonia.Node, _ map[string]*gorgonia.Node, err error) {
	r := op.MeanReduction
	if c.Reduction == "sum" {
		r = op.SumReduction
	}
	x, target := in["x"], in["y"]
	switch name, _, _ := strings.Cut(c.Op, "_delta"); name {
	case "mse":
		y, err = op.MSE(x, target, r)
	case "mae":
		y, err = op.MAE(x, target, r)
	case "huber":
		y, err = op.Huber(x, target, c.Attrs["delta"], r)
	case "bce_logits":
		y, err = op.BCEWithLogits(x, target, r)
	case "bce":
		y, err = op.BCE(x, target, r)
	case "softmax_ce":
		y, err = op.CrossEntropy(x, target, r, c.Attrs["smoothing"])
	case "nll":
		y, err = op.CrossEntropyProbs(x, target, r)
	default:
		err = errors.Errorf("no loss %q", name)
	}
	return y, nil, err
}
