package rivals

import (
	"fmt"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// torchMortemWeights are torchmortem's rules about weights, updates and the loss.
func torchMortemWeights() []Rule {
	const sampled = "in recorded steps with details instead of all steps"
	return []Rule{
		torchMortemRule("update ratio too high", "learning-rate-too-large", sampled, func(p profile.Profile) Result {
			return medianUpdate(p, above(0.1))
		}),
		torchMortemRule("update ratio too low", "learning-rate-too-small", sampled, func(p profile.Profile) Result {
			return medianUpdate(p, below(1e-5))
		}),
		torchMortemRule("weight norm explosion", "learning-rate-too-large", sampled, func(p profile.Profile) Result {
			return normRatio(p, 2, func(ratio float64) bool { return ratio > 10 })
		}),
		torchMortemRule("stagnant weight norms", "layer-not-training", sampled, func(p profile.Profile) Result {
			return normRatio(p, 4, func(ratio float64) bool { return math.Abs(ratio-1) < 1e-4 })
		}),
		torchMortemRule("weight norm imbalance", "bad-init-scale", sampled, imbalance),
		torchMortemRule("training divergence", "learning-rate-too-large", "in recorded steps", divergence),
		torchMortemRule("loss plateau", "learning-rate-too-small", "in recorded steps", plateau),
	}
}

// medianUpdate tests the median of each weight's update ratio in the second half of the records, without the first record and without
// zeros.
func medianUpdate(p profile.Profile, bad func(float64) bool) Result {
	var result Result
	for i, param := range p.Params {
		if param.Role != "weight" || len(p.Records) < 2 {
			continue
		}
		var ratios []float64
		late := p.Records[1+(len(p.Records)-1)/2:]
		for _, r := range late {
			if u := r.UpdateRatio(i); u > 0 {
				ratios = append(ratios, u)
			}
		}
		if len(ratios) == 0 {
			continue
		}
		result.Known = true
		slices.Sort(ratios)
		if median := (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2; bad(median) {
			return Result{Known: true, Fires: true, Step: late[0].Step, Evidence: fmt.Sprintf("median update ratio of %s is %.2g", param.Name, median)}
		}
	}
	return result
}

// normRatio tests each weight's norm in the last record over that in the first, if there are enough records.
func normRatio(p profile.Profile, least int, bad func(float64) bool) Result {
	records := detailed(p)
	if len(records) < least {
		return Result{}
	}
	from, to := records[0], records[len(records)-1]
	known, evidence := anyWeight(p, "last norm over first", bad, func(i int) float64 {
		if from.Details.Params[i].NormL2 < 1e-30 {
			return math.NaN()
		}
		return float64(to.Details.Params[i].NormL2 / from.Details.Params[i].NormL2)
	})
	return Result{Known: known, Fires: evidence != "", Step: from.Step, Evidence: evidence}
}

// imbalance fires if the last norms of two weights differ by a factor of 100.
func imbalance(p profile.Profile) Result {
	records := detailed(p)
	if len(records) < 2 {
		return Result{}
	}
	last := records[len(records)-1]
	var norms []float64
	for i, param := range p.Params {
		if v := float64(last.Details.Params[i].NormL2); param.Role == "weight" && v > 1e-30 {
			norms = append(norms, v)
		}
	}
	if len(norms) < 2 {
		return Result{}
	}
	ratio := slices.Max(norms) / slices.Min(norms)
	if ratio < 100 {
		return Result{Known: true}
	}
	return Result{Known: true, Fires: true, Step: last.Step, Evidence: fmt.Sprintf("norms of weights %.2g apart", ratio)}
}

// smoothed are the losses of a profile, smoothed exponentially by a factor of 0.1.
func smoothed(p profile.Profile) []float64 {
	var list []float64
	for i, r := range p.Records {
		v := float64(r.Loss)
		if i > 0 {
			v = 0.1*v + 0.9*list[i-1]
		}
		list = append(list, v)
	}
	return list
}

// divergence fires if the smoothed loss grows in 80 % of the last 20 steps, and to half as much again.
func divergence(p profile.Profile) Result {
	losses := smoothed(p)
	window := min(20, len(losses)/2)
	if window < 5 {
		return Result{}
	}
	tail, up := losses[len(losses)-window:], 0
	for i := range tail[1:] {
		if tail[i+1] > tail[i] {
			up++
		}
	}
	growth := tail[window-1] / tail[0]
	if float64(up) < 0.8*float64(window-1) || tail[0] > 1e-30 && growth < 1.5 {
		return Result{Known: true}
	}
	return Result{Known: true, Fires: true, Step: p.Records[len(losses)-window].Step, Evidence: fmt.Sprintf("the smoothed loss grows %.2g-fold at the end", growth)}
}

// plateau fires if the smoothed loss stays within 1e-5 of its size over 20 steps of the second half.
func plateau(p profile.Profile) Result {
	const window = 20
	losses := smoothed(p)
	if len(losses) < 2*window {
		return Result{}
	}
	for i := len(losses) / 2; i < len(losses)-window; i += window {
		part, mean := losses[i:i+window], 0.0
		for _, v := range part {
			mean += v / window
		}
		if spread := (slices.Max(part) - slices.Min(part)) / math.Abs(mean); mean >= 1e-30 && spread < 1e-5 {
			return Result{Known: true, Fires: true, Step: p.Records[i].Step, Evidence: fmt.Sprintf("the loss changes by %.2g of its size in %d steps", spread, window)}
		}
	}
	return Result{Known: true}
}
