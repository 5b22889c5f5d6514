package diagnose

import (
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// stuckSentence is the sentence for a stuck network, with the layers that no gradient reaches by the end.
func (d *Diagnosis) stuckSentence(p profile.Profile) string {
	say, nothing := d.Language, d.nothingLearnt(p, d.floor)
	lost := d.lostByNow(p)
	accuracy, ofValidation := lastAccuracy(p)
	guess, first := float64(p.BaselineAccuracy), float64(p.Records[0].Loss)
	last := d.quarterLoss(p, 0)
	some, fell := guess > 0 && accuracy-guess > above*(1-guess), first > cameDown*last && last < cameDown*float64(p.Baseline)
	kind := say.Text("training")
	if ofValidation {
		kind = say.Text("validation")
	}
	switch reaches := len(lost) == 0; {
	case some && reaches:
		return say.Sprintf("The network has learnt hardly anything, though the gradient reaches all of its layers: %s. Still %s of the %s samples are classified right, where guessing gets %s.",
			nothing, words.Percent(accuracy), kind, words.Percent(guess))
	case some:
		return say.Sentences(say.Sprintf("The network has learnt hardly anything: %s. Still %s of the %s samples are classified right, where guessing gets %s.",
			nothing, words.Percent(accuracy), kind, words.Percent(guess)), d.lostByNowSentence(p, lost))
	case fell && reaches:
		return say.Sprintf("The network has learnt to guess and no more, though the gradient reaches all of its layers: its loss came down from %.3g, and %s.", first+d.floor, nothing)
	case fell:
		return say.Sentences(say.Sprintf("The network has learnt to guess and no more: its loss came down from %.3g, and %s.", first+d.floor, nothing), d.lostByNowSentence(p, lost))
	case last < begun*float64(p.Baseline) && reaches && !d.asItBegan(p):
		return say.Sprintf("The network has learnt hardly anything, though the gradient reaches all of its layers: %s.", nothing)
	case reaches:
		return say.Sprintf("The network has learnt nothing, though the gradient reaches all of its layers: %s.", nothing)
	}
	return say.Sentences(say.Sprintf("The network has learnt nothing: %s.", nothing), d.lostByNowSentence(p, lost))
}

// lostByNow are the hidden layers without a gradient in most of the last quarter of the records, or whose units are all dead there.
func (d *Diagnosis) lostByNow(p profile.Profile) []int {
	late := p
	late.Records = d.quarterRecords(p, 0)
	return slices.DeleteFunc(p.Hidden(), func(l int) bool {
		none := countIn(late.Records, func(r profile.Record) (bool, bool) { return r.Layers[l].DeltaRMS == 0, true })
		return !none.mostly() && !isDead(late, l)
	})
}

// lostByNowSentence names these layers.
func (d *Diagnosis) lostByNowSentence(p profile.Profile, lost []int) string {
	late := p
	late.Records = d.quarterRecords(p, 0)
	names := layerNames(d.Language, p, lost)
	if slices.ContainsFunc(lost, func(l int) bool { return isDead(late, l) }) {
		return d.Language.Sprintf("By the end no gradient reaches %s, where units respond to no sample.", names)
	}
	return d.Language.Sprintf("By the end no gradient reaches %s.", names)
}
