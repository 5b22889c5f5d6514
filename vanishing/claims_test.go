package vanishing

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// Each test states the verdict on a kind of network at initialisation, for each of 20 seeds on real images.

func expect(t *testing.T, seed uint64, d Diagnosis, want Verdict) {
	t.Helper()
	if d.Verdict != want {
		t.Errorf("seed %d: got %v, want %v: %s %s", seed, d.Verdict, want, d.Sentence, d.Evidence)
	}
}

func TestSigmoidVanishes(t *testing.T) {
	model := mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Activation: graph.Sigmoid, Init: initializer.XavierNormal{}}
	onFashion(t, model, func(seed uint64, _ Profile, d Diagnosis) {
		expect(t, seed, d, Vanishing)
		if d.Ratio > 1e-15 {
			t.Errorf("seed %d: ratio %g, want at most 1e-15", seed, d.Ratio)
		}
	})
}

// The weight gradients of a ReLU network do not show that its gradient vanishes (Glorot & Bengio 2010, eq. 14). Delta shrinks
// toward the input, but the activations that it multiplies shrink toward the output at the same rate. Between equally wide layers
// only random variation remains: the logarithm of the squared ratio has a variance of 5 to 8 times depth over width, here at most
// 8·28/100 = 2.24. A factor 10 in the norm, 4.6 in that logarithm, is three standard deviations.
func TestSmallReLUVanishesThoughItsWeightGradientsAreFlat(t *testing.T) {
	model := mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Init: initializer.Normal{Std: 0.05}}
	onFashion(t, model, func(seed uint64, p Profile, d Diagnosis) {
		expect(t, seed, d, Vanishing)
		if d.Ratio > 1e-9 {
			t.Errorf("seed %d: delta changes by %g over the depth, want a fall below 1e-9", seed, d.Ratio)
		}
		weights := weightGradients(p)
		if flat := weights[1] / weights[29]; flat < 0.1 || flat > 10 {
			t.Errorf("seed %d: the weight gradient of layer 2 is %g times that of layer 30, want between 0.1 and 10", seed, flat)
		}
	})
}

// weightGradients are the L2 norms of the weights' gradients, in forward order.
func weightGradients(p Profile) []float64 {
	var norms []float64
	for i, param := range p.Params {
		if param.Role == "weight" {
			norms = append(norms, float64(p.Records[0].Params[i].GradL2))
		}
	}
	return norms
}

func TestLargeReLUExplodes(t *testing.T) {
	model := mlp.Model{Input: 784, Depth: 30, Width: 100, Output: 10, Init: initializer.Normal{Std: 0.3}}
	onFashion(t, model, func(seed uint64, _ Profile, d Diagnosis) { expect(t, seed, d, Exploding) })
}

func TestResidualNetworkIsHealthy(t *testing.T) {
	model := resnet.Model{Input: 784, Blocks: 15, Width: 100, Output: 10}
	onFashion(t, model, func(seed uint64, _ Profile, d Diagnosis) {
		expect(t, seed, d, Healthy)
		if d.Ratio < 1e-2 || d.Ratio > 1e2 {
			t.Errorf("seed %d: ratio %g, want between 1e-2 and 1e2", seed, d.Ratio)
		}
	})
}

func TestShallowReLUIsHealthy(t *testing.T) {
	model := mlp.Model{Input: 784, Depth: 5, Width: 100, Output: 10, Init: initializer.HeNormal{}}
	onFashion(t, model, func(seed uint64, _ Profile, d Diagnosis) { expect(t, seed, d, Healthy) })
}

// The scale of the loss is no property of the network: a sum over 64 samples has 64 times the gradient of a mean. Both are
// rounded to float32 at each of 31 layers, so the results agree to some 1e-5.
func TestVerdictIsTheSameForSummedLoss(t *testing.T) {
	for _, model := range []graph.Model{
		mlp.Model{Input: 20, Depth: 30, Width: 50, Output: 10, Activation: graph.Sigmoid},
		mlp.Model{Input: 20, Depth: 30, Width: 50, Output: 10, Init: initializer.Normal{Std: 0.4}},
		resnet.Model{Input: 20, Blocks: 15, Width: 50, Output: 10},
	} {
		x, y := randomBatch(t, 1, 64, 20, 10)
		mean := Diagnose(observe(t, build(t, model, graph.CrossEntropy{}, 1, 64, 20), x, y))
		summed := Diagnose(observe(t, build(t, model, graph.CrossEntropy{Sum: true}, 1, 64, 20), x, y))
		if mean.Verdict != summed.Verdict || math.Abs(mean.Change-summed.Change) > 1e-5 || mean.Sentence != summed.Sentence {
			t.Errorf("mean loss: got %v, change %g; summed loss: got %v, change %g; want the same", mean.Verdict, mean.Change, summed.Verdict, summed.Change)
		}
	}
}

