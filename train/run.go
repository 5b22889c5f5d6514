package train

import (
	"math"
	"slices"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/optim"
)

// A Run is the state of one call of Fit, as its callbacks see it.
type Run struct {
	Params    *graph.Params
	Averaged  *graph.Params // averages of Params; nil before the first update, and without a Trainer.AverageDecay
	Optimizer optim.Optimizer
	Program   *graph.Program // of the current step, or of the last one

	Rank  int // of this process, from 0; see Trainer.Comm
	Ranks int // processes that train together: 1 in a process alone

	Exchange Exchange // of gradients with the other ranks, in all steps so far
	// RankWeights and RankNorms are, by rank, of the current step: the weight of the rank's samples in the loss, usually their number, and the L2
	// norm of the gradients of the loss of these samples alone, before they were summed over the ranks. They are nil in a process alone.
	RankWeights, RankNorms []float64

	Epoch  int // counted from 0
	Epochs int // planned
	Step   int // optimiser updates, counted from 0 over all epochs
	Steps  int // planned, over all epochs
	First  int // step at which this Fit began: 0, or a later one if it goes on from a checkpoint

	// LearningRate is the rate of the next update. It begins as the optimiser's own rate. A callback may change it; the new rate
	// stays until it is changed again. With a Trainer.Schedule each step begins with the schedule's rate.
	LearningRate float64
	BatchLoss    float64      // value of the loss in the current step, before the update
	Waiting      data.Waiting // for training batches, in all steps so far
	Batches      int          // whose gradients make the current step: 1, or more with Trainer.Accumulate
	// BatchWeight is the weight in the step of the batch that Program has just run: the number of its samples, unless the loss weighs them. For
	// losses that sum, batches have equal weights.
	BatchWeight float64
	// NonFinite is "loss" or "gradient" if a [StopOnNaN] ends the run because of it in the current step; empty otherwise.
	NonFinite string
	// Weightless reports that no sample of the current step counts in the loss, because the weights of all are 0 or all labels are padding. Its
	// loss and gradients are 0, and it moves nothing, not even by momentum.
	Weightless bool
	// Clip is the factor by which the gradients were scaled in the current step: 1 unless a [ClipNorm] scaled them. A callback
	// that scales the gradients multiplies Clip by its factor, because later callbacks read it. [ClipValue] and [ClipAdaptive], which
	// scale some elements, multiply it by the factor by which the common norm shrank.
	Clip float64
	// Unclipped are the L2 norms of the gradients before they were clipped, one for each of Program.Weights, 0 where there
	// is no gradient; nil if nothing was clipped. Gradients and Clip do not always give these norms, because elements that a
	// small factor makes too small for their type become zero.
	Unclipped []float64

	// Uneven reports that a callback scaled the elements of a gradient by different factors in the current step, as [ClipValue] and
	// [ClipAdaptive] do. What the elements were cannot be told from Clip and Unclipped then.
	Uneven bool

	metrics []string              // names of Trainer.Metrics
	synced  bool                  // whether Program has sums over the ranks, so that no rank can compute a batch alone
	batch   int                   // number of the last batch of the current step in its epoch
	samples func(batch int) []int // numbers of the samples of a batch of the current epoch

	Train, Val Scores // of the epoch that has just ended; Val is NaN without validation data
	HasVal     bool   // whether there is validation data
	History    History
}

// Samples are the numbers of the samples in the batch of the current step, in the training set: of its last batch, with
// Trainer.Accumulate. They are nil in FitStream.
func (r *Run) Samples() []int {
	if r.samples == nil {
		return nil
	}
	return r.samples(r.batch)
}

// Scores lists the scores of the epoch that has just ended by the names that records and checkpoints have: "train_loss",
// "train_accuracy" and, of the validation data, "val_loss", "val_accuracy" and the names of Trainer.Metrics after "val_". There is no accuracy
// where the loss does not classify.
func (r *Run) Scores() map[string]float64 {
	list := make(map[string]float64)
	add := func(prefix string, s Scores) {
		list[prefix+"loss"] = s.Loss
		if !math.IsNaN(s.Accuracy) {
			list[prefix+"accuracy"] = s.Accuracy
		}
		for name, v := range s.Metrics {
			list[prefix+name] = v
		}
	}
	add("train_", r.Train)
	if r.HasVal {
		add("val_", r.Val)
	}
	return list
}

// checkScore returns an error for a name that no score of the run will have. Whether there is an accuracy is known after an epoch.
func (r *Run) checkScore(name, field string) error {
	known := []string{"train_accuracy", "train_loss"}
	if r.HasVal {
		known = append(known, "val_accuracy", "val_loss")
		for _, m := range r.metrics {
			known = append(known, "val_"+m)
		}
	}
	if slices.Contains(known, name) {
		return nil
	}
	return errors.Errorf("train: %s: got %q, want one of %s", field, name, strings.Join(known, ", "))
}

// Scores are means over a dataset.
type Scores struct {
	// Loss is the mean over the samples. For a loss that sums, it is the sum over all samples divided by their number. Several
	// losses are added with their weights.
	Loss float64
	// Accuracy is the share of samples classified right, and NaN if the loss does not classify. Samples that are all padding are left out. With a BCE of several outputs
	// each output counts as a sample of its own. With several losses it is the accuracy of the one that classifies, and NaN if
	// more than one does.
	Accuracy float64
	// Metrics are the values of Trainer.Metrics by name, in the scores of Evaluate and validation; nil if there are none.
	Metrics map[string]float64
	// Parts are the scores of several losses, by the name of the objective, each before it is weighted; nil with one loss.
	Parts map[string]Scores
}

// A History holds the scores of every finished epoch, and the loss of every step or, in a long run, of evenly spaced ones.
type History struct {
	Epochs []EpochScores
	// Losses are the losses of the steps 0, LossInterval, 2·LossInterval, ..., each before its update and as the loss gives it:
	// a loss that sums is not divided. A callback finds the loss of every step in Run.BatchLoss.
	Losses []float64
	// LossInterval is 1 until there are 65536 losses. Then, and each time there are as many again, every other loss is dropped
	// and the interval doubles, so that a history stays small however long the run.
	LossInterval int
}

// maxLosses is the largest number of losses that a history holds.
const maxLosses = 1 << 16

// addLoss notes the loss of a step.
func (h *History) addLoss(step int, loss float64) {
	h.LossInterval = max(1, h.LossInterval)
	if step%h.LossInterval != 0 {
		return
	}
	if len(h.Losses) == maxLosses {
		for i := range maxLosses / 2 {
			h.Losses[i] = h.Losses[2*i]
		}
		h.Losses = h.Losses[:maxLosses/2]
		h.LossInterval *= 2
	}
	h.Losses = append(h.Losses, loss)
}

// EpochScores are the scores of one epoch. Train is gathered while the parameters move.
type EpochScores struct {
	Epoch      int
	Train, Val Scores
}
