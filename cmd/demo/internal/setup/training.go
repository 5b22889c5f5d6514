package setup

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"
	"github.com/urfave/cli/v3"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/console"
	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
)

// ConvTrainingFlags describe the training of a convolutional network that a command needs, if it has no parameters of one. The check
// is of the network's name.
func (o *Options) ConvTrainingFlags(model string, epochs int, check func(name string) error) []cli.Flag {
	return append(console.Section(say.Text("Training"),
		console.String("model", &o.Model, model, say.Text("`name` of a convolutional network, such as resnet20 or preresnet56"), resnet.Names(), check),
		console.Whole("epochs", &o.Epochs, epochs, 1, 1e6, say.Text("`passes` through the training images")),
		console.Duration("time", &o.Time, say.Text("end the training after as many epochs as fit into a `time` such as 15m")),
		o.AugmentFlag(),
	), o.StepFlags()...)
}

// Parameters are those of the file that a flag names, or, without one, of a network that is trained now.
func (o Options) Parameters(ctx context.Context, n Network, flag, file string, trainSet, valSet *data.Dataset, log io.Writer) (*graph.Params, error) {
	if file != "" {
		params, err := loadParameters(n, file, trainSet)
		return params, errors.Wrap(err, "-"+flag)
	}
	optimizer, err := o.NewOptimizer()
	if err != nil {
		return nil, err
	}
	var callbacks []train.Callback
	if o.Time > 0 {
		callbacks = append(callbacks, &train.TimeLimit{Limit: o.Time})
	}
	trainer := &train.Trainer{
		Model: n.Model, Loss: graph.CrossEntropy{}, Optimizer: optimizer, Schedule: o.Schedule(), Augment: o.Transforms(),
		Epochs: o.Epochs, BatchSize: o.Batch, DropLast: true, Seed: o.Seed,
		Callbacks: append(callbacks, &train.Progress{Out: log, Label: n.Name, Language: say.Language}),
	}
	_, err = trainer.Fit(ctx, trainSet, valSet)
	return trainer.Params, errors.Wrap(err, n.Name)
}

// loadParameters reads the parameters of a network, which must all be in the file, or in that of a run's folder.
func loadParameters(n Network, file string, images *data.Dataset) (*graph.Params, error) {
	info, err := os.Stat(file)
	if err == nil && info.IsDir() { // of a run
		file = filepath.Join(file, reportdir.ParamsName)
		_, err = os.Stat(file)
	}
	if err != nil && info != nil {
		return nil, errors.New(say.Sprintf("got no %s, want the folder of a run of demo train -model, or a file of parameters", file))
	}
	if err != nil {
		return nil, err
	}
	shape := images.X.Shape().Clone()
	shape[0] = 1
	params := graph.NewParams(tensor.Float32, 1)
	p, err := graph.Build(graph.Config{Model: n.Model, Params: params, Input: shape, Mode: graph.Eval})
	if err != nil {
		return nil, errors.Wrap(err, n.Name)
	}
	defer p.Close()
	if err := params.Load(file, graph.Assignment{}); err != nil {
		what, _, others := strings.Cut(err.Error(), " (set Assignment.Partial") // options of the library
		if others {
			what = say.Sprintf("%s (choose the network that the file is of by -model)", what)
		}
		return nil, errors.Errorf("%s: %s", n.Name, what)
	}
	return params, nil
}

// RecordEvery is the number of steps from one record of the gradients to the next.
const RecordEvery = 20

// NewTrainer makes the trainer of a network. The gradients of language models are clipped; there are no other callbacks.
func (o Options) NewTrainer(n Network) (*train.Trainer, error) {
	optimizer, err := o.NewOptimizer()
	trainer := &train.Trainer{
		Model: n.Model, Loss: graph.CrossEntropy{}, Optimizer: optimizer,
		Epochs: o.Epochs, BatchSize: o.Batch, DropLast: true, Seed: o.Seed, Schedule: o.Schedule(), Augment: o.Transforms(),
	}
	if o.IsText() {
		trainer.Callbacks = []train.Callback{&train.ClipNorm{Max: 1}}
	}
	return trainer, err
}
