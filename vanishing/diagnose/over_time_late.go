package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A cell whose gates open in training may hold the gradient of early steps only late in the run. The median over the run then tells how it
// was for most of the time, and not why the network has learnt.

// latePart is the share of the records, at the end of a run, that tells how the gradient is over the steps by then: an eighth.
const latePart = 8

// lateTrend is the trend over time in the last records that have the gradient at the steps; nil without one.
func (d *Diagnosis) lateTrend(p profile.Profile) *TimeTrend {
	if d.Time == nil {
		return nil
	}
	known := slices.DeleteFunc(slices.Clone(p.Records[:d.Records]), func(r profile.Record) bool { return math.IsNaN(d.Time.changeIn(p, r)) })
	late := known[len(known)-min(max(len(known)/latePart, fewest), len(known)):]
	if len(late) == 0 {
		return nil
	}
	var sequences []*TimeTrend
	for i, s := range p.Sequences {
		sequences = append(sequences, sequenceTrend(s, i, sequencePoints(p, late, i)))
	}
	return trendOverTime(p, timeTrends(p, medianDeltaRMS(len(p.Layers), late), sequences))
}

// holdsByNow reports whether the gradient vanishes or explodes over the steps by the median over the run, but not in its last records, in a
// network that has learnt.
func (d *Diagnosis) holdsByNow(p profile.Profile) bool {
	t := d.Time
	return (t.vanishes() || t.explodes()) && !t.stacked && d.late != nil && !d.late.vanishes() && !d.late.explodes() && newRuleInput(p, d).learns()
}

// lostOverTime reports whether the gradient vanishes over the steps, and neither nearly so nor only at first.
func (d *Diagnosis) lostOverTime(p profile.Profile) bool {
	return d.Time.vanishes() && !d.nearBound(p) && !d.holdsByNow(p)
}

// explodesOverTime reports whether the gradient explodes over the steps, and not only at first.
func (d *Diagnosis) explodesOverTime(p profile.Profile) bool {
	return d.Time.explodes() && !d.holdsByNow(p)
}

// byNowSentence compares the gradient over the run with that in its last records.
func (d *Diagnosis) byNowSentence(p profile.Profile) string {
	say, layer := d.Language, layerName(d.Language, p, d.Time.First)
	before, now := d.Time.ends(say, p), d.late.ends(say, p)
	if d.Time.vanishes() {
		return say.Sprintf("In most of the training the gradient of the recurrent %s shrank too much over time, and by now it no longer does: by the median over the run %s, and in its last records %s. The network has learnt meanwhile.", layer, before, now)
	}
	return say.Sprintf("In most of the training the gradient of the recurrent %s grew too much over time, and by now it no longer does: by the median over the run %s, and in its last records %s. The network has learnt meanwhile.", layer, before, now)
}

// overTimeSentence is the sentence for a gradient that vanishes or explodes over the steps.
func (d *Diagnosis) overTimeSentence(p profile.Profile) string {
	text := d.Time.sentence(d.Language, p)
	if d.Time.vanishes() && !d.Time.stacked && newRuleInput(p, d).learns() {
		text = d.Language.Sentences(text, d.Language.Text("It is so to the end, though the network has learnt: late steps may be enough for that."))
	}
	return text
}

// byNowFinding notes a gradient that reached the first steps late.
func (r *ruleInput) byNowFinding() Finding {
	f := r.timeFinding(Threshold)
	f.Severity, f.Sentence = Note, r.d.byNowSentence(r.Profile)
	return f
}

// lateEvidence is the change in the last records.
func (d *Diagnosis) lateEvidence() string {
	return d.Language.Sprintf("In the last records it changes by %s decades in all.", words.Signed(d.late.Change, 1))
}
