package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// deepCheckerLoss are the rules about the loss, which in the tool is that of a single, overfitted batch.
func deepCheckerLoss() []Rule {
	const batches = "of the training batches instead of a single overfitted one; means of ten recorded steps"
	return []Rule{
		deepCheckerRule("poor initial loss", "bad-init-scale", "assumes that the loss is the mean cross-entropy of as many classes as outputs", poorInitialLoss),
		deepCheckerRule("stagnated loss", "learning-rate-too-small", batches, func(p profile.Profile) Result {
			return lossWindow(p, "falls by less than 5 %", func(ratio float64) bool { return 1-ratio < 0.05 })
		}),
		deepCheckerRule("diverging loss", "learning-rate-too-large", batches, func(p profile.Profile) Result {
			return lossWindow(p, "doubles", func(ratio float64) bool { return ratio >= 2 })
		}),
		deepCheckerRule("fluctuating loss", "learning-rate-too-large", batches, fluctuates),
	}
}

// poorInitialLoss fires if the first loss differs from log(classes) by log(classes) or more.
func poorInitialLoss(p profile.Profile) Result {
	return atTheStart(p, func(r profile.Record) (bool, string) {
		if len(p.Layers) == 0 || p.Layers[len(p.Layers)-1].Units < 2 {
			return false, ""
		}
		expected := math.Log(float64(p.Layers[len(p.Layers)-1].Units))
		if math.Abs(float64(r.Loss)-expected) >= expected {
			return true, fmt.Sprintf("the first loss is %.3g, want %.3g", r.Loss, expected)
		}
		return true, ""
	})
}

// lossWindow fires if a condition holds for four consecutive ratios of a loss to the previous one.
func lossWindow(p profile.Profile, name string, holds func(ratio float64) bool) Result {
	const ratios = 4
	losses, run := tenMeans(p), 0
	for i := 1; i < len(losses); i++ {
		if run++; !holds(losses[i] / losses[i-1]) {
			run = 0
		}
		if run == ratios {
			return Result{Known: true, Fires: true, Step: p.Records[0].Step, Evidence: fmt.Sprintf("the loss %s %d times in a row", name, ratios)}
		}
	}
	return Result{Known: len(losses) > ratios}
}

// fluctuates fires if more than half of the last fifty losses change direction.
func fluctuates(p profile.Profile) Result {
	losses := tenMeans(p)
	losses = losses[max(0, len(losses)-50):]
	reversals := 0
	for i := 2; i < len(losses); i++ {
		if (losses[i] > losses[i-1]) != (losses[i-1] > losses[i-2]) {
			reversals++
		}
	}
	if smooth := 1 - float64(reversals)/float64(len(losses)); smooth < 0.5 {
		return Result{Known: true, Fires: true, Step: p.Records[0].Step, Evidence: fmt.Sprintf("its smoothness is %.2g", smooth)}
	}
	return Result{Known: len(losses) > 2}
}

// tenMeans are the means of the loss over ten records each.
func tenMeans(p profile.Profile) []float64 {
	var means []float64
	for i := 0; i+10 <= len(p.Records); i += 10 {
		total := 0.0
		for _, r := range p.Records[i : i+10] {
			total += float64(r.Loss)
		}
		means = append(means, total/10)
	}
	return means
}
