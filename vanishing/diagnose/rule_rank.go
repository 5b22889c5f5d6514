package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// The bounds of the rule on the rank: the mean cosine between tokens from which on they are alike, and up to which they differ. At first,
// language models of 4 layers with a residual have 0.03 to 0.08 after the last attention, and of 12 layers without one 1.00. In the first
// hundred steps all may rise to 1, while they learn how frequent each token is; healthy ones are back at 0.6 or less after 400 steps.
const (
	alikeTokens     = 0.95
	differentTokens = 0.9
)

// findRankCollapse finds tokens that differ before the first attention and are all alike after the last (Dong et al. 2021), long after the
// first update, or without skips before any. What follows then sees the same whatever the position. With skips that is no fault at
// first: small embeddings are outweighed by what attention adds to all tokens alike, and training parts them. Nor is it a fault of a
// network that has learnt, as one that classifies sequences by what their tokens have in common.
func findRankCollapse(r *ruleInput) []Finding {
	late := r.lateDetails()
	if late == nil {
		return nil
	}
	last := len(r.Attentions) - 1
	test := func(rec profile.Record) (bool, bool) {
		first, end := cosines(rec, last)
		return first < differentTokens && end > alikeTokens, !math.IsNaN(first + end)
	}
	t := countIn(late, test)
	begins := r.detailed[0]
	atStart := countIn(r.detailed[:1], test)
	switch {
	case r.hasLearnt():
		return nil
	case !r.HasSkips() && begins.Step == 0 && atStart.mostly() && (len(r.detailed) == 1 || t.mostly()):
		t.first = 0
	case late[len(late)-1].Step < patience || !t.mostly():
		return nil
	}
	at := late[len(late)/2]
	first, end := cosines(at, last)
	f := Finding{
		Severity: Warning, Step: t.first, Layers: r.withOutput(nil, last), Confidence: t.confidence(),
		Sentence: r.say.Text("Rank collapse: after the last attention all tokens of a sample are alike, so that the output hardly depends on the position."),
		Evidence: r.say.Sprintf("In step %d the mean cosine between two tokens is %.2f before the first attention and %.2f after the last.", at.Step, first, end),
	}
	r.cureAttention(&f)
	if !f.Tried {
		f.advise(r.say, option{text: r.say.Text("Skips past the branches keep tokens apart, with the normalisation inside them (Pre-LN)."), code: "Placement: attention.PreLN"},
			option{r.say.Text("A network that has this needs a warm-up of the learning rate, or a lower rate."), "", learningRate, -1})
	}
	return []Finding{f}
}

// cosines returns the mean cosine of two tokens before the first attention and after the last; NaN if they are unknown.
func cosines(r profile.Record, last int) (first, end float64) {
	if r.Details == nil || last >= len(r.Details.Attentions) {
		return math.NaN(), math.NaN()
	}
	return float64(r.Details.Attentions[0].CosineIn), float64(r.Details.Attentions[last].CosineOut)
}
