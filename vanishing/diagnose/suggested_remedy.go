package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// cure sets the remedy for a gradient that vanishes or explodes: the best of the tried remedies, or without one a suggestion.
func (r *ruleInput) cure(f *Finding) {
	if !r.bestTrial(f) {
		f.Remedy, f.Code = suggestion(r.Profile, r.d)
	}
}

// bestTrial sets the best of the tried remedies; false if none is better than the network as it is.
func (r *ruleInput) bestTrial(f *Finding) bool {
	if len(r.Trials) == 0 || r.Trials[0].Outcome == nil || r.Trials[0].Code == "" { // the network as it is has no code
		return false
	}
	t, o := r.Trials[0], r.Trials[0].Outcome
	f.Remedy = r.say.Sprintf("Of the remedies tried on this network, %s does most: with it the line changes by %s decades over the depth, and the loss of the batch goes from %s to %s in a few steps.",
		r.say.Stored(t.Name), words.Signed(float64(o.Change), 1), words.Human(float64(o.Loss)), words.Human(float64(o.After)))
	f.Code, f.Tried = t.Code, true
	return true
}

// suggestion is an untried remedy that fits the network's activation, normalisation, initialisation and blocks.
func suggestion(p profile.Profile, d *Diagnosis) (remedy, code string) {
	say := d.Language
	layer := p.Layers[d.Last]
	vanishes := d.Change < 0 || len(d.Lost) > 0
	switch {
	case !vanishes && layer.Norm.Kind == profile.BatchNorm && len(p.Blocks) == 0:
		return say.Text("Batch normalisation without skips makes the gradient grow in every layer, 1.2-fold with ReLU (Yang et al. 2019): layer normalisation or skips keep its size."), "Norm: graph.LN"
	case !vanishes && len(p.Blocks) > 0 && layer.Norm.Kind == "":
		return say.Text("Every block adds its branch to the skip, so that without normalisation signal and gradient grow with each: scale the branches by 1/sqrt(blocks), or normalise them."), "Norm: graph.BN"
	case vanishes && layer.Activation.Kind == profile.Sigmoid:
		return say.Text("Sigmoid passes on a quarter of the gradient at most, whatever the weights: take ReLU with He initialisation, or batch normalisation."), "Activation: graph.ReLU, Init: initializer.HeNormal{}"
	case layer.Norm.Kind == "" && layer.Activation.Kind != "" && layer.Init != nil && !familyFor(layer.Activation).has(layer.Init):
		return say.Sprintf("Draw the weights at the scale that keeps the signal's size with %s, and not as %s.", layer.Activation, layer.Init), "Init: " + familyFor(layer.Activation).code
	}
	return say.Text("Normalise each layer, or let skips carry the gradient past it: models/resnet is such a network."), "Norm: graph.LN"
}

// An initFamily is a set of initialisers of the same scale, which suits some activations.
type initFamily struct {
	kinds []profile.InitializerKind
	usual profile.Initializer
	code  string
}

var (
	he = initFamily{ // He et al. 2015
		[]profile.InitializerKind{profile.HeNormal, profile.HeUniform}, profile.Initializer{Kind: profile.HeNormal, Gain: math.Sqrt2}, "initializer.HeNormal{}",
	}
	lecun = initFamily{ // Klambauer et al. 2017
		[]profile.InitializerKind{profile.LeCunNormal, profile.LeCunUniform}, profile.Initializer{Kind: profile.LeCunNormal}, "initializer.LeCunNormal{}",
	}
	xavier = initFamily{ // Glorot & Bengio 2010
		[]profile.InitializerKind{profile.XavierNormal, profile.XavierUniform}, profile.Initializer{Kind: profile.XavierNormal, Gain: 1}, "initializer.XavierNormal{}",
	}
)

// familyFor is the family of initialisers that suits an activation.
func familyFor(a profile.Activation) initFamily {
	switch a.Kind {
	case profile.ReLU, profile.LeakyReLU, profile.ELU, profile.GELU, profile.GELUTanh, profile.SiLU, profile.Softplus:
		return he
	case profile.SELU:
		return lecun
	}
	return xavier
}

// has reports whether the family contains an initialiser.
func (f initFamily) has(i *profile.Initializer) bool { return slices.Contains(f.kinds, i.Kind) }
