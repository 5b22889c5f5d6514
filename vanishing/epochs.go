package vanishing

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// maxEpochs is the largest number of epochs in a profile.
const maxEpochs = 1000

// An epochLog holds the scores of evenly spaced epochs, and of the newest. The zero value holds all, until there are maxEpochs;
// then every other one is dropped and the interval doubles.
type epochLog struct {
	list     []profile.Epoch
	interval int
}

func (l *epochLog) add(e profile.Epoch) {
	l.interval = max(1, l.interval)
	if n := len(l.list); n > 0 && l.list[n-1].Epoch%l.interval != 0 {
		l.list = l.list[:n-1]
	}
	if len(l.list) == maxEpochs {
		l.interval *= 2
		l.list = slices.DeleteFunc(l.list, func(e profile.Epoch) bool { return e.Epoch%l.interval != 0 })
	}
	l.list = append(l.list, e)
}

// epochOf returns the scores of the epoch that has just ended, of a run with batches of the given size.
func epochOf(run *train.Run, batch int) profile.Epoch {
	e := profile.Epoch{Epoch: run.Epoch, Step: run.Step - 1}
	e.TrainLoss, e.TrainAccuracy = batchLoss(run, run.Train, batch), known(run.Train.Accuracy)
	if run.HasVal {
		e.ValLoss, e.ValAccuracy = batchLoss(run, run.Val, batch), known(run.Val.Accuracy)
	}
	return e
}

// batchLoss returns the loss of scores, which are means over samples, as that of a batch.
func batchLoss(run *train.Run, s train.Scores, batch int) *profile.Number {
	parts, sum := run.Program.Parts, 0.0
	for _, part := range parts {
		loss := s.Loss // of one loss, weighted already
		if len(parts) > 1 {
			loss = part.Weight * s.Parts[part.Name].Loss
		}
		if part.Loss.Reduction() == graph.Sum {
			loss *= float64(batch)
		}
		sum += loss
	}
	n := number(sum)
	return &n
}

// known returns a score, or nil for NaN.
func known(score float64) *profile.Number {
	if math.IsNaN(score) {
		return nil
	}
	n := number(score)
	return &n
}
