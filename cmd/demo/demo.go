package main

import (
	"context"
	stderrors "errors"
	"fmt"
	"io"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/remedy"
)

// recordEvery is how often gradients are recorded, in steps.
const recordEvery = 20

// A result is a trained network with what was recorded of it.
type result struct {
	history train.History
	profile vanishing.Profile
}

// demo trains the networks, prints what became of them and writes the report.
func demo(ctx context.Context, o options, out, log io.Writer) error {
	trainSet, valSet, err := o.images(ctx)
	if err != nil {
		return err
	}
	networks, err := o.networks(trainSet.X.Shape()[1], len(trainSet.Classes))
	if err != nil {
		return err
	}
	folder, err := newFolder(o.out)
	if err != nil {
		return err
	}
	writing, cancel := later(ctx, fileTime)
	defer cancel()
	fmt.Fprintf(out, "images: %d to train on, %d to validate; hidden layers: %d of %d units; epochs: %d; batch: %d; seed: %d\n\n",
		trainSet.Len(), valSet.Len(), o.depth, o.width, o.epochs, o.batch, o.seed)
	var results []result
	for _, n := range networks {
		r, trainErr := o.train(ctx, n, trainSet, valSet, log)
		if len(r.profile.Records) > 0 {
			results = append(results, r)
		}
		if err = trainErr; err != nil {
			break
		}
	}
	if len(results) == 0 {
		return err
	}
	reportErr := writeReport(writing, folder, results, out)
	if err == nil {
		err = ctx.Err() // a signal that came after the training
	}
	return stderrors.Join(reportErr, err)
}

// images loads the images, but no longer than until ctx is done.
func (o options) images(ctx context.Context) (trainSet, valSet *data.Dataset, err error) {
	sets, err := await(ctx, func() ([2]*data.Dataset, error) {
		trainSet, valSet, err := o.load()
		return [2]*data.Dataset{trainSet, valSet}, err
	})
	return sets[0], sets[1], err
}

// load reads the images and brings their pixels to mean 0 and standard deviation 1.
func (o options) load() (trainSet, valSet *data.Dataset, err error) {
	if o.dataDir == "" {
		trainSet, valSet, err = data.FashionMNIST(tensor.Float32)
	} else {
		trainSet, valSet, err = data.ReadFashionMNIST(o.dataDir, tensor.Float32)
	}
	if err != nil {
		return nil, nil, err
	}
	if o.subset > 0 {
		if trainSet, err = trainSet.Subset(o.subset); err != nil {
			return nil, nil, errors.Wrap(err, "-subset")
		}
		if valSet, err = valSet.Subset(min(valSet.Len(), max(1, o.subset/5))); err != nil {
			return nil, nil, errors.Wrap(err, "-subset")
		}
	}
	if o.batch > trainSet.Len() {
		return nil, nil, errors.Errorf("-batch is %d, but there are only %d images to train on", o.batch, trainSet.Len())
	}
	moments, err := trainSet.Moments()
	if err != nil {
		return nil, nil, err
	}
	if err := trainSet.Normalize(moments); err != nil {
		return nil, nil, err
	}
	return trainSet, valSet, valSet.Normalize(moments)
}

// train trains one network. If it fails or is interrupted the result holds what there was until then.
func (o options) train(ctx context.Context, n network, trainSet, valSet *data.Dataset, log io.Writer) (result, error) {
	optimizer, err := o.newOptimizer()
	if err != nil {
		return result{}, err
	}
	recorder := &vanishing.Recorder{Name: n.name, Steps: vanishing.Every(recordEvery), Paths: vanishing.Linear{Step: 1, To: 1}}
	kept := &latest{recorder: recorder}
	callbacks := []train.Callback{recorder, kept}
	if o.server != nil {
		callbacks = append(callbacks, o.server.Follow(recorder))
	}
	trainer := &train.Trainer{
		Model: n.model, Loss: graph.CrossEntropy{}, Optimizer: optimizer,
		Epochs: o.epochs, BatchSize: o.batch, DropLast: true, Seed: o.seed,
		Callbacks: append(callbacks, &train.Progress{Out: log, Label: n.name}),
	}
	end, cancel := later(ctx, stepTime)
	defer cancel()
	r, err := await(end, func() (result, error) {
		history, err := trainer.Fit(ctx, trainSet, valSet)
		return result{history, recorder.Profile()}, err
	})
	if end.Err() != nil && len(r.profile.Records) == 0 {
		r.profile = kept.load()
	}
	if err == nil {
		r.profile.Trials, err = await(end, func() ([]vanishing.Trial, error) { return o.tryRemedies(ctx, n, r.profile, trainSet) })
	}
	return r, errors.Wrap(err, n.name)
}

// tryRemedies tries what would help a sick network, on the first images.
func (o options) tryRemedies(ctx context.Context, n network, p vanishing.Profile, trainSet *data.Dataset) ([]vanishing.Trial, error) {
	if v := vanishing.Diagnose(p).Verdict; v != vanishing.Vanishing && v != vanishing.Exploding {
		return nil, nil
	}
	optimizer, err := o.newOptimizer()
	if err != nil {
		return nil, err
	}
	batch, err := trainSet.Subset(o.batch)
	if err != nil {
		return nil, err
	}
	return remedy.Try(remedy.Config{
		Model: n.model, Loss: graph.CrossEntropy{}, X: batch.X, Y: batch.Y, Optimizer: optimizer, Seed: o.seed, Context: ctx,
	})
}
