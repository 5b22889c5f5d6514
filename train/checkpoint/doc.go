// Package checkpoint keeps runs in files, so that a run that was killed at any moment goes on to the same numbers, bit by bit.
//
// A [Folder] belongs to a trainer, which writes and reads the checkpoints by itself:
//
//	trainer.Checkpoints = &checkpoint.Folder{Path: "run/checkpoints"}
//
// The next Fit of a trainer with that folder goes on from the newest checkpoint there, in mid-epoch too. A callback that keeps
// something between steps implements [Stateful].
//
// A [Checkpoint] is one file in the safetensors format, which PyTorch and others read too. The names of its tensors are
//
//	param:dense1/weight                  parameters and running statistics
//	average:dense1/weight                their averages, if the trainer keeps some
//	optimizer:dense1/weight/exp_avg      the state of the optimiser
//	values:NAME                          the JSON of a [State], as bytes
//	tensor:NAME:TENSOR                   a tensor of a State
//
// and its metadata are the version of this format, the position in the run, and a SHA-256 of the whole file, in which the sum itself
// counts as 64 zeros. A file is whole or absent: it is written under another name, brought to the disk, and renamed.
package checkpoint
