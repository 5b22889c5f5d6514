package rivals

import (
	"fmt"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// accuracyRules are AutoTrainer's rules about the accuracy of each epoch: it oscillates in a run that does not fail, or grows too
// slowly in one that does.
func accuracyRules(accuracy []float64) []Rule {
	rule := func(name, finds string, fires bool, evidence string) Rule {
		result := Result{Known: len(accuracy) > 2, Fires: fires && len(accuracy) > 2}
		if result.Fires {
			result.Evidence = evidence
		}
		return Rule{"AutoTrainer", name, finds, autoTrainerSource, "of training alone", func(profile.Profile) Result { return result }}
	}
	swings, gain := swings(accuracy), bestGain(accuracy)
	return []Rule{
		rule("unstable", "learning-rate-too-large", !fails(accuracy) && float64(swings) >= 0.2*float64(len(accuracy)),
			fmt.Sprintf("the accuracy swings %d times in %d epochs", swings, len(accuracy))),
		rule("slow convergence", "learning-rate-too-small", fails(accuracy) && gain < 0.01,
			fmt.Sprintf("the accuracy grows by at most %.2g in an epoch", gain)),
	}
}

// swings counts the local maxima of the accuracy that are at least 0.03 above the local minimum of the same index.
func swings(accuracy []float64) int {
	var highs, lows []float64
	for i := 1; i < len(accuracy)-1; i++ {
		before, v, after := accuracy[i-1], accuracy[i], accuracy[i+1]
		if v >= before && v >= after {
			highs = append(highs, v)
		}
		if v <= before && v <= after {
			lows = append(lows, v)
		}
	}
	n := 0
	for i := range min(len(highs), len(lows)) {
		if highs[i]-lows[i] >= 0.03 {
			n++
		}
	}
	return n
}

// bestGain is the largest gain from one epoch to the next.
func bestGain(accuracy []float64) float64 {
	gains := []float64{0}
	for i := 1; i < len(accuracy); i++ {
		gains = append(gains, accuracy[i]-accuracy[i-1])
	}
	return slices.Max(gains)
}
