package experiments

import (
	"context"
	"io"
	"time"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/cmd/demo/internal/reportdir"
	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/cmd/demo/internal/setup"
	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/schedule"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/shatter"
)

// train trains one network of the experiment and takes its numbers.
func (d degradation) train(ctx context.Context, t twin, trainSet, valSet *data.Dataset, log io.Writer) (degradationRun, error) {
	r := degradationRun{twin: t}
	begun := time.Now()
	m, err := resnet.CIFAR(t.Depth, len(trainSet.Classes))
	if err != nil {
		return r, err
	}
	m.NoSkip = !t.Residual
	if r.Before, err = fresh(m, t.Seed, trainSet); err != nil {
		return r, err
	}
	optimizer, err := d.NewOptimizer()
	if err != nil {
		return r, err
	}
	recorder := &vanishing.Recorder{Name: t.String(), Steps: vanishing.Every(setup.RecordEvery)}
	trainer := &train.Trainer{
		Model: m, Loss: graph.CrossEntropy{}, Optimizer: optimizer, Schedule: d.warm(), Augment: d.Transforms(),
		Epochs: d.Epochs, BatchSize: d.Batch, DropLast: true, Seed: t.Seed,
		Callbacks: []train.Callback{recorder, &train.Progress{Out: log, Label: say.Sprintf("%s, seed %d", t, t.Seed), Language: say.Language}},
	}
	history, err := trainer.Fit(ctx, trainSet, valSet)
	if err != nil {
		return r, errors.Wrap(err, t.String())
	}
	for _, e := range history.Epochs {
		r.TrainError, r.ValError = append(r.TrainError, 1-e.Train.Accuracy), append(r.ValError, 1-e.Val.Accuracy)
	}
	all := vanishing.Diagnose(recorder.Profile())
	first := reportdir.FirstStep(all.Profile)
	r.First, r.Training = gradientsOf(first), gradientsOf(all)
	r.After, err = shattered(m, trainer.Params, trainSet)
	r.Seconds = time.Since(begun).Seconds()
	return r, errors.Wrap(err, t.String())
}

// warm is the schedule with a rise of the rate over the first twentieth of the steps: He et al. 2015 begin with a low rate in their deepest
// network.
func (d degradation) warm() schedule.Schedule {
	later := d.Schedule()
	return schedule.Func(func(step, total int) float64 {
		return min(20*float64(step+1)/float64(total), 1) * later.At(step, total)
	})
}

// gradientsOf is the root mean square of dL/dz of each layer on the path.
func gradientsOf(d vanishing.Diagnosis) (list []number) {
	for _, l := range d.Profile.Path() {
		list = append(list, number(d.DeltaRMS[l]))
	}
	return list
}

// fresh measures the shattering of an untrained network, normalised by the statistics of the images.
func fresh(m resnet.Image, seed uint64, images *data.Dataset) (imageShattering, error) {
	m.Norm = func(gain initializer.Initializer) graph.Layer { return graph.BatchNorm{Momentum: 1, GainInit: gain} }
	params := graph.NewParams(tensor.Float32, seed)
	batch, err := images.Subset(min(shatterImages, images.Len()))
	if err != nil {
		return imageShattering{}, err
	}
	p, err := graph.Build(graph.Config{Model: m, Params: params, Input: batch.X.Shape()})
	if err != nil {
		return imageShattering{}, err
	}
	defer p.Close()
	if err := p.Run(batch.X, nil); err != nil {
		return imageShattering{}, err
	}
	return shattered(m, params, images)
}

// shatterImages are the images whose gradients are compared.
const shatterImages = 64

// A imageShattering is the correlation of the gradients of a network's output with respect to its input.
type imageShattering struct {
	Unrelated  number `json:"unrelated"`  // for different images
	Neighbours number `json:"neighbours"` // for neighbours on the line between two images, 1/63 of it apart
}

// shattered measures a network on the first images, and on the lines between some of them.
func shattered(m graph.Model, params *graph.Params, images *data.Dataset) (s imageShattering, err error) {
	batch, err := images.Subset(min(shatterImages, images.Len()))
	if err != nil {
		return s, err
	}
	rows, err := shatter.Gradients(m, params, batch.X, 1)
	if err != nil {
		return s, err
	}
	s.Unrelated = number(shatter.Correlation(rows, 1, len(rows)))
	const lines = 4
	for i := range lines {
		rows, err := shatter.Gradients(m, params, between(batch.X, 2*i, 2*i+1, shatterImages), 1)
		if err != nil {
			return s, err
		}
		s.Neighbours += number(shatter.Correlation(rows, 1, 2)) / lines
	}
	return s, nil
}

// between are n images on the line from one image to another.
func between(x *tensor.Dense, from, to, n int) *tensor.Dense {
	shape := x.Shape().Clone()
	size := shape.TotalSize() / shape[0]
	shape[0] = n
	line := tensor.New(tensor.Of(tensor.Float32), tensor.WithShape(shape...))
	a, b := x.Float32s()[from*size:], x.Float32s()[to*size:]
	for i := range n {
		t := float32(i) / float32(n-1)
		for k := range size {
			line.Float32s()[i*size+k] = (1-t)*a[k] + t*b[k]
		}
	}
	return line
}
