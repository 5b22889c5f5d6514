package rivals

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// gradientFlow are the rules of the FlowAnalyzer of GradientFlow. The tool runs twenty steps without updates.
func gradientFlow() []Rule {
	const note = "in the recorded steps, of linear maps alone, and without the pixels of convolutions in the norm"
	rule := func(name, finds string, fires func(flow) string) Rule {
		return Rule{"GradientFlow", name, finds, "github.com/andrewjc/GradientFlow 176a980 of December 2025, core/engine.py", note, func(p profile.Profile) Result {
			return anyFlow(p, fires)
		}}
	}
	return []Rule{
		rule("VANISHING", "vanishing", func(f flow) string {
			return evidenceIf(f.mean > 0 && f.mean < 1e-6, "the mean gradient is %.2g", f.mean)
		}),
		rule("EXPLODING", "exploding", func(f flow) string { return evidenceIf(f.max > 10, "the largest gradient is %.2g", f.max) }),
		rule("DEAD", "layer-not-training", func(f flow) string { return evidenceIf(f.zero > 0.9, "no gradient in %.2g of the steps", f.zero) }),
		rule("UNSTABLE", "gradient-noise", func(f flow) string {
			return evidenceIf(f.std > 3*f.mean && f.mean > 0, "the gradient's deviation is %.2g of its mean", f.std/f.mean)
		}),
		rule("NUMERICAL", "non-finite", func(f flow) string { return evidenceIf(f.broken > 0, "%.2g of the gradients are not finite", f.broken) }),
	}
}

// A flow is what the tool keeps of a layer: statistics of the norm of its output's gradient over the steps, of those that are finite, and
// the shares of steps without gradient and with one that is not finite.
type flow struct{ mean, std, max, zero, broken float64 }

func evidenceIf(fires bool, format string, v float64) string {
	if !fires {
		return ""
	}
	return fmt.Sprintf(format, v)
}

// anyFlow tests the flow of each layer.
func anyFlow(p profile.Profile, fires func(flow) string) Result {
	if len(p.Records) == 0 {
		return Result{}
	}
	for i, l := range p.Layers {
		var f flow
		var finite []profile.Record
		for _, r := range p.Records {
			v := outputNorm(p, r, i)
			if math.IsNaN(v) || math.IsInf(v, 0) {
				continue
			}
			finite, f.max = append(finite, r), max(f.max, v)
		}
		f.mean, f.std = meanAndDeviation(finite, func(r profile.Record) float64 { return outputNorm(p, r, i) })
		f.zero = shareOf(p.Records, func(r profile.Record) bool { return outputNorm(p, r, i) < 1e-12 })
		f.broken = 1 - float64(len(finite))/float64(len(p.Records))
		if evidence := fires(f); evidence != "" {
			return Result{Known: true, Fires: true, Step: p.Records[0].Step, Evidence: l.Path + ": " + evidence}
		}
	}
	return Result{Known: true}
}
