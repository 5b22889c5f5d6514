package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
)

// Large weights of the output layer make the first outputs large, and with them the first loss. Its gradient shrinks these weights for most of a
// run. Steps are then small against the large weights, but what helps is neither a higher rate nor anything in the layers before: weights of the
// usual size, or more steps while the loss falls. Of three networks with output weights 56 times as large as usual, left at 1.7 to 1.9 times the loss of
// guessing after 4000 steps, all came to 0.05 to 0.18 of it after 12800; at ten times the rate they came to 0.45 to 330. With usual weights
// they came to 0.001 in 4000.

const (
	largeWeights = 5  // norm of the weights of an output unit, which is about 1 if they keep the signal's size, from which on they are called large
	farStart     = 10 // ratio of the first loss to that of guessing from which on it is blamed on them; usually it is 1 to 3
)

// largeOutput sets the remedy of an output layer whose weights were so large, before any update, that the first loss was far above that of guessing.
func (r *ruleInput) largeOutput(f *Finding) bool {
	path := r.Path()
	if !(r.Baseline > 0) || len(r.sample) == 0 || r.sample[0].Step > 0 || len(path) == 0 {
		return false
	}
	ratio := float64(r.sample[0].Loss / r.Baseline)
	if !(ratio > farStart) || math.IsInf(ratio, 0) {
		return false
	}
	for _, l := range r.Level(path, path[len(path)-1]) {
		if size := unitNorm(r.Profile, r.sample[0], r.weights, l); size > largeWeights {
			f.advise(r.say,
				option{r.say.Sprintf("The weights of the output layer begin %s times as large as those that keep the signal's size, and the loss at %s times that of guessing: draw them smaller.",
					words.Human(size), words.Human(ratio)), "Init: " + xavier.code, initialScale, -1},
				option{text: r.say.Text("While the loss falls, longer training helps too.")})
			return true
		}
	}
	return false
}

// stillComesDown sets the remedy of a network left above guessing whose loss began far above that, and falls: a higher rate would throw
// it up again.
func (r *ruleInput) stillComesDown(f *Finding) bool {
	if !(r.Baseline > 0) || len(r.sample) < 2 {
		return false
	}
	first, last := float64(r.sample[0].Loss/r.Baseline), r.lossAt(false)/float64(r.Baseline)
	if !(first > farStart && last*guessing > 1 && last < first/farStart && r.falls()) {
		return false
	}
	f.check = true
	f.advise(r.say, option{text: r.say.Sprintf("The loss has come down from %s to %s times that of guessing and still falls: train longer, and look at what makes the first outputs so far from the targets.",
		words.Human(first), words.Human(last))})
	return true
}
