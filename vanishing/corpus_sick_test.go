package vanishing_test

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// The specimens of this file are measured; see measured. Those without a sickness in their name are borderline cases.

func measuredSpecimens() []specimen {
	var all []specimen
	for _, kind := range [][]specimen{deadSpecimens(), saturatedSpecimens(), brokenSpecimens(), hastySpecimens(), slowSpecimens(), stillSpecimens(), noisySpecimens()} {
		for _, s := range kind {
			s.measure = true
			all = append(all, s)
		}
	}
	return append(all, misdrawnSpecimens()...)
}

// thrown are the rules whose truth is unknown in a run with a different rate in the first step. Their measurements hold for one of
// the rates only, and those before the first step are soon outdated.
var thrown = []string{"learning-rate-too-large", "learning-rate-too-small", "gradient-noise"}

func sgd(rate float64) optim.Optimizer  { return &optim.SGD{LearningRate: rate} }
func adam(rate float64) optim.Optimizer { return &optim.Adam{LearningRate: rate} }

func blocks(n int, norm graph.Norm) resnet.Model {
	return resnet.Model{Input: features, Width: width, Output: classes, Blocks: n, Norm: norm}
}

// deadSpecimens have units that never respond, because of their biases, their weights, or a step too large.
func deadSpecimens() []specimen {
	relu := func(depth, units, at int, odd graph.Dense) graph.Model {
		return layered(depth, units, graph.ReLU, at, odd)
	}
	nineTenths := graph.Dense{BiasInit: killer{0.95}}
	return []specimen{
		{name: "dead units in a wide layer", model: relu(5, 128, 3, nineTenths), sick: []string{"dead-relu"}, optimizer: adam(0.001), steps: 20},
		{name: "dead units next to the output", model: relu(12, 32, 12, nineTenths), sick: []string{"dead-relu"}},
		{name: "dead units in the first layer", model: relu(3, 48, 1, nineTenths), sick: []string{"dead-relu"}, optimizer: sgd(0.05), steps: 20},
		{name: "negative weights", model: relu(5, 32, 3, graph.Dense{Init: negative{0.95}}), sick: []string{"dead-relu"}},
		{name: "negative weights, trained", model: relu(6, 64, 4, graph.Dense{Init: negative{0.95}}), sick: []string{"dead-relu"}, optimizer: adam(0.001), steps: 20},
		{name: "a dead branch", model: blocks(6, graph.NoNorm), tamper: bias("block3/dense1", -1000), sick: []string{"dead-relu"}, optimizer: sgd(0.02), steps: 20},
		{name: "dead after a step too large", model: plain(4, graph.ReLU, nil, graph.NoNorm), optimizer: sgd(0.01), steps: 40, callbacks: []train.Callback{leap{rate: 5}}, unknown: thrown},
		{name: "dead after a step too large, Adam", model: plain(3, graph.ReLU, nil, graph.NoNorm), optimizer: adam(0.001), steps: 40, callbacks: []train.Callback{leap{rate: 0.3}}, unknown: thrown},
		{name: "half of the units at rest", model: relu(5, 64, 3, graph.Dense{BiasInit: killer{0.4}}), optimizer: sgd(0.05), steps: 40},
		{name: "a third of the units at rest", model: relu(4, 64, 2, graph.Dense{BiasInit: killer{0.33}})},
	}
}

