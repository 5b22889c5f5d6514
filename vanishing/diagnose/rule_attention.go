package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The bounds of the entropy rule, between language models of 4 layers on Newton's Opticks, trained by Adam for 400 steps. With a rate of 0.01 or
// 0.03 and no warm-up the mean spread of the sharpest attention's heads falls to 0.00-0.08, at logits of 160 and more, with 7 of 9 seeds (0.13
// and 0.19 with the others, whose logits grow). With a warm-up, a rate of 0.001 or 0.003, or QK normalisation it stays at 0.16 or more, at logits of 102 at most, in 21 runs.
const (
	collapsedSpread = 0.12
	openSpread      = 0.5 // what it was at the beginning, at least
	sharpLogit      = 50  // a softmax of such logits is nearly a maximum
)

// findEntropyCollapse finds attentions whose heads came to look at a few tokens each, because their logits grew (Zhai et al. 2023). Hardly
// any gradient then passes the softmax.
func findEntropyCollapse(r *ruleInput) []Finding {
	late := r.lateDetails()
	if late == nil {
		return nil
	}
	worst, lowest := -1, math.Inf(1)
	var f Finding
	for i := range r.Attentions {
		if !(meanSpread(r.detailed[0], i) >= openSpread) {
			continue
		}
		t := countIn(late, func(rec profile.Record) (bool, bool) {
			spread := meanSpread(rec, i)
			return spread < collapsedSpread && largestLogit(rec, i) >= sharpLogit, !math.IsNaN(spread)
		})
		if !t.mostly() {
			continue
		}
		if f.Layers = r.withOutput(f.Layers, i); worst < 0 || t.first < f.Step {
			f.Step = t.first
		}
		f.Confidence = max(f.Confidence, t.confidence())
		if spread := median(late, func(rec profile.Record) float64 { return meanSpread(rec, i) }); spread < lowest {
			worst, lowest = i, spread
		}
	}
	if worst < 0 {
		return nil
	}
	f.Severity = Warning
	f.Sentence = r.say.Sprintf("Entropy collapse: in %s each head looks at few tokens, because its logits have grown; hardly any gradient passes such a softmax.", r.attentionNames(f.Layers, worst))
	f.Evidence = r.say.Sprintf("Most in %s: the entropy of its heads is %s of that of even attention (median of %s), and was %s in step %d; its largest logit is %s, and was %s.",
		r.Attentions[worst].Path, words.Percent(lowest), r.say.Count(len(late), "recorded step"), words.Percent(meanSpread(r.detailed[0], worst)), r.detailed[0].Step,
		words.Human(median(late, func(rec profile.Record) float64 { return largestLogit(rec, worst) })), words.Human(largestLogit(r.detailed[0], worst)))
	r.cureAttention(&f)
	return []Finding{f}
}

// The bounds of the rule on logits: the largest logits of healthy runs, see above, are at most 102 after 400 steps.
const (
	largeLogit  = 200
	logitGrowth = 1.5 // from the second quarter of the records to the last
)

// findLogitGrowth finds attentions whose logits are large and still grow, though their entropy has not collapsed. At large learning rates
// this comes before the loss diverges (Dehghani et al. 2023; Wortsman et al. 2023).
func findLogitGrowth(r *ruleInput) []Finding {
	n := len(r.detailed)
	if n < 8 || len(r.Attentions) == 0 || len(findEntropyCollapse(r)) > 0 {
		return nil
	}
	worst, top := -1, 0.0
	f := Finding{Severity: Warning}
	for i := range r.Attentions {
		logit := func(rec profile.Record) float64 { return largestLogit(rec, i) }
		early, late := median(r.detailed[n/4:n/2], logit), median(r.detailed[n-n/4:], logit)
		if !(late >= largeLogit && late >= logitGrowth*early) {
			continue
		}
		t := countIn(r.detailed[n-n/4:], func(rec profile.Record) (bool, bool) { return logit(rec) >= largeLogit, !math.IsNaN(logit(rec)) })
		if f.Layers = r.withOutput(f.Layers, i); late > top {
			worst, top, f.Step, f.Confidence = i, late, t.first, t.confidence()
		}
	}
	if worst < 0 {
		return nil
	}
	f.Sentence = r.say.Sprintf("The logits of attention grow in %s: the softmax comes near a maximum, which passes hardly any gradient, and the loss may diverge.", r.attentionNames(f.Layers, worst))
	f.Evidence = r.say.Sprintf("Most in %s: its largest logit goes from %s in the second quarter of the recorded steps to %s in the last.", r.Attentions[worst].Path,
		words.Human(median(r.detailed[n/4:n/2], func(rec profile.Record) float64 { return largestLogit(rec, worst) })), words.Human(top))
	r.cureAttention(&f)
	return []Finding{f}
}

