package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// heavyDropout is the probability of a dropout from which on the loss of training may be that of guessing in a network that learns. With
// 0.5 on Fashion-MNIST it was so while a third of the validation samples were classified right.
const heavyDropout = 0.5

// hiddenByDropout reports whether heavy dropout keeps the loss of training at that of guessing or above, and there are no validation data
// that tell whether the network learns.
func (d *Diagnosis) hiddenByDropout(p profile.Profile) bool {
	if !(p.Dropout >= heavyDropout) || p.Baseline <= 0 || d.Records < fewest || d.steps(p) < patience {
		return false
	}
	val, _ := validation(p)
	accuracy, _ := lastAccuracy(p)
	guess := float64(p.BaselineAccuracy)
	return math.IsNaN(val) && !(guess > 0 && accuracy-guess > above*(1-guess)) && !d.leavesGuessing(p)
}

func (d *Diagnosis) dropoutSentence(p profile.Profile) string {
	return d.Language.Sprintf("The gradient reaches all layers, but dropout sets %s of the values to zero in training, and %s. That may be the noise of dropout: whether the network learns, the loss of validation data would tell, which is computed without dropout.",
		words.Percent(float64(p.Dropout)), d.nothingLearnt(p, d.floor))
}