// saturatedSpecimens are in the flat part of their activation, because of weights, biases, inputs, or a step too large.
func saturatedSpecimens() []specimen {
	sick := []string{"saturation"}
	of := func(depth int, a graph.Activation, at int, odd graph.Dense) graph.Model {
		return layered(depth, width, a, at, odd)
	}
	return []specimen{
		{name: "tanh of large biases", model: of(4, graph.Tanh, 2, graph.Dense{BiasInit: initializer.Constant{Value: 6}}), sick: sick},
		{name: "sigmoid of large biases, trained", model: of(3, graph.Sigmoid, 2, graph.Dense{BiasInit: initializer.Constant{Value: -12}}), sick: sick, optimizer: adam(0.001), steps: 20},
		{name: "tanh, one layer of large weights", model: of(8, graph.Tanh, 4, graph.Dense{Init: initializer.Normal{Std: 8}}), sick: sick},
		{name: "tanh of inputs that are not normalised", model: of(3, graph.Tanh, 0, graph.Dense{}), set: "raw", sick: sick, optimizer: sgd(0.001), steps: 20},
		{name: "elu of biases far below", model: of(4, graph.ELU(1), 3, graph.Dense{BiasInit: initializer.Constant{Value: -40}}), sick: sick, optimizer: sgd(0.01), steps: 20},
		{name: "erf of large weights", model: plain(3, graph.Erf, initializer.Normal{Std: 4}, graph.NoNorm), sick: sick, optimizer: adam(1e-4), steps: 20},
		{name: "softsign of large weights", model: plain(3, graph.Softsign, initializer.Normal{Std: 30}, graph.NoNorm), sick: sick},
		{name: "tanh after a step too large", model: of(4, graph.Tanh, 0, graph.Dense{}), optimizer: sgd(0.01), steps: 40, callbacks: []train.Callback{leap{rate: 300}}, unknown: thrown},
		{name: "tanh of weights of gain 2", model: plain(5, graph.Tanh, initializer.XavierNormal{Gain: 2}, graph.NoNorm), optimizer: sgd(0.02), steps: 40},
		{name: "sigmoid of weights of gain 4", model: plain(3, graph.Sigmoid, initializer.XavierNormal{Gain: 4}, graph.NoNorm), optimizer: adam(0.003), steps: 40},
	}
}

// brokenSpecimens produce a NaN or an infinity, in the forward pass, the backward pass or the update.
func brokenSpecimens() []specimen {
	sick := []string{"non-finite"}
	return []specimen{
		{name: "weights of 1e20", model: plain(4, graph.ReLU, initializer.Normal{Std: 1e20}, graph.NoNorm), sick: sick},
		{name: "activations that overflow", model: plain(60, graph.ReLU, initializer.Normal{Std: 3}, graph.NoNorm), sick: sick},
		{name: "a NaN among the weights", model: plain(6, graph.Tanh, nil, graph.NoNorm), tamper: weight("dense3", math.NaN()), sick: sick, at: "dense3"},
		{name: "an infinity among the weights", model: plain(12, graph.ReLU, nil, graph.LN), tamper: weight("dense9", math.Inf(1)), sick: sick, at: "dense9"},
		{name: "a gradient that is infinite once", model: plain(5, graph.Tanh, nil, graph.NoNorm), optimizer: sgd(0.02), steps: 20, callbacks: []train.Callback{poison{layer: "dense2", step: 7, with: math.Inf(1)}}, sick: sick, at: "dense2"},
		{name: "a gradient that is NaN once, Adam", model: blocks(5, graph.BN), optimizer: adam(0.001), steps: 20, callbacks: []train.Callback{poison{layer: "block2/dense1", step: 11, with: math.NaN()}}, sick: sick, at: "block2/dense1"},
		{name: "branches of scale 1e6", model: resnet.Model{Input: features, Width: width, Output: classes, Blocks: 10, BranchScale: 1e6}, sick: sick},
		{name: "steps that run away", model: plain(4, graph.ReLU, nil, graph.NoNorm), optimizer: sgd(1e4), steps: 20},
	}
}

// hastySpecimens take steps that are too large or nearly so.
func hastySpecimens() []specimen {
	shallow := plain(3, graph.Tanh, nil, graph.NoNorm)
	return []specimen{
		{name: "hasty tanh", model: shallow, optimizer: sgd(10), steps: 40},
		{name: "hasty tanh of momentum", model: plain(5, graph.Tanh, nil, graph.NoNorm), optimizer: &optim.SGD{LearningRate: 5, Momentum: 0.9}, steps: 40},
		{name: "hasty relu", model: plain(4, graph.ReLU, nil, graph.NoNorm), optimizer: adam(0.3), steps: 40},
		{name: "hasty sigmoid", model: plain(2, graph.Sigmoid, nil, graph.NoNorm), optimizer: sgd(100), steps: 40},
		{name: "hasty relu + BN", model: plain(4, graph.ReLU, nil, graph.BN), optimizer: adam(10), steps: 40},
		{name: "hasty relu + LN", model: plain(5, graph.ReLU, nil, graph.LN), optimizer: adam(1), steps: 40},
		{name: "hasty residual", model: blocks(4, graph.NoNorm), optimizer: adam(0.5), steps: 40},
		{name: "hasty selu, random labels", model: plain(4, graph.SELU, nil, graph.NoNorm), optimizer: adam(0.3), steps: 40, set: "noise"},
		{name: "brisk tanh", model: shallow, optimizer: sgd(0.2), steps: 40},
		{name: "brisk relu, Adam", model: plain(3, graph.ReLU, nil, graph.NoNorm), optimizer: adam(0.01), steps: 40},
		{name: "brisk relu + BN", model: plain(4, graph.ReLU, nil, graph.BN), optimizer: sgd(0.3), steps: 40},
	}
}

