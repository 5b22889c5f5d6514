package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// An adaptive optimiser divides each gradient by its typical size plus epsilon, so that steps are of one size while the gradients are well
// above epsilon. Below it a step is the learning rate times the gradient over epsilon.

const (
	belowEpsilon = 10   // ratio of epsilon to the gradient from which on epsilon sets the steps
	largeEpsilon = 1e-6 // from which on it is blamed for it, and not the size of the gradients: 1e-8 is usual
)

// overGradient is epsilon over the typical gradient of the hidden layers' weights; 0 for an optimiser whose steps do not depend on it.
func (r *ruleInput) overGradient() float64 {
	if !r.Optimizer.Adaptive() || r.Optimizer.Normalizing() {
		return 0
	}
	return float64(r.Optimizer.Epsilon) / typical(r.hidden, func(l int) float64 {
		if r.weights[l] < 0 {
			return math.NaN()
		}
		return median(r.sample, func(rec profile.Record) float64 { return float64(rec.Params[r.weights[l]].GradRMS) })
	})
}

// epsilonTooLarge sets the remedy of steps that are small because the optimiser's epsilon is far above the gradients.
func (r *ruleInput) epsilonTooLarge(f *Finding) bool {
	over := r.overGradient()
	if !(over > belowEpsilon) || r.Optimizer.Epsilon <= largeEpsilon {
		return false
	}
	f.advise(r.say, option{r.say.Sprintf("The optimiser's epsilon of %g is %s times as large as the gradients that it should scale up: lower it to 1e-8.",
		float64(r.Optimizer.Epsilon), words.Human(over)), "Epsilon: 1e-08", learningRate, 1}) // as it makes for larger steps
	return true
}
