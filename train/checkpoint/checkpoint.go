package checkpoint

import (
	"gorgonia.org/tensor"
)

// A Position is a place between two steps of a run.
type Position struct {
	Step  int `json:"step"`  // updates made so far, which is the number of the next step
	Epoch int `json:"epoch"` // of the next batch; the number of epochs at the end of a run
	Batch int `json:"batch"` // number of the next batch in its epoch; 0 at the end of an epoch too
	// Ended reports that a callback has ended the run before all epochs were over. A trainer does not go on from there.
	Ended bool `json:"ended,omitempty"`
	// Restored reports that the run is over, and its weights are again those after an earlier epoch, as train.EarlyStopping leaves them. The
	// Scores are of that epoch. The file is one of its own, beside that of the last step.
	Restored bool `json:"restored,omitempty"`
	// Scores are those of the epoch that has just ended, such as "train_loss" or "val_accuracy"; nil in the middle of one.
	Scores map[string]Number `json:"scores,omitempty"`
}

// A Checkpoint is all that a run needs to go on from a position. Tensors are by name.
type Checkpoint struct {
	Position
	Params    map[string]*tensor.Dense // running statistics included
	Averaged  map[string]*tensor.Dense // averages of Params; nil if the trainer keeps none
	Optimizer map[string]*tensor.Dense // as optim.Stateful has it
	States    map[string]State         // of everything else, by a name without a colon
}

// Weights are the parameters that evaluation uses: the averages, or Params without them.
func (c *Checkpoint) Weights() map[string]*tensor.Dense {
	if c.Averaged != nil {
		return c.Averaged
	}
	return c.Params
}

// The first parts of the names of tensors.
const (
	paramPrefix     = "param:"
	averagePrefix   = "average:"
	optimizerPrefix = "optimizer:"
	valuesPrefix    = "values:"
	tensorPrefix    = "tensor:"
)
