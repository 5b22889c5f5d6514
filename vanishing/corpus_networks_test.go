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

func plain(depth int, a graph.Activation, init initializer.Initializer, norm graph.Norm) mlp.Model {
	return mlp.Model{Input: features, Depth: depth, Width: width, Output: classes, Activation: a, Init: init, Norm: norm}
}

// corpus lists all specimens.
func corpus() []specimen {
	var all []specimen
	all = append(all, drawn()...)
	all = append(all, normalised()...)
	all = append(all, residual()...)
	all = append(all, convolutional()...)
	all = append(all, singleLayers()...)
	all = append(all, trainedHealthy()...)
	all = append(all, trainedSick()...)
	all = append(all, otherSicknesses()...)
	return append(all, measuredSpecimens()...)
}

// drawn are plain, untrained networks.
func drawn() []specimen {
	var list []specimen
	for _, c := range []struct {
		a      graph.Activation
		init   initializer.Initializer
		depths []int
	}{
		{graph.Sigmoid, initializer.XavierNormal{}, []int{3, 10, 20, 30, 50, 100}},
		{graph.Tanh, initializer.XavierNormal{}, []int{3, 10, 30, 50}},
		{graph.Tanh, initializer.XavierNormal{Gain: 0.5}, []int{5, 20, 50}},
		{graph.Tanh, initializer.Normal{Std: 1}, []int{30}},
		{graph.ReLU, initializer.HeNormal{}, []int{3, 5, 10, 30, 50}},
		{graph.ReLU, initializer.Normal{Std: 0.05}, []int{3, 10, 30, 100}},
		{graph.ReLU, initializer.Normal{Std: 0.5}, []int{4, 20, 50}},
		{graph.ReLU, initializer.LeCunNormal{}, []int{10, 30, 50}},
		{graph.ReLU, initializer.TorchDefault{}, []int{4, 20, 50}},
		{graph.ReLU, initializer.Orthogonal{Gain: math.Sqrt2}, []int{50}},
		{graph.LeakyReLU(0.2), initializer.HeNormal{}, []int{20}},
		{graph.SELU, initializer.LeCunNormal{}, []int{5, 50}},
		{graph.SiLU, initializer.XavierNormal{}, []int{5, 20}},
		{graph.GELU, initializer.XavierNormal{}, []int{30}},
		{graph.ELU(1), initializer.XavierNormal{}, []int{10}},
		{graph.Softsign, initializer.XavierNormal{}, []int{20}},
		{graph.Erf, initializer.XavierNormal{Gain: 2}, []int{60}},
	} {
		for _, depth := range c.depths {
			model := plain(depth, c.a, c.init, graph.NoNorm)
			list = append(list, specimen{name: fmt.Sprintf("%v %v, %d layers", c.a, c.init, depth), model: model, net: plainNet(model)})
		}
	}
	// Whether a gradient vanishes does not depend on the loss or its reduction.
	for _, c := range []struct {
		a     graph.Activation
		depth int
	}{{graph.ReLU, 10}, {graph.Sigmoid, 10}, {graph.Sigmoid, 20}} {
		model := plain(c.depth, c.a, nil, graph.NoNorm)
		list = append(list, specimen{name: fmt.Sprintf("%v, %d layers, loss summed", c.a, c.depth), model: model, net: plainNet(model), loss: graph.CrossEntropy{Sum: true}})
	}
	return list
}

func normalised() []specimen {
	var list []specimen
	for _, c := range []struct {
		a     graph.Activation
		norm  graph.Norm
		depth int
	}{
		{graph.ReLU, graph.BN, 5}, {graph.ReLU, graph.BN, 15}, {graph.ReLU, graph.BN, 60}, {graph.ReLU, graph.BN, 100},
		{graph.Sigmoid, graph.BN, 30}, {graph.Tanh, graph.BN, 20},
		{graph.ReLU, graph.LN, 5}, {graph.ReLU, graph.LN, 50}, {graph.Tanh, graph.LN, 30}, {graph.Sigmoid, graph.LN, 20},
	} {
		model := plain(c.depth, c.a, nil, c.norm)
		list = append(list, specimen{name: fmt.Sprintf("%v + %v, %d layers", c.a, c.norm, c.depth), model: model, net: plainNet(model)})
	}
	return list
}

