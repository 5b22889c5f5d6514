package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The gradient of a loss joins where its output leaves the network. If it is far larger than that of the losses after it, as with weights of
// 1 and 10000, the layers before that place get far larger gradients than those after it. That is exploding by what it does: one learning
// rate suits either the ones or the others. Its cause is not the way back, though, on which each gradient may keep its size.

// joint is the step from one depth to the next at which the gradient of another loss may join: it makes up most of a growing gradient, in a
// network of several losses. It is nil if there is none.
func (d *Diagnosis) joint(p profile.Profile) *breakpoint {
	if d.Verdict != Exploding || len(p.Losses) < 2 || len(d.levels) < 2 {
		return nil
	}
	if step := d.largestStep(p); step.change >= steep && step.change > d.measured(p)/2 {
		return &step
	}
	return nil
}

// jointSentence is the sentence for a gradient that grows at such a place.
func (d *Diagnosis) jointSentence(p profile.Profile, b *breakpoint) string {
	say := d.Language
	compared := compareSizes(say, layerName(say, p, b.low), layerName(say, p, b.high), b.change)
	from, to := p.Layers[b.low].Depth, p.Layers[b.high].Depth
	return say.Sprintf("The gradient grows %s-fold on its way back between layers %d and %d, where that of another of the losses may join it: %s, so an update that suits the layers from layer %d on throws those before it far off.",
		words.Human(math.Pow(10, b.change)), from, to, compared, to)
}

// otherLoss sets the remedy of a gradient that grows where that of another loss may join.
func (r *ruleInput) otherLoss(f *Finding) bool {
	if r.d.joint(r.Profile) == nil {
		return false
	}
	f.Remedy, f.Code = r.say.Text("The gradient of a loss is added where its output leaves: if one is far larger than the others, bring them to one size by their weights, or by standardised targets."), ""
	return true
}