// slowSpecimens take steps that are too small or nearly so.
func slowSpecimens() []specimen {
	return []specimen{
		{name: "slow relu", model: plain(4, graph.ReLU, nil, graph.NoNorm), optimizer: sgd(1e-5), steps: 40},
		{name: "slow tanh of momentum", model: plain(6, graph.Tanh, nil, graph.NoNorm), optimizer: &optim.SGD{LearningRate: 1e-6, Momentum: 0.9}, steps: 40},
		{name: "slow selu", model: plain(8, graph.SELU, nil, graph.NoNorm), optimizer: adam(1e-7), steps: 40},
		{name: "slow relu + BN", model: plain(5, graph.ReLU, nil, graph.BN), optimizer: adam(3e-7), steps: 40},
		{name: "slow relu + LN", model: plain(6, graph.ReLU, nil, graph.LN), optimizer: sgd(2e-6), steps: 40},
		{name: "slow residual", model: blocks(5, graph.NoNorm), optimizer: adam(1e-7), steps: 40},
		{name: "slow residual, SGD", model: blocks(8, graph.LN), optimizer: sgd(1e-6), steps: 40},
		{name: "slow tanh, few samples", model: plain(3, graph.Tanh, nil, graph.NoNorm), optimizer: adam(1e-6), steps: 40, set: "few", batch: 16},
		{name: "patient relu", model: plain(3, graph.ReLU, nil, graph.NoNorm), optimizer: adam(3e-4), steps: 60},
		{name: "patient tanh", model: plain(4, graph.Tanh, nil, graph.NoNorm), optimizer: sgd(0.005), steps: 60},
	}
}

// stillSpecimens have layers that do not move or hardly move.
func stillSpecimens() []specimen {
	sick := []string{"layer-not-training"}
	frozen := func(layers ...string) []train.Callback {
		var list []train.Callback
		for _, l := range layers {
			list = append(list, freeze{layer: l})
		}
		return list
	}
	relu := plain(5, graph.ReLU, nil, graph.NoNorm)
	return []specimen{
		{name: "a frozen output layer", model: relu, optimizer: sgd(0.05), steps: 20, callbacks: frozen("dense6"), sick: sick},
		{name: "a frozen first layer", model: plain(8, graph.ReLU, nil, graph.BN), optimizer: adam(0.002), steps: 20, callbacks: frozen("dense1"), sick: sick},
		{name: "two frozen layers", model: plain(12, graph.ReLU, nil, graph.LN), optimizer: adam(0.001), steps: 20, callbacks: frozen("dense4", "dense9"), sick: sick},
		{name: "a frozen layer of a block", model: blocks(6, graph.NoNorm), optimizer: sgd(0.05), steps: 20, callbacks: frozen("block3/dense2"), sick: sick},
		{name: "frozen in a wide network", model: mlp.Model{Input: features, Depth: 3, Width: 96, Output: classes, Activation: graph.GELU}, optimizer: adam(0.001), steps: 20, callbacks: frozen("dense2"), sick: sick},
		{name: "behind a dead layer", model: layered(5, width, graph.ReLU, 4, graph.Dense{BiasInit: killer{1}}), decades: math.Inf(-1), optimizer: sgd(0.05), steps: 20, sick: []string{"dead-relu", "vanishing"}},
		{name: "a layer ten times as slow", model: relu, optimizer: sgd(0.05), steps: 40, callbacks: []train.Callback{freeze{layer: "dense3", to: 0.1}}},
		{name: "a layer thirty times as slow", model: plain(6, graph.Tanh, nil, graph.NoNorm), optimizer: sgd(0.05), steps: 40, callbacks: []train.Callback{freeze{layer: "dense2", to: 0.03}}},
	}
}

