package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// falls reports whether the loss of the last quarter of the records is at least 1 % below the loss of the first quarter.
func (r *ruleInput) falls() bool { return r.lossAt(false) < 0.99*r.lossAt(true) }

// hasLearnt reports whether the loss ends below half of the baseline, in the last quarter of the records or in the last epoch, or the network is
// right on half of the samples that guessing gets wrong; false without a baseline.
func (r *ruleInput) hasLearnt() bool {
	accuracy, _ := lastAccuracy(r.Profile)
	guess := float64(r.BaselineAccuracy)
	return min(r.lossAt(false), r.lastEpochLoss()) < 0.5*float64(r.Baseline) || guess > 0 && accuracy-guess > 0.5*(1-guess)
}

// lastEpochLoss is the loss of training in the last epoch; infinite if it is unknown.
func (r *ruleInput) lastEpochLoss() float64 {
	if n := len(r.History); n > 0 && r.History[n-1].TrainLoss != nil && stat.Finite(float64(*r.History[n-1].TrainLoss)) {
		return float64(*r.History[n-1].TrainLoss)
	}
	return math.Inf(1)
}

// learns reports whether the network has learnt, or without a baseline whether the loss ends below half of the first loss.
func (r *ruleInput) learns() bool {
	if r.Baseline > 0 || r.hasLearnt() {
		return r.hasLearnt()
	}
	return len(r.sample) > 1 && r.lossAt(false) < 0.5*float64(r.sample[0].Loss)
}

// lossAt is the median loss of the first or the last quarter of the records.
func (r *ruleInput) lossAt(beginning bool) float64 {
	return medianLoss(r.quarter(beginning))
}

// told is a loss as it was recorded, and not counted from the floor.
func (r *ruleInput) told(loss float64) float64 { return loss + r.d.floor }

// quarter is the first or the last quarter of the records, at least one record.
func (r *ruleInput) quarter(beginning bool) []profile.Record {
	n := min(max(len(r.sample)/4, 1), len(r.sample))
	if beginning {
		return r.sample[:n]
	}
	return r.sample[len(r.sample)-n:]
}