func TestGradientOfVeryDeepSigmoidLeavesFloat32(t *testing.T) {
	model := mlp.Model{Input: 20, Depth: 100, Width: 50, Output: 10, Activation: graph.Sigmoid}
	x, y := randomBatch(t, 1, 16, 20, 10)
	d := expectVerdict(t, observe(t, build(t, model, graph.CrossEntropy{}, 1, 16, 20), x, y), Vanishing,
		"leaves float32's range at layer", "learn nothing")
	// At a factor of 4.2 per layer (0.63 decades), the gradient falls from 1e-3 to 1.2e-38 within about 56 of 100 layers. The
	// vector kernels flush smaller numbers to 0. Plain Go keeps them down to 1.4e-45, for 67 layers.
	if lost := len(d.Lost); lost < 28 || lost > 49 {
		t.Errorf("layers without gradient: got %d, want about 44, or 33 in plain Go", lost)
	}
}

// A branch whose last weight is zero passes no gradient to its other layers, but the network is healthy.
func TestZeroInitialisedBranchesAreHealthy(t *testing.T) {
	x, y := randomBatch(t, 1, 16, 20, 10)
	for name, model := range map[string]resnet.Model{
		"plain":                    {},
		"norm":                     {Norm: graph.BN},
		"pre-activation":           {PreActivation: true},
		"pre-activation with norm": {PreActivation: true, Norm: graph.BN},
	} {
		model.Input, model.Blocks, model.Width, model.Output, model.ZeroInit = 20, 10, 50, 10, true
		d := expectVerdict(t, observe(t, build(t, model, graph.CrossEntropy{}, 1, 16, 20), x, y), Healthy,
			"Left out: 10 layers on branches that pass no gradient on")
		if len(d.Blocked) != 10 {
			t.Errorf("%s: blocked layers: got %v, want the first of each of 10 branches", name, d.Blocked)
		}
	}
}

func TestNetworkWithoutDepthIsHealthy(t *testing.T) {
	x, y := randomBatch(t, 1, 16, 20, 10)
	for _, c := range []struct {
		hidden []int
		want   string
	}{{[]int{}, "no hidden layer:"}, {[]int{50}, "1 hidden layer:"}, {[]int{50, 50}, "keeps its size"}} {
		model := mlp.Model{Input: 20, Hidden: c.hidden, Output: 10}
		expectVerdict(t, observe(t, build(t, model, graph.CrossEntropy{}, 1, 16, 20), x, y), Healthy, c.want)
	}
}

// With all weights and biases zero, ReLU passes no gradient, and a squared error of 0 has none.
func TestAllZeroGradients(t *testing.T) {
	model := mlp.Model{Input: 20, Depth: 5, Width: 50, Output: 10, Init: initializer.Constant{}}
	x, _ := randomBatch(t, 1, 16, 20, 10)
	target, err := tensors.Zeros(x.Dtype(), 16, 10)
	if err != nil {
		t.Fatal(err)
	}
	expectVerdict(t, observe(t, build(t, model, graph.MSE{}, 1, 16, 20), x, target), Undetermined, "exactly zero in all layers")
}

func TestNetworkOfDeadReLUs(t *testing.T) {
	dead := graph.Dense{Units: 50, BiasInit: initializer.Constant{Value: -1000}}
	live := graph.Dense{Units: 50, Init: initializer.HeNormal{}}
	model := graph.Sequential{live, graph.ReLU, live, graph.ReLU, dead, graph.ReLU, live, graph.ReLU, live, graph.ReLU, graph.Dense{Units: 10}}
	x, y := randomBatch(t, 1, 16, 20, 10)
	expectVerdict(t, observe(t, build(t, model, graph.CrossEntropy{}, 1, 16, 20), x, y), Vanishing,
		"No unit of layer 3 responds to any sample of the batch, so no gradient can pass: from layer 5 to the input it is exactly zero, and layers 1 to 5 learn nothing.")
}
