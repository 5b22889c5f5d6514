// Package spike finds the steps in which a training is thrown off, and what began it.
//
// A [Detector] is a callback that compares the loss and the updates of each step with those before. On a spike it keeps a checkpoint from
// before it:
//
//	folder := &checkpoint.Folder{Path: "run/checkpoints", Steps: 50}
//	detector := &spike.Detector{Checkpoints: folder.Path, Keep: "run/spikes"}
//	trainer := &train.Trainer{..., Checkpoints: folder, Callbacks: []train.Callback{detector}}
//
// A [Replay] goes back to a checkpoint and repeats the steps up to the spike, bit by bit, with everything recorded. Its [Report] names
// what changed first: the learning rate, samples of the batch, or a layer.
package spike
