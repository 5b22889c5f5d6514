package profile

import (
	"math"

	"github.com/pkg/errors"
)

// A RankRecord has, of one step of a training by several processes, what one of them (a rank) computed from its own part of the batch.
type RankRecord struct {
	Samples int    `json:"samples,omitempty"` // of the rank's part; 0 if it had none, or the loss is no mean over the samples
	GradL2  Number `json:"grad_l2"`           // L2 norm of the gradients of all parameters, before they were summed over the ranks
}

// Noise is the gradient noise scale: the spread of the gradients of single samples over the size of their mean (McCandlish et al. 2018,
// "An Empirical Model of Large-Batch Training", appendix A.1).
type Noise struct {
	Gradient float64 // squared L2 norm of the true gradient, estimated; it may be negative by chance
	Variance float64 // trace of the covariance of one sample's gradient, estimated
	Batch    float64 // samples in a step, mean
	Steps    int     // records that the estimates are means of
}

// Scale is the batch, in samples, at which noise and gradient are as large: batches far below it waste little, those far above it much. It is
// infinite if no gradient is seen in the noise, and NaN without steps.
func (n Noise) Scale() float64 {
	switch {
	case n.Steps == 0:
		return math.NaN()
	case n.Gradient <= 0:
		return math.Inf(1)
	}
	return max(0, n.Variance/n.Gradient)
}

// NoiseOf estimates the noise from records with several ranks, whose parts of the batch are small batches. Others do not count.
func NoiseOf(records []Record) Noise {
	var sum Noise
	for _, r := range records {
		n, known := r.noise()
		if !known {
			continue
		}
		sum.Gradient, sum.Variance, sum.Batch, sum.Steps = sum.Gradient+n.Gradient, sum.Variance+n.Variance, sum.Batch+n.Batch, sum.Steps+1
	}
	if steps := float64(sum.Steps); steps > 0 {
		sum.Gradient, sum.Variance, sum.Batch = sum.Gradient/steps, sum.Variance/steps, sum.Batch/steps
	}
	return sum
}

// noise solves E|g|² = |G|² + variance/batch for the small batches of the ranks and the large one of all together.
func (r Record) noise() (n Noise, known bool) {
	small, inverse, ranks := 0., 0., 0. // squared norms, and 1/batch, of the ranks with samples
	for _, rank := range r.Ranks {
		if rank.Samples == 0 {
			continue
		}
		small += float64(rank.GradL2 * rank.GradL2)
		inverse += 1 / float64(rank.Samples)
		n.Batch += float64(rank.Samples)
		ranks++
	}
	if ranks < 2 {
		return n, false
	}
	small, inverse = small/ranks, inverse/ranks
	large := r.GradL2() * r.GradL2()
	n.Variance = (small - large) / (inverse - 1/n.Batch)
	n.Gradient = large - n.Variance/n.Batch
	return n, !math.IsNaN(n.Gradient) && !math.IsInf(n.Gradient, 0) && len(r.Params) > 0
}

// checkRanks checks what the ranks have computed.
func (r *Record) checkRanks() error {
	for i, rank := range r.Ranks {
		if err := checkCount(count{"samples", rank.Samples}); err != nil {
			return errors.Wrapf(err, "rank %d", i)
		}
		if rank.GradL2 < 0 {
			return errors.Errorf("rank %d: got grad_l2 %g, want a size, 0 or more", i, float64(rank.GradL2))
		}
	}
	return nil
}
