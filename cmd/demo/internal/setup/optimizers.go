package setup

import (
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/train/optim"
)

// optimizerKinds make the optimisers of -optimizer with a learning rate, of which 0 is the default, and a weight decay.
var optimizerKinds = []struct {
	name string
	make func(rate, decay float64) optim.Optimizer
}{
	{"sgd", func(rate, decay float64) optim.Optimizer { return &optim.SGD{LearningRate: rate, WeightDecay: decay} }},
	{"momentum", func(rate, decay float64) optim.Optimizer {
		return &optim.SGD{LearningRate: rate, WeightDecay: decay, Momentum: 0.9}
	}},
	{"nesterov", func(rate, decay float64) optim.Optimizer {
		return &optim.SGD{LearningRate: rate, WeightDecay: decay, Momentum: 0.9, Nesterov: true}
	}},
	{"adam", func(rate, decay float64) optim.Optimizer { return &optim.Adam{LearningRate: rate, WeightDecay: decay} }},
	{"adamw", func(rate, decay float64) optim.Optimizer { return &optim.AdamW{LearningRate: rate, WeightDecay: decay} }},
	{"rmsprop", func(rate, decay float64) optim.Optimizer {
		return &optim.RMSProp{LearningRate: rate, WeightDecay: decay}
	}},
	{"adagrad", func(rate, decay float64) optim.Optimizer {
		return &optim.AdaGrad{LearningRate: rate, WeightDecay: decay}
	}},
	{"lion", func(rate, decay float64) optim.Optimizer { return &optim.Lion{LearningRate: rate, WeightDecay: decay} }},
	{"lamb", func(rate, decay float64) optim.Optimizer { return &optim.LAMB{LearningRate: rate, WeightDecay: decay} }},
	{"lars", func(rate, decay float64) optim.Optimizer { return &optim.LARS{LearningRate: rate, WeightDecay: decay} }},
	{"muon", func(rate, decay float64) optim.Optimizer { return &optim.Muon{LearningRate: rate, WeightDecay: decay} }},
}

// optimizerNames are the names of optimizerKinds.
func optimizerNames() (names []string) {
	for _, k := range optimizerKinds {
		names = append(names, k.name)
	}
	return names
}

// IsSGD reports whether the optimiser is SGD, with momentum or without.
func (o Options) IsSGD() bool {
	return slices.Contains([]string{"sgd", "momentum", "nesterov"}, o.Optimizer)
}

// NewOptimizer makes the optimiser. Each network needs its own.
func (o Options) NewOptimizer() (optim.Optimizer, error) {
	for _, k := range optimizerKinds {
		if k.name == o.Optimizer {
			return k.make(o.Rate, o.decay()), nil
		}
	}
	return nil, errors.New(say.Sprintf("-optimizer: got %q, want %s", o.Optimizer, console.Either(optimizerNames())))
}
