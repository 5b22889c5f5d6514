// Package train fits models to data.
//
// A [Trainer] is a struct: fill in what matters, leave the rest at its default, and call Fit.
//
//	t := &train.Trainer{
//		Model: mlp.Model{Input: 784, Hidden: []int{100, 100}, Output: 10},
//		Loss:  graph.CrossEntropy{},
//	}
//	history, err := t.Fit(ctx, trainSet, validationSet)
//	scores, err := t.Evaluate(ctx, testSet)
//	logits, err := t.Predict(ctx, images) // any number of them
//
// # Several inputs, targets and outputs
//
// Each column of the dataset is an input of the model or a target of a loss, by its name: X is "input", Y is "target", and
// data.Dataset.Columns holds any others. Trainer.Losses lists several losses, whose scores are in Scores.Parts:
//
//	t := &train.Trainer{Model: model, Losses: []graph.Objective{
//		{Loss: graph.CrossEntropy{}},                     // of what the model's Apply returns, against Y
//		{Output: "size", Loss: graph.MSE{}, Weight: 0.5}, // of b.Output("size", y), against the column "size"
//	}}
//	outputs, err := t.PredictNamed(ctx, testSet) // outputs["output"], outputs["size"]
//
// An autoencoder has the objective {Target: "input", Loss: graph.MSE{}}, and needs no Y.
//
// # What a step does
//
// Fit draws the model once for the batch size, and once more if the last batch of an epoch is smaller. Each step binds a
// batch to the graph, runs it forward and backward, and lets the optimiser move the parameters in place:
//
//	w <- w - α·dL/dw
//
// Trainer.Schedule sets α from step to step; package schedule has the usual ones, and [Trainer.FindRate] looks for a good α. With
// Trainer.Accumulate several batches make one step.
//
// After each epoch the model is scored on the validation set. Evaluate and Predict draw graphs of their own, in evaluation
// mode and for any number of samples. All graphs read the same Params, so that nothing has to be copied between them.
//
// # Units
//
// StandardizeInputs and StandardizeTargets bring the columns of X and Y to mean 0 and standard deviation 1 within the model. The moments
// are saved and loaded with the weights. Predictions and metrics are in the units of Y:
//
//	t.StandardizeInputs, t.StandardizeTargets = true, true
//
// Samples count by a column of weights with t.Loss = graph.WeightedBy("weight", graph.MSE{}), and classes by those of
// graph.CrossEntropy{Weights: weights}, which data.Dataset.ClassWeights balances.
//
// # Sets larger than memory
//
// [Trainer.FitStream] trains on a data.Stream, such as a CSV file, that is read anew in each epoch.
//
// # Augmentation
//
// Trainer.Augment changes the training images on their way into a batch, while earlier steps run:
//
//	moments, err := trainSet.ChannelMoments()
//	err = trainSet.Normalize(moments)
//	err = validationSet.Normalize(moments)
//	t.Augment = []data.Transform{augment.PadAndCrop{}, augment.Flip{}} // of package data/augment
//
// # Following a run
//
// Trainer.Metrics are computed in evaluation and validation, beside the loss; package metric has the usual ones:
//
//	t.Metrics = []metric.Metric{metric.F1{}, metric.TopK{K: 3}}
//	scores, err := t.Evaluate(ctx, testSet) // scores.Metrics["macro F1"]
//
// Everything else is a [Callback]: [Progress] shows a bar or lines, others record gradients, clip them or stop early. A callback embeds [Base] and writes the methods it needs:
//
//	type halve struct{ train.Base }
//
//	func (halve) AfterEpoch(r *train.Run) error {
//		r.LearningRate /= 2
//		return nil
//	}
//
// [EarlyStopping] ends a run whose validation loss no longer falls, with the best weights; [StopOnNaN] one that has broken. A [Logger]
// writes records to a file: as JSONL, CSV, or for TensorBoard.
//
// # Checkpoints
//
// With a folder of checkpoints a run that was stopped or killed goes on by itself:
//
//	t.Checkpoints = &checkpoint.Folder{Path: "run/checkpoints", Best: "val_loss"}
//	history, err := t.Fit(ctx, trainSet, validationSet) // from the newest checkpoint, if there is one
//
// The resumed run ends in the same parameters and history as one that was never stopped, bit by bit, in mid-epoch too. By default a
// checkpoint is written each minute, in the background, and when the run ends. Package checkpoint tells what is in one.
//
// # Same seed, same numbers
//
// First values, shuffles, augmentation and dropout come from Trainer.Seed. Two runs with the same seed, data and configuration give
// the same history and parameters, bit by bit, on any number of cores and with any number of workers.
package train
