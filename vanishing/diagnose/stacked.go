package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A stack whose layers share one weight has the structure of a recurrent layer, but its steps are depth: nothing lies many steps back.

// stackedSentence is the sentence for the trend of such a stack.
func (t *TimeTrend) stackedSentence(say lang.Language, p profile.Profile) string {
	factor := words.Human(math.Pow(10, math.Abs(t.Slope)))
	layer, uses := layerName(say, p, t.First), say.Count(t.Steps, "use")
	switch {
	case t.Lost > 0 && t.vanishes():
		return say.Sprintf("Over the depth, which is %s of the one weight of %s, the gradient is lost on its way back: before use %d it is exactly zero.", uses, layer, t.Lost+1)
	case t.vanishes():
		return say.Sprintf("Over the depth, which is %s of the one weight of %s, the gradient shrinks by a factor of %s per use on its way back: %s, so that what lies before these uses hardly learns.",
			uses, layer, factor, t.ends(say, p))
	case t.explodes():
		return say.Sprintf("Over the depth, which is %s of the one weight of %s, the gradient grows by a factor of %s per use on its way back: %s, so an update that suits the last uses throws the first ones far off.",
			uses, layer, factor, t.ends(say, p))
	}
	return say.Sprintf("Over the depth, which is %s of the one weight of %s, the gradient keeps its size within the factor of 1000 that is called vanishing or exploding: by a line through all uses, %s.",
		uses, layer, t.compare(say, p, t.Change))
}

// unstack sets the remedy of a gradient that vanishes or explodes over such a stack.
func (r *ruleInput) unstack(f *Finding) {
	if f.Code = "Norm: graph.LN"; r.d.Time.Lost == 0 && r.d.Time.Change > 0 {
		f.Remedy = r.say.Text("One weight acts again and again, so that its factor is raised to the number of uses: normalise after each use, or draw it orthogonal or smaller.")
		return
	}
	f.Remedy = r.say.Text("One weight acts again and again, so that its factor is raised to the number of uses: normalise after each use, let skips carry the gradient past it, or draw it orthogonal or larger.")
}
