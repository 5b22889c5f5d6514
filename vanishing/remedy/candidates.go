package remedy

import (
	"fmt"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// A built is what remedies have to know of a model.
type built struct {
	activation graph.Activation // of the last hidden layer; Identity if there is none
	init       string           // of all weights; empty if they differ
}

// look draws the model and looks at it.
func (c Config) look() (built, error) {
	params := graph.NewParams(c.batch().FloatDtype(), c.Seed)
	p, err := graph.Build(graph.Config{Model: c.Model, Params: params, Inputs: c.inputs(), Mode: graph.Eval})
	if err != nil {
		return built{}, err
	}
	b := built{activation: graph.Identity}
	for _, layer := range p.Layers {
		if layer.Act != nil {
			b.activation = layer.Activation
		}
	}
	for _, w := range p.Weights {
		if w.Role != graph.Weight {
			continue
		}
		if b.init == "" {
			b.init = w.Init.String()
		}
		if b.init != w.Init.String() {
			b.init = ""
			break
		}
	}
	return b, p.Close()
}

// candidates lists the remedies for a model.
func (c Config) candidates(b built) []candidate {
	v, known := variantOf(c.Model)
	list := c.initialisers(b, v, known)
	list = append(list, c.structures(v, known)...)
	return append(list, c.steps()...)
}

// initialisers draw the weights anew: those that suit the activation, and orthogonal ones, but for the one there is.
func (c Config) initialisers(b built, v variant, known bool) []candidate {
	var list []candidate
	activation := b.activation
	add := func(name string, init initializer.Initializer, code string) {
		if init.String() == b.init {
			return
		}
		one := candidate{name: name, code: "Init: " + code, model: c.Model}
		if known {
			one.model = withInit(v, init)
		} else {
			one.init = init
			one.note = "of every weight: set it in each Dense"
		}
		list = append(list, one)
	}
	add("He initialisation", initializer.HeNormal{}, "initializer.HeNormal{}")
	switch activation.DefaultInit().(type) {
	case initializer.XavierNormal:
		add("Xavier initialisation", initializer.XavierNormal{Gain: activation.Gain()}, gained("initializer.XavierNormal", activation))
	case initializer.LeCunNormal:
		add("LeCun initialisation", initializer.LeCunNormal{}, "initializer.LeCunNormal{}")
	}
	add("orthogonal initialisation", initializer.Orthogonal{Gain: activation.Gain()}, gained("initializer.Orthogonal", activation))
	return list
}

func gained(init string, a graph.Activation) string {
	return fmt.Sprintf("%s{Gain: %.4g}", init, a.Gain())
}

// structures change the network.
func (c Config) structures(v variant, known bool) []candidate {
	list := []candidate{
		{name: "batch normalisation", code: "Norm: graph.BN"},
		{name: "layer normalisation", code: "Norm: graph.LN"},
		{name: "skips"},
		{name: "ReLU", code: "Activation: graph.ReLU, Init: initializer.HeNormal{}"},
		{name: "SELU", code: "Activation: graph.SELU, Init: initializer.LeCunNormal{}"},
	}
	if !known {
		for i := range list {
			list[i].note = fmt.Sprintf("not tried: the layers of a %T cannot be exchanged from outside", c.Model)
		}
		return list
	}
	list[0].model, list[1].model = withNorm(v, graph.BN), withNorm(v, graph.LN)
	list[2].model, list[2].code, list[2].note = v.withSkips()
	list[3].model = withActivation(v, graph.ReLU, initializer.HeNormal{})
	list[4].model = withActivation(v, graph.SELU, initializer.LeCunNormal{})
	var changed []candidate
	for _, one := range list {
		if one.model != nil || one.note != "" {
			changed = append(changed, one)
		}
	}
	return changed
}

// steps change how far the optimiser goes.
func (c Config) steps() []candidate {
	code := func(factor float64) string { return fmt.Sprintf("LearningRate: %.3g", c.Optimizer.Rate()*factor) }
	return []candidate{
		{name: "clipping", code: "Callbacks: []train.Callback{&train.ClipNorm{Max: 1}}", model: c.Model, clip: true, kept: true},
		{name: "lower rate", code: code(0.1), model: c.Model, rate: 0.1, kept: true},
		{name: "higher rate", code: code(10), model: c.Model, rate: 10, kept: true},
	}
}
