package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Over time a gradient just beyond Threshold decides nothing. Tanh networks of three layers were trained to tell the signs of the first and
// of the last of 12 to 15 inputs. Of 16 whose gradient shrank by 3.0 to 3.7 decades, 15 learnt the last sign alone and one learnt both; of 14
// with 2.5 to 3.0 decades five learnt both, as did one with 4.1.

// nearby is the distance beyond Threshold, in decades, up to which a change over the steps is near it: a factor of three.
const nearby = 0.5

// nearBound reports whether the gradient over time is just beyond Threshold in a network that has learnt something. Whether that comes from
// late steps alone, the loss does not tell.
func (d *Diagnosis) nearBound(p profile.Profile) bool {
	t := d.Time
	return t.vanishes() && !t.stacked && t.Lost == 0 && t.Change > -Threshold-nearby && d.belowGuessing(p) && !d.holdsByNow(p)
}

func (d *Diagnosis) nearBoundSentence(p profile.Profile) string {
	t := d.Time
	return d.Language.Sprintf("Over time the gradient of the recurrent %s shrinks by a factor of %s per step on its way back, in all little more than the factor of 1000 that is called vanishing: by a line through all steps, %s. The loss has fallen to %.3g, where guessing gives %.3g, so the network learns; whether it learns what lies many steps back, these numbers do not tell.",
		layerName(d.Language, p, t.First), words.Human(math.Pow(10, math.Abs(t.Slope))), t.compare(d.Language, p, t.Change), d.quarterLoss(p, 0)+d.floor, float64(p.Baseline)+d.floor)
}

// nearBoundFinding is a warning, with the remedy of a gradient that vanishes over the steps.
func (r *ruleInput) nearBoundFinding() Finding {
	f := r.timeFinding(Threshold)
	f.Severity, f.Sentence = Warning, r.d.nearBoundSentence(r.Profile)
	return f
}
