package rivals

import (
	"fmt"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// torchMortemRule makes one of torchmortem's rules, with its default thresholds. The tool records every step, and most of its rules
// judge the second half of them.
func torchMortemRule(name, finds, note string, fires func(profile.Profile) Result) Rule {
	return Rule{"torchmortem", name, finds, "torchmortem 0.1.1 of March 2026, src/torchmortem/detectors", note, fires}
}

// torchMortem returns torchmortem's rules. It records the gradient of the loss by each layer's output, before the activation.
func torchMortem() []Rule {
	const output = "without normalisations as layers of their own, and without the pixels of convolutions in the norm"
	return append([]Rule{
		torchMortemRule("vanishing gradients", "vanishing", output, func(p profile.Profile) Result {
			return lateEnds(p, 100)
		}),
		torchMortemRule("exploding gradients", "exploding", output, func(p profile.Profile) Result {
			return first(p, func(r profile.Record) (bool, string) {
				for i := range r.Layers {
					if v := outputNorm(p, r, i); v > 1000 {
						return true, fmt.Sprintf("the gradient of %s is %.2g", p.Layers[i].Path, v)
					}
				}
				return true, ""
			})
		}),
		torchMortemRule("gradient stalling", "layer-not-training", output, stalling),
		torchMortemRule("high gradient noise", "gradient-noise", output, noisyNorms),
		torchMortemRule("dead units", "dead-relu", "outputs of exactly zero instead of below 1e-6", func(p profile.Profile) Result {
			return lateLayers(p, "share of zeros", func(l profile.Layer, d profile.LayerDetail) float64 {
				if l.Activation.Kind == "" {
					return math.NaN()
				}
				return float64(d.ActZero)
			})
		}),
		// The tool also counts linear modules, whose outputs are beyond the bound whenever those of a sigmoid or tanh are.
		torchMortemRule("activation saturation", "saturation", "assumes that pre-activations are normally distributed", func(p profile.Profile) Result {
			return lateLayers(p, "share beyond 0.95", func(_ profile.Layer, d profile.LayerDetail) float64 { return outside(d, -0.95, 0.95) })
		}),
	}, torchMortemWeights()...)
}

// outputNorm is the norm of the gradient of a layer's output over the batch.
func outputNorm(p profile.Profile, r profile.Record, layer int) float64 {
	return float64(r.Layers[layer].DeltaRMS) * math.Sqrt(float64(max(r.Batch, 1)*max(p.Layers[layer].Units, 1)))
}

// lateEnds fires if the mean gradient of the last layer in the second half of the records is so many times that of the first layer.
// As in the tool it fires at NaN too.
func lateEnds(p profile.Profile, limit float64) Result {
	last := len(p.Layers) - 1
	if last < 1 || len(p.Records) == 0 {
		return Result{}
	}
	late := p.Records[len(p.Records)/2:]
	low, high := 0.0, 0.0
	for _, r := range late {
		low, high = low+outputNorm(p, r, 0)/float64(len(late)), high+outputNorm(p, r, last)/float64(len(late))
	}
	ratio := high / low
	if low < 1e-30 {
		ratio = math.Inf(1)
	} else if high < 1e-30 {
		return Result{Known: true}
	}
	if ratio < limit {
		return Result{Known: true}
	}
	return Result{Known: true, Fires: true, Step: late[0].Step, Evidence: fmt.Sprintf("the last layer's gradient is %.2g times the first one's", ratio)}
}

// stalling fires if a layer's gradient is below 1e-8 in 30 % of the records.
func stalling(p profile.Profile) Result {
	result := Result{Known: len(p.Layers) > 1 && len(p.Records) > 0}
	for i, l := range p.Layers {
		share := shareOf(p.Records, func(r profile.Record) bool { return outputNorm(p, r, i) < 1e-8 })
		if result.Known && share >= 0.3 {
			return Result{Known: true, Fires: true, Step: p.Records[0].Step, Evidence: fmt.Sprintf("the gradient of %s is below 1e-8 in %.2g of the steps", l.Path, share)}
		}
	}
	return result
}

// noisyNorms fires if the mean of a layer's gradient over the steps is less than its deviation, on the average of all layers.
func noisyNorms(p profile.Profile) Result {
	if len(p.Records) < 20 {
		return Result{}
	}
	late := p.Records[len(p.Records)/2:]
	total, n := 0.0, 0
	for i := range p.Layers {
		if mean, std := meanAndDeviation(late, func(r profile.Record) float64 { return outputNorm(p, r, i) }); !(mean < 1e-30 || std < 1e-30) {
			total, n = total+mean/std, n+1
		}
	}
	if n == 0 || !(total/float64(n) < 1) {
		return Result{Known: true}
	}
	return Result{Known: true, Fires: true, Step: late[0].Step, Evidence: fmt.Sprintf("mean over deviation of the gradients is %.2g", total/float64(n))}
}

// lateLayers fires if a number of a layer is above 0.5 in half of the second half of the records that hold it.
func lateLayers(p profile.Profile, name string, of func(profile.Layer, profile.LayerDetail) float64) Result {
	var result Result
	records := detailed(p)
	for i, l := range p.Layers {
		late := slices.DeleteFunc(slices.Clone(records[len(records)/2:]), func(r profile.Record) bool { return math.IsNaN(of(l, r.Details.Layers[i])) })
		if len(late) == 0 {
			continue
		}
		result.Known = true
		if share := shareOf(late, func(r profile.Record) bool { return of(l, r.Details.Layers[i]) > 0.5 }); share >= 0.5 {
			return Result{Known: true, Fires: true, Step: late[0].Step, Evidence: fmt.Sprintf("%s of %s is above 0.5 in %.2g of the late steps", name, l.Path, share)}
		}
	}
	return result
}

// detailed are the records with details.
func detailed(p profile.Profile) []profile.Record {
	return slices.DeleteFunc(slices.Clone(p.Records), func(r profile.Record) bool { return r.Details == nil })
}

// shareOf is the share of records that are so; 0 of none.
func shareOf(records []profile.Record, is func(profile.Record) bool) float64 {
	n := 0
	for _, r := range records {
		if is(r) {
			n++
		}
	}
	return float64(n) / float64(max(len(records), 1))
}

// meanAndDeviation returns the mean and the standard deviation of a number over records.
func meanAndDeviation(records []profile.Record, of func(profile.Record) float64) (mean, std float64) {
	for _, r := range records {
		mean += of(r) / float64(len(records))
	}
	for _, r := range records {
		std += (of(r) - mean) * (of(r) - mean) / float64(len(records))
	}
	return mean, math.Sqrt(std)
}