// noisySpecimens are trained on random labels, or on the true ones for comparison.
func noisySpecimens() []specimen {
	return []specimen{
		{name: "noise, relu", model: plain(4, graph.ReLU, nil, graph.NoNorm), optimizer: sgd(0.001), steps: 160, batch: 4, set: "noise"},
		{name: "noise, selu of momentum", model: plain(8, graph.SELU, nil, graph.NoNorm), optimizer: &optim.SGD{LearningRate: 1e-4, Momentum: 0.9}, steps: 40, batch: 16, set: "noise"},
		{name: "noise, relu + LN", model: plain(5, graph.ReLU, nil, graph.LN), optimizer: adam(1e-4), steps: 80, batch: 8, set: "noise"},
		{name: "noise, relu + BN", model: plain(5, graph.ReLU, nil, graph.BN), optimizer: sgd(1e-3), steps: 40, batch: 16, set: "noise"},
		{name: "noise, residual", model: blocks(4, graph.NoNorm), optimizer: sgd(1e-3), steps: 80, batch: 8, set: "noise"},
		{name: "images, labels at random", model: plain(3, graph.Tanh, nil, graph.NoNorm), optimizer: sgd(1e-3), steps: 80, batch: 8, set: "shuffled"},
		{name: "images, labels at random, gelu", model: plain(6, graph.GELU, nil, graph.NoNorm), optimizer: adam(1e-4), steps: 40, batch: 16, set: "shuffled"},
		{name: "images, true labels, batches of 64", model: plain(4, graph.ReLU, nil, graph.NoNorm), optimizer: sgd(0.01), steps: 20, batch: 64},
		{name: "images, true labels, residual", model: blocks(4, graph.LN), optimizer: adam(3e-4), steps: 20, batch: 64},
		{name: "images, true labels, tanh", model: plain(6, graph.Tanh, nil, graph.NoNorm), optimizer: sgd(0.01), steps: 20},
	}
}

// misdrawnSpecimens have weights at a different scale than their initialiser declares, in all layers. The change of the gradient
// is then known: the factor to the power of the number of layers between the ends, or none in normalised layers.
func misdrawnSpecimens() []specimen {
	var list []specimen
	for _, c := range []struct {
		depth     int
		a         graph.Activation
		norm      graph.Norm
		factor    float64
		optimizer optim.Optimizer
	}{
		{12, graph.ReLU, graph.NoNorm, 0.7, nil}, {14, graph.ReLU, graph.NoNorm, 1.35, nil}, {20, graph.ReLU, graph.NoNorm, 0.5, nil},
		{12, graph.ReLU, graph.NoNorm, 0.7, sgd(0.02)}, {10, graph.LeakyReLU(0.2), graph.NoNorm, 1.4, nil}, {16, graph.ReLU, graph.NoNorm, 2, nil},
		{12, graph.ReLU, graph.LN, 3, nil}, {12, graph.ReLU, graph.BN, 0.3, nil}, {6, graph.ReLU, graph.NoNorm, 1, nil},
	} {
		model := mlp.Model{Input: features, Depth: c.depth, Width: 64, Output: classes, Activation: c.a, Norm: c.norm}
		net := plainNet(model)
		s := specimen{name: fmt.Sprintf("%v + %v, %d layers, weights %g times as large as declared", c.a, c.norm, c.depth, c.factor),
			model: model, tamper: scale(c.factor), optimizer: c.optimizer, steps: 20, unknown: []string{"gradient-noise", "dead-relu"}}
		s.net = scaled(net, c.factor)
		switch {
		case c.norm != graph.NoNorm || c.factor == 1:
		default:
			s.sick = []string{"bad-init-scale"}
		}
		if c.optimizer != nil {
			s.name += ", trained"
			s.unknown = append(s.unknown, "learning-rate-too-small")
		}
		list = append(list, s)
	}
	return list
}

// scaled is a network of scaled weights.
func scaled(net *theory.Net, factor float64) *theory.Net {
	for i := range net.Layers {
		net.Layers[i].WeightVar *= factor * factor
	}
	return net
}
