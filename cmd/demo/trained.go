package main

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
)

// convTrainingFlags describe the training of a convolutional network that a command needs, if it has no parameters of one. The check
// is of the network's name.
func (o *options) convTrainingFlags(model string, epochs int, check func(name string) error) []cli.Flag {
	return append(section(say.Text("Training"),
		text("model", &o.model, model, say.Text("`name` of a convolutional network, such as resnet20 or preresnet56"), resnet.Names(), check),
		whole("epochs", &o.epochs, epochs, 1, 1e6, say.Text("`passes` through the training images")),
		duration("time", &o.time, say.Text("end the training after as many epochs as fit into a `time` such as 15m")),
		o.augmentFlag(),
	), o.stepFlags()...)
}

// parameters are those of a file, or, without one, of a network that is trained now.
func (o options) parameters(ctx context.Context, n network, file string, trainSet, valSet *data.Dataset, log io.Writer) (*graph.Params, error) {
	if file != "" {
		return loadParameters(n, file, trainSet)
	}
	optimizer, err := o.newOptimizer()
	if err != nil {
		return nil, err
	}
	var callbacks []train.Callback
	if o.time > 0 {
		callbacks = append(callbacks, &train.TimeLimit{Limit: o.time})
	}
	trainer := &train.Trainer{
		Model: n.model, Loss: graph.CrossEntropy{}, Optimizer: optimizer, Schedule: o.schedule(), Augment: o.transforms(),
		Epochs: o.epochs, BatchSize: o.batch, DropLast: true, Seed: o.seed,
		Callbacks: append(callbacks, &train.Progress{Out: log, Label: n.name, Language: say.Language}),
	}
	_, err = trainer.Fit(ctx, trainSet, valSet)
	return trainer.Params, errors.Wrap(err, n.name)
}

// loadParameters reads the parameters of a network, which must all be in the file, or in that of a run's folder.
func loadParameters(n network, file string, images *data.Dataset) (*graph.Params, error) {
	info, err := os.Stat(file)
	if err == nil && info.IsDir() { // of a run
		file = filepath.Join(file, paramsName)
		_, err = os.Stat(file)
	}
	if err != nil {
		return nil, errors.Wrap(err, "-params")
	}
	shape := images.X.Shape().Clone()
	shape[0] = 1
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: n.model, Params: params, Input: shape, Mode: graph.Eval})
	if err != nil {
		return nil, errors.Wrap(err, n.name)
	}
	defer p.Close()
	return params, errors.Wrapf(params.Load(file, graph.Assignment{}), "-params: %s", n.name)
}

// recordEvery is the number of steps from one record of the gradients to the next.
const recordEvery = 20

// newTrainer makes the trainer of a network, without callbacks.
func (o options) newTrainer(n network) (*train.Trainer, error) {
	optimizer, err := o.newOptimizer()
	return &train.Trainer{
		Model: n.model, Loss: graph.CrossEntropy{}, Optimizer: optimizer,
		Epochs: o.epochs, BatchSize: o.batch, DropLast: true, Seed: o.seed, Schedule: o.schedule(), Augment: o.transforms(),
	}, err
}
