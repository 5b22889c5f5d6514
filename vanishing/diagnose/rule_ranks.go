package diagnose

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// oddRank is the factor between a rank's gradient norm and that of the others from which the rank is named. Parts of one shuffled batch
// differ by chance alone, by a factor near 1.
const oddRank = 4

// findOddRank finds a rank whose gradients are NaN or infinite where those of others are not, or of another size.
func findOddRank(r *ruleInput) (list []Finding) {
	if len(r.Records) == 0 {
		return nil
	}
	for rank := range r.Records[0].Ranks {
		if f, found := r.badRank(rank); found {
			list = append(list, f)
		} else if f, found := r.oddRank(rank); found {
			list = append(list, f)
		}
	}
	return list
}

// badRank finds the first record in which the rank alone has no finite gradient.
func (r *ruleInput) badRank(rank int) (f Finding, found bool) {
	for _, rec := range r.Records {
		own, others := rankNorms(rec, rank)
		if !finite(own) && slices.ContainsFunc(others, finite) {
			return Finding{
				Severity: Critical, Step: rec.Step, Confidence: 1, check: true,
				Sentence: r.say.Sprintf("The gradients of rank %d are not finite, while those of other ranks are.", rank),
				Evidence: r.say.Sprintf("In step %d their norm is %s on this rank and %s on the others.", rec.Step, words.Human(own), words.Human(stat.GeometricMedian(others))),
				Remedy:   r.say.Text("Look at the samples of this rank in this step, and at its machine. train.StopOnNaN keeps such a batch."),
			}, true
		}
	}
	return f, false
}

// oddRank finds a rank whose gradients are far larger or smaller than those of the others in most records.
func (r *ruleInput) oddRank(rank int) (f Finding, found bool) {
	var times []float64
	t := countIn(r.sample, func(rec profile.Record) (bool, bool) {
		own, others := rankNorms(rec, rank)
		ratio := own / stat.GeometricMedian(others)
		if !(ratio > 0) || math.IsInf(ratio, 1) || len(others) < 2 {
			return false, false
		}
		times = append(times, ratio)
		return ratio > oddRank || ratio < 1./oddRank, true
	})
	if t.known < 3 || !t.mostly() {
		return f, false
	}
	return Finding{
		Severity: Warning, Step: t.first, Confidence: t.confidence(), check: true,
		Sentence: r.say.Sprintf("The gradients of rank %d are of another size than those of the other ranks.", rank),
		Evidence: r.say.Sprintf("Their norm is %s times that of the others (geometric median of %s).", words.Human(stat.GeometricMedian(times)), r.say.Count(t.known, "recorded step")),
		Remedy:   r.say.Text("Look whether this rank reads the same data as the others, and shuffles it alike."),
	}, true
}

// rankNorms are the gradient norm of a rank, and those of the others.
func rankNorms(rec profile.Record, rank int) (own float64, others []float64) {
	own = math.NaN()
	for i, other := range rec.Ranks {
		switch {
		case i == rank:
			own = float64(other.GradL2)
		default:
			others = append(others, float64(other.GradL2))
		}
	}
	return own, others
}

func finite(x float64) bool { return x-x == 0 }

// leastForNoise is the number of records from which the noise scale is told.
const leastForNoise = 10

// findNoiseScale tells the gradient noise scale of a training on several ranks, with its advice on the batch size.
func findNoiseScale(r *ruleInput) []Finding {
	records := slices.DeleteFunc(slices.Clone(r.sample), func(rec profile.Record) bool { return profile.NoiseOf([]profile.Record{rec}).Steps == 0 })
	n := profile.NoiseOf(records)
	if n.Steps < leastForNoise {
		return nil
	}
	times := n.Scale() / n.Batch
	f := Finding{Severity: Note, Step: records[0].Step, Confidence: agreeing(records, side(times))}
	f.Evidence = r.say.Sprintf("The gradient noise scale, at which noise and gradient are as large, is %s samples (mean of %s); the batch has %.0f.",
		words.Human(n.Scale()), r.say.Count(n.Steps, "recorded step"), n.Batch)
	switch side(times) {
	case 1:
		f.Sentence = r.say.Text("The batch is small for these gradients: more ranks with a larger batch would need fewer steps, almost in proportion.")
		f.advise(r.say,
			option{r.say.Text("A batch of twice the size needs little more than half of the steps."), fmt.Sprintf("BatchSize: %.0f", 2*n.Batch), batchSize, 1},
			option{r.say.Text("The learning rate may rise with the batch."), "", learningRate, 1})
	case -1:
		f.Sentence = r.say.Text("The batch is large for these gradients: its samples agree, so that more of them save few steps.")
		f.advise(r.say, option{r.say.Text("A batch of half the size makes almost the same steps with half of the work."), fmt.Sprintf("BatchSize: %.0f", math.Ceil(n.Batch/2)), batchSize, -1})
	default:
		f.Sentence = r.say.Text("The batch suits these gradients: it is near their noise scale.")
		f.Remedy, f.check = r.say.Text("Keep it."), true
	}
	return []Finding{f}
}

// side tells whether a noise scale is far above the batch, 1, far below, -1, or near it, 0.
func side(times float64) int {
	switch {
	case times > 2:
		return 1
	case times < 0.5:
		return -1
	}
	return 0
}

// agreeing is the share of resamples of records whose noise scale is on the same side of the batch.
func agreeing(records []profile.Record, want int) float64 {
	const resamples = 200
	random := rand.New(rand.NewPCG(1, uint64(len(records))))
	same, drawn := 0, make([]profile.Record, len(records))
	for range resamples {
		for i := range drawn {
			drawn[i] = records[random.IntN(len(records))]
		}
		if n := profile.NoiseOf(drawn); side(n.Scale()/n.Batch) == want {
			same++
		}
	}
	return float64(same) / resamples
}
