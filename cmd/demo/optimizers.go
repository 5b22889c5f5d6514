package main

import (
	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/train/optim"
)

// optimizerKinds make the optimisers of -optimizer at a learning rate; 0 is the default.
var optimizerKinds = []struct {
	name string
	make func(rate float64) optim.Optimizer
}{
	{"sgd", func(rate float64) optim.Optimizer { return &optim.SGD{LearningRate: rate} }},
	{"momentum", func(rate float64) optim.Optimizer { return &optim.SGD{LearningRate: rate, Momentum: 0.9} }},
	{"nesterov", func(rate float64) optim.Optimizer {
		return &optim.SGD{LearningRate: rate, Momentum: 0.9, Nesterov: true}
	}},
	{"adam", func(rate float64) optim.Optimizer { return &optim.Adam{LearningRate: rate} }},
	{"adamw", func(rate float64) optim.Optimizer { return &optim.AdamW{LearningRate: rate} }},
	{"rmsprop", func(rate float64) optim.Optimizer { return &optim.RMSProp{LearningRate: rate} }},
	{"adagrad", func(rate float64) optim.Optimizer { return &optim.AdaGrad{LearningRate: rate} }},
	{"lion", func(rate float64) optim.Optimizer { return &optim.Lion{LearningRate: rate} }},
	{"lamb", func(rate float64) optim.Optimizer { return &optim.LAMB{LearningRate: rate} }},
	{"lars", func(rate float64) optim.Optimizer { return &optim.LARS{LearningRate: rate} }},
	{"muon", func(rate float64) optim.Optimizer { return &optim.Muon{LearningRate: rate} }},
}

// optimizerNames are the names of optimizerKinds.
func optimizerNames() (names []string) {
	for _, k := range optimizerKinds {
		names = append(names, k.name)
	}
	return names
}

// newOptimizer makes the optimiser. Each network needs its own.
func (o options) newOptimizer() (optim.Optimizer, error) {
	for _, k := range optimizerKinds {
		if k.name == o.optimizer {
			return k.make(o.rate), nil
		}
	}
	return nil, errors.New(say.Sprintf("-optimizer: got %q, want %s", o.optimizer, either(optimizerNames())))
}