func residual() []specimen {
	var list []specimen
	add := func(what string, m resnet.Model) {
		m.Input, m.Width, m.Output = features, width, classes
		list = append(list, specimen{name: fmt.Sprintf("residual%s, %d blocks", what, m.Blocks), model: m, net: residualNet(m)})
	}
	for _, blocks := range []int{5, 15, 50} {
		add("", resnet.Model{Blocks: blocks})
	}
	add(" tanh", resnet.Model{Blocks: 15, Activation: graph.Tanh})
	add(" + BN", resnet.Model{Blocks: 15, Norm: graph.BN})
	add(" + LN", resnet.Model{Blocks: 15, Norm: graph.LN})
	add(" unscaled", resnet.Model{Blocks: 5, BranchScale: 1})
	add(" unscaled", resnet.Model{Blocks: 40, BranchScale: 1})
	add(" without skips", resnet.Model{Blocks: 25, NoSkip: true})
	// The gradient of a pre-activation network of scale 1/sqrt(blocks) grows by (1+1/blocks)^(blocks/2) < sqrt(e). It does not
	// change if the branches start at zero.
	m := resnet.Model{Input: features, Width: width, Output: classes, Blocks: 25, PreActivation: true}
	list = append(list, specimen{name: "pre-activation, 25 blocks", model: m, decades: math.Log10(math.E) / 2})
	m.PreActivation, m.ZeroInit = false, true
	list = append(list, specimen{name: "residual from zero, 25 blocks", model: m})
	return list
}

// singleLayers are healthy networks except for one layer. Its weights are scaled, or it is the output layer and tiny, which makes
// all gradients small without changing their profile.
func singleLayers() []specimen {
	var list []specimen
	for _, c := range []struct {
		depth, at int
		factor    float64
	}{{20, 10, 1e-5}, {20, 3, 1e-5}, {20, 18, 1e-5}, {20, 10, 1e5}, {40, 20, 1e-6}, {20, 10, 0.1}, {10, 5, 10}} {
		layers, net := stack(c.depth, initializer.HeNormal{})
		layers[2*(c.at-1)] = graph.Dense{Units: width, Init: initializer.HeNormal{Gain: math.Sqrt2 * c.factor}}
		net.Layers[c.at-1].WeightVar *= c.factor * c.factor
		list = append(list, specimen{name: fmt.Sprintf("layer %d of %d scaled by %g", c.at, c.depth, c.factor), model: layers, net: net})
	}
	for _, depth := range []int{5, 20} {
		layers, net := stack(depth, initializer.Normal{Std: 1e-6})
		list = append(list, specimen{name: fmt.Sprintf("tiny output layer, %d layers", depth), model: layers, net: net})
	}
	layers, net := stack(10, initializer.Normal{Std: 1e-4})
	list = append(list, specimen{name: "tiny output layer, SGD", model: layers, net: net, optimizer: &optim.SGD{LearningRate: 0.05}, steps: 20,
		unknown: []string{"learning-rate-too-small", "layer-not-training", "gradient-noise"}})
	return list
}

// stack is a ReLU network with He initialisation and a different initialiser for the output layer.
func stack(depth int, output initializer.Initializer) (graph.Sequential, *theory.Net) {
	var layers graph.Sequential
	for range depth {
		layers = append(layers, graph.Dense{Units: width, Init: initializer.HeNormal{}}, graph.ReLU)
	}
	return append(layers, graph.Dense{Units: classes, Init: output}), plainNet(plain(depth, graph.ReLU, initializer.HeNormal{}, graph.NoNorm))
}

