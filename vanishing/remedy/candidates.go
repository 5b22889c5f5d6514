package remedy

import (
	"fmt"
	"slices"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// modelTraits are the properties of a model on which its remedies depend.
type modelTraits struct {
	activation graph.Activation // of the last hidden layer; Identity if there is none
	init       string           // of all weights; empty if they differ
}

// traits builds the model to determine its traits.
func (c Config) traits() (modelTraits, error) {
	params := graph.NewParams(c.batch().FloatDtype(), c.Seed)
	p, err := graph.Build(graph.Config{Model: c.Model, Params: params, Inputs: c.inputs(), Mode: graph.Eval})
	if err != nil {
		return modelTraits{}, err
	}
	traits := modelTraits{activation: graph.Identity}
	for _, layer := range p.Layers {
		if layer.Act != nil {
			traits.activation = layer.Activation
		}
	}
	for _, w := range p.Weights {
		if w.Role != graph.Weight {
			continue
		}
		if traits.init == "" {
			traits.init = w.Init.String()
		}
		if traits.init != w.Init.String() {
			traits.init = ""
			break
		}
	}
	return traits, p.Close()
}

// candidates lists the remedies for a model.
func (c Config) candidates(traits modelTraits) []candidate {
	v, known := variantOf(c.Model)
	list := c.initialisers(traits, v, known)
	if config, with, attends := attentive(c.Model); attends {
		list = append(list, c.forAttention(config, with)...)
	} else {
		list = append(list, c.structures(v, known)...)
	}
	return append(list, c.sizes()...)
}

// initialisers redraw the weights: by the initialisers that suit the activation and by orthogonal ones, except the model's own.
func (c Config) initialisers(traits modelTraits, v variant, known bool) []candidate {
	var list []candidate
	activation := traits.activation
	add := func(name string, init initializer.Initializer, code string) {
		if init.String() == traits.init {
			return
		}
		remedy := candidate{name: name, code: "Init: " + code, model: c.Model}
		if known {
			remedy.model = withInit(v, init)
		} else {
			remedy.init = init
			remedy.note = "of every weight: set it in each Dense"
		}
		list = append(list, remedy)
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

// structures change the layers of the network.
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
	return slices.DeleteFunc(list, func(remedy candidate) bool { return remedy.model == nil && remedy.note == "" })
}

// sizes change the size of the optimiser's steps.
func (c Config) sizes() []candidate {
	code := func(factor float64) string { return fmt.Sprintf("LearningRate: %.3g", c.Optimizer.Rate()*factor) }
	return []candidate{
		{name: "clipping", code: "Callbacks: []train.Callback{&train.ClipNorm{Max: 1}}", model: c.Model, clip: true, kept: true},
		{name: "lower rate", code: code(0.1), model: c.Model, rate: 0.1, kept: true},
		{name: "higher rate", code: code(10), model: c.Model, rate: 10, kept: true},
	}
}