// lateDetails is the second half of the records with details, at least one; nil without attentions.
func (r *ruleInput) lateDetails() []profile.Record {
	if len(r.Attentions) == 0 || len(r.detailed) == 0 {
		return nil
	}
	return r.detailed[len(r.detailed)/2:]
}

// withOutput adds the layer after an attention to a list.
func (r *ruleInput) withOutput(layers []int, attention int) []int {
	if l := r.Attentions[attention].Output; l >= 0 && !slices.Contains(layers, l) {
		return append(layers, l)
	}
	return layers
}

// attentionNames names attentions by the layers after them, or one of them by its path if there are no such layers.
func (r *ruleInput) attentionNames(layers []int, attention int) string {
	if len(layers) == 0 {
		return r.Attentions[attention].Path
	}
	return r.say.Sprintf("the attention before %s", layerNames(r.say, r.Profile, layers))
}

// headsOf are the heads of an attention in a record; nil if it has none.
func headsOf(r profile.Record, attention int) []profile.HeadDetail {
	if r.Details == nil || attention >= len(r.Details.Attentions) {
		return nil
	}
	return r.Details.Attentions[attention].Heads
}

// meanSpread is the mean spread of the heads of an attention; NaN if it is unknown.
func meanSpread(r profile.Record, attention int) float64 {
	heads, sum := headsOf(r, attention), 0.0
	for _, h := range heads {
		sum += h.Spread()
	}
	return sum / float64(len(heads))
}

// largestLogit is the largest logit of the heads of an attention; NaN if it is unknown.
func largestLogit(r profile.Record, attention int) float64 {
	top := math.Inf(-1)
	for _, h := range headsOf(r, attention) {
		top = max(top, float64(h.LargestLogit))
	}
	if !stat.Finite(top) {
		return math.NaN()
	}
	return max(top, 1e-9) // for geometric medians
}

// attentionRemedies are the names of the trials of package remedy for Transformers.
var attentionRemedies = []string{"QK normalisation", "Pre-LN", "warm-up"}

// cureAttention sets the best of the tried remedies for attention, if one lowers the loss more than the network as it is, or a suggestion.
func (r *ruleInput) cureAttention(f *Finding) {
	f.advise(r.say, option{r.say.Text("A warm-up of the learning rate, or a lower rate, keeps the logits small."), "", learningRate, -1},
		option{text: r.say.Text("Normalised queries and keys bound the logits (QK normalisation)."), code: "QKNorm: true"})
	unchanged := math.Inf(1)
	for _, t := range r.Trials {
		if t.Code == "" && t.Outcome != nil { // the network as it is
			unchanged = float64(t.Outcome.After)
		}
	}
	for _, t := range r.Trials {
		if t.Outcome == nil || !slices.Contains(attentionRemedies, t.Name) || !(float64(t.Outcome.After) < unchanged) {
			continue
		}
		f.Remedy = r.say.Sprintf("Of the remedies tried on this network, %s helps attention most: with it the loss of the batch goes from %s to %s in a few steps.",
			r.say.Stored(t.Name), words.Human(float64(t.Outcome.Loss)), words.Human(float64(t.Outcome.After)))
		f.Code, f.Tried, f.options = t.Code, true, nil
		return
	}
}