// trainedHealthy are networks that learn in all layers. Those on the set "few" memorise it.
func trainedHealthy() []specimen {
	var list []specimen
	add := func(what string, model graph.Model, net *theory.Net, o optim.Optimizer, set string, steps int, learns float64) {
		s := specimen{name: fmt.Sprintf("%s, %T, %s", what, o, set), model: model, net: net, optimizer: o, set: set, steps: steps, learns: learns,
			unknown: []string{"gradient-noise"}}
		if set == "few" {
			s.name, s.batch = "converged "+s.name, 64
			s.unknown = append(s.unknown, "learning-rate-too-small") // the loss is already at its minimum
		}
		list = append(list, s)
	}
	sgd, adam := &optim.SGD{LearningRate: 0.02, Momentum: 0.9}, &optim.Adam{LearningRate: 0.002}
	for _, o := range []optim.Optimizer{sgd, adam} {
		for _, c := range []struct {
			depth int
			a     graph.Activation
			norm  graph.Norm
		}{{3, graph.ReLU, graph.NoNorm}, {5, graph.Tanh, graph.NoNorm}, {10, graph.ReLU, graph.BN}, {10, graph.ReLU, graph.LN}} {
			m := plain(c.depth, c.a, nil, c.norm)
			what := fmt.Sprintf("%v + %v, %d layers", c.a, c.norm, c.depth)
			add(what, m, plainNet(m), o, "fashion", 60, 0.8)
			add(what, m, plainNet(m), o, "few", 150, 0.1)
		}
		m := resnet.Model{Input: features, Width: width, Output: classes, Blocks: 10}
		add("residual, 10 blocks", m, residualNet(m), o, "fashion", 60, 0.8)
		add("residual, 10 blocks", m, residualNet(m), o, "few", 150, 0.1)
	}
	m := resnet.Model{Input: features, Width: width, Output: classes, Blocks: 15, Norm: graph.BN}
	add("residual + BN, 15 blocks", m, residualNet(m), adam, "few", 100, 0.1)
	long := plain(3, graph.ReLU, nil, graph.NoNorm)
	add("relu long ago, 3 layers", long, plainNet(long), &optim.Adam{LearningRate: 0.01}, "few", 600, 0.01)
	deep := plain(10, graph.SELU, nil, graph.NoNorm)
	add("selu, 10 layers", deep, plainNet(deep), adam, "few", 100, 0.1)
	return list
}

// trainedSick are networks whose gradient vanishes or explodes from the beginning and stays so during training.
func trainedSick() []specimen {
	var list []specimen
	add := func(what string, model graph.Model, net *theory.Net, o optim.Optimizer) {
		list = append(list, specimen{name: fmt.Sprintf("trained %s, %T", what, o), model: model, net: net, optimizer: o, set: "fashion", steps: 40})
	}
	sgd, adam := &optim.SGD{LearningRate: 0.05}, &optim.Adam{}
	for _, o := range []optim.Optimizer{sgd, adam} {
		for _, depth := range []int{12, 30} {
			m := plain(depth, graph.Sigmoid, nil, graph.NoNorm)
			add(fmt.Sprintf("sigmoid, %d layers", depth), m, plainNet(m), o)
		}
		m := plain(20, graph.ReLU, initializer.Normal{Std: 0.05}, graph.NoNorm)
		add("relu of small weights, 20 layers", m, plainNet(m), o)
		m = plain(30, graph.ReLU, initializer.TorchDefault{}, graph.NoNorm)
		add("relu torch default, 30 layers", m, plainNet(m), o)
	}
	tiny := &optim.SGD{LearningRate: 1e-12}
	m := plain(25, graph.ReLU, initializer.Normal{Std: 0.5}, graph.NoNorm)
	add("relu of large weights, 25 layers", m, plainNet(m), tiny)
	m = plain(60, graph.ReLU, nil, graph.BN)
	add("relu + BN, 60 layers", m, plainNet(m), &optim.SGD{LearningRate: 1e-5})
	m = plain(40, graph.Tanh, initializer.Normal{Std: 0.8}, graph.NoNorm)
	add("tanh of large weights, 40 layers", m, plainNet(m), &optim.SGD{LearningRate: 1e-6})
	return list
}

