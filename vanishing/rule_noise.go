package vanishing

import (
	"fmt"
	"math"
)

// noisy is the signal-to-noise ratio by split batches below which gradients are called noise: pure noise gives 1 on average.
const noisy = 1.2

// findNoise finds gradients of which two halves of a batch agree on next to nothing, in most layers. Layers with batch
// normalisation cannot tell: it makes the gradients of a unit sum to zero over the batch, so that what one half pulls the
// other pushes.
func findNoise(r *reading) []Finding {
	ratio := func(rec Record) float64 {
		return typical(r.hidden, func(l int) float64 {
			if r.weights[l] < 0 || r.Layers[l].Norm == "bn" {
				return math.NaN()
			}
			return rec.Params[r.weights[l]].SNR
		})
	}
	t := countIn(r.detailed, func(rec Record) (bool, bool) {
		snr := ratio(rec)
		return snr < noisy, !math.IsNaN(snr)
	})
	if t.known < 3 || !t.mostly() {
		return nil
	}
	f := Finding{Severity: Note, Step: t.first, Confidence: t.confidence()}
	if !r.falls() {
		f.Severity = Warning
	}
	f.Sentence = "The gradients are mostly noise: two halves of a batch hardly agree on where to go."
	f.Evidence = fmt.Sprintf("The signal-to-noise ratio of the weights' gradients is %s in a typical layer (median of %s), where pure noise gives 1; the batch has %s.",
		human(median(r.detailed, ratio)), count(t.known, "recorded step"), count(r.Records[0].Batch, "sample"))
	f.Remedy = "A batch four times as large halves the noise; a lower learning rate averages over more steps. Near a minimum it is normal."
	f.Code = fmt.Sprintf("BatchSize: %d", 4*r.Records[0].Batch)
	return []Finding{f}
}
