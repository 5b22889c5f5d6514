package diagnose

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// noisy is the signal-to-noise ratio of split batches below which gradients are called noise. A batch of n samples has the ratio
// 1 + n/B, where B is the gradient's noise scale (McCandlish et al. 2018): pure noise gives 1, a batch of B samples 2, and noisy
// is their geometric mean.
const noisy = math.Sqrt2

// findNoise finds gradients on which the two halves of a batch hardly agree. The ratio of one batch is uncertain, so the rule takes
// the geometric mean over the records.
func findNoise(r *ruleInput) []Finding {
	var logs []float64
	first := -1
	for _, rec := range r.detailed {
		snr := typical(r.hidden, func(l int) float64 {
			w := r.weights[l]
			if w < 0 || rec.Details.Params[w].SNR == nil {
				return math.NaN()
			}
			return float64(*rec.Details.Params[w].SNR)
		})
		if math.IsNaN(snr) {
			continue
		}
		logs = append(logs, math.Log(min(max(snr, 1e-6), 1e6))) // it is 0 if the halves cancel, and infinite if they are equal
		if first < 0 && snr < noisy {
			first = rec.Step
		}
	}
	mean, std := vecnorm.MeanStd(logs)
	if len(logs) < 3 || !(mean < math.Log(noisy)) {
		return nil
	}
	z := (math.Log(noisy) - mean) / (std / math.Sqrt(float64(len(logs))))
	f := Finding{Severity: Note, Step: first, Confidence: (1 + math.Erf(z/math.Sqrt2)) / 2} // that a resample's mean is below noisy
	if !r.falls() && !r.learns() && r.d.Verdict == Healthy {
		f.Severity = Warning // otherwise the network learns, or the gradient itself is the problem
	}
	f.Sentence = r.say.Text("The gradients are mostly noise: two halves of a batch hardly agree on where to go.")
	f.Evidence = r.say.Sprintf("The signal-to-noise ratio of the weights' gradients is %s in a typical layer (geometric mean of %s), where pure noise gives 1; the batch has %s.",
		words.Human(math.Exp(mean)), r.say.Count(len(logs), "recorded step"), r.say.Count(r.Records[0].Batch, "sample"))
	larger := option{r.say.Text("A batch four times as large halves the noise."), fmt.Sprintf("BatchSize: %d", 4*r.Records[0].Batch), batchSize, 1}
	switch times := r.stepsPerEpoch(); {
	case times == 1: // the batch holds all samples
		f.Remedy, f.check = r.say.Text("Each batch holds all samples, so it cannot be larger: more data would lessen the noise. Near a minimum it is normal."), true
		return []Finding{f}
	case times < 4:
		larger.text, larger.code = r.say.Text("A batch of all samples lessens the noise."), fmt.Sprintf("BatchSize: %d", times*r.Records[0].Batch)
	}
	f.advise(r.say, larger,
		option{r.say.Text("A lower learning rate averages over more steps."), "", learningRate, -1},
		option{text: r.say.Text("Near a minimum it is normal.")})
	return []Finding{f}
}

// stepsPerEpoch is the number of steps in an epoch; very large if it is unknown.
func (r *ruleInput) stepsPerEpoch() int {
	switch n := len(r.History); {
	case n > 1 && r.History[n-1].Step > r.History[n-2].Step:
		return r.History[n-1].Step - r.History[n-2].Step
	case n == 1 && r.Records[0].Step == 0:
		return r.History[0].Step + 1
	}
	return math.MaxInt
}