// otherSicknesses are networks with an injected fault.
func otherSicknesses() []specimen {
	var list []specimen
	add := func(s specimen) { list = append(list, s) }
	healthy := plain(4, graph.ReLU, nil, graph.NoNorm)
	small := plainNet(healthy)

	layers, net := stack(6, initializer.HeNormal{})
	layers[4] = graph.Dense{Units: width, Init: initializer.HeNormal{}, BiasInit: killer{0.9}}
	add(specimen{name: "nine of ten units dead", model: layers, net: net, sick: []string{"dead-relu"}})
	add(specimen{name: "nine of ten units dead, trained", model: layers, net: net, sick: []string{"dead-relu"}, optimizer: &optim.SGD{LearningRate: 0.01}, steps: 20,
		unknown: []string{"gradient-noise"}})
	layers, _ = stack(6, initializer.HeNormal{})
	layers[6] = graph.Dense{Units: width, Init: initializer.HeNormal{}, BiasInit: killer{1}}
	add(specimen{name: "a dead layer", model: layers, decades: math.Inf(-1), sick: []string{"dead-relu"}})

	for _, c := range []struct {
		a   graph.Activation
		std float64
	}{{graph.Tanh, 3}, {graph.Sigmoid, 8}} {
		m := plain(4, c.a, initializer.Normal{Std: c.std}, graph.NoNorm)
		add(specimen{name: fmt.Sprintf("%v of weights of deviation %g", c.a, c.std), model: m, net: plainNet(m), sick: []string{"saturation"}})
		add(specimen{name: fmt.Sprintf("%v of weights of deviation %g, trained", c.a, c.std), model: m, net: plainNet(m), sick: []string{"saturation"},
			optimizer: &optim.SGD{LearningRate: 1e-3}, steps: 20, unknown: []string{"gradient-noise", "learning-rate-too-small", "layer-not-training"}})
	}

	add(specimen{name: "a rate of 1e10", model: healthy, net: small, optimizer: &optim.SGD{LearningRate: 1e10}, steps: 10,
		sick: []string{"non-finite"}, unknown: []string{"learning-rate-too-large", "dead-relu", "gradient-noise", "vanishing", "exploding", "layer-not-training"}})
	tanh := plain(4, graph.Tanh, nil, graph.NoNorm)
	for _, o := range []optim.Optimizer{&optim.SGD{LearningRate: 100}, &optim.Adam{LearningRate: 1}} {
		add(specimen{name: fmt.Sprintf("steps a thousand times too large, %T", o), model: tanh, net: plainNet(tanh), optimizer: o, steps: 40,
			sick: []string{"learning-rate-too-large"}, unknown: []string{"saturation", "gradient-noise", "vanishing", "exploding", "layer-not-training"}})
	}
	for _, o := range []optim.Optimizer{&optim.SGD{LearningRate: 1e-7}, &optim.Adam{LearningRate: 1e-8}} {
		add(specimen{name: fmt.Sprintf("steps far too small, %T", o), model: tanh, net: plainNet(tanh), optimizer: o, steps: 20,
			sick: []string{"learning-rate-too-small"}, unknown: []string{"gradient-noise", "layer-not-training"}})
	}
	for _, o := range []optim.Optimizer{&optim.SGD{LearningRate: 0.05}, &optim.Adam{}} {
		add(specimen{name: fmt.Sprintf("a frozen layer, %T", o), model: tanh, net: plainNet(tanh), optimizer: o, steps: 20,
			callbacks: []train.Callback{freeze{layer: "dense2"}}, sick: []string{"layer-not-training"}, unknown: []string{"gradient-noise"}})
	}
	add(specimen{name: "random labels in batches of 8", model: tanh, net: plainNet(tanh), optimizer: &optim.SGD{LearningRate: 1e-3}, steps: 80, batch: 8, set: "noise",
		sick: []string{"gradient-noise"}})
	add(specimen{name: "random labels in batches of 16", model: tanh, net: plainNet(tanh), optimizer: &optim.Adam{LearningRate: 1e-4}, steps: 40, batch: 16, set: "noise",
		sick: []string{"gradient-noise"}})
	return list
}
