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
// # What a step does
//
// Fit draws the model once for the batch size, and once more if the last batch of an epoch is smaller. Each step binds a
// batch to the graph, runs it forward and backward, and lets the optimiser move the parameters in place:
//
//	w <- w - α·dL/dw
//
// After each epoch the model is scored on the validation set. Evaluate and Predict draw graphs of their own, in evaluation
// mode and for any number of samples. All graphs read the same Params, so that nothing has to be copied between them.
//
// # Following a run
//
// Everything else is a [Callback]: [Progress] shows a bar or lines, others record gradients, clip them, follow a schedule
// of learning rates or stop early. A callback embeds [Base] and writes the methods it needs:
//
//	type halve struct{ train.Base }
//
//	func (halve) AfterEpoch(r *train.Run) error {
//		r.LearningRate /= 2
//		return nil
//	}
//
// # Same seed, same numbers
//
// First values, shuffles and dropout come from Trainer.Seed. Two runs with the same seed, data and configuration give
// the same history and parameters, bit by bit, on any number of cores.
package train
