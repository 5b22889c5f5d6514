package diagnose

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// cure says what helps a network whose gradient vanishes or explodes: the best of the remedies that were tried, or what its
// activation, initialisation and blocks suggest.
func cure(p profile.Profile, d *Diagnosis) (remedy, code string) {
	if len(p.Trials) > 0 && p.Trials[0].Tried && p.Trials[0].Code != "" { // the best; the network as it is has no code
		t := p.Trials[0]
		return fmt.Sprintf("Of the remedies tried on this network, %s does most: with it the line changes by %s decades over the depth, and the loss of the batch goes from %s to %s in a few steps.",
			t.Name, words.Signed(t.Change, 1), words.Human(t.Loss), words.Human(t.After)), t.Code
	}
	layer := p.Layers[d.Last]
	vanishes := d.Change < 0 || len(d.Lost) > 0
	switch {
	case !vanishes && layer.Norm == "bn" && len(p.Blocks) == 0:
		return "Batch normalisation without skips makes the gradient grow in every layer, 1.2-fold with ReLU (Yang et al. 2019): layer normalisation or skips keep its size.", "Norm: graph.LN"
	case !vanishes && len(p.Blocks) > 0 && layer.Norm == "":
		return "Every block adds its branch to the skip, so that without normalisation signal and gradient grow with each: scale the branches by 1/sqrt(blocks), or normalise them.", "Norm: graph.BN"
	case vanishes && layer.Activation == "sigmoid":
		return "Sigmoid passes on a quarter of the gradient at most, whatever the weights: take ReLU with He initialisation, or batch normalisation.", "Activation: graph.ReLU, Init: initializer.HeNormal{}"
	case layer.Norm == "" && layer.Init != "" && !strings.HasPrefix(layer.Init, familyFor(layer.Activation).prefix):
		return fmt.Sprintf("Draw the weights at the scale that keeps the signal's size with %s, and not as %s.", layer.Activation, layer.Init), "Init: " + familyFor(layer.Activation).code
	}
	return "Normalise each layer, or let skips carry the gradient past it: models/resnet is such a network.", "Norm: graph.LN"
}

// An initFamily is the initialisers at the scale that suits some activations, whatever their distribution.
type initFamily struct{ prefix, usual, code string }

var (
	he     = initFamily{"he_", "he_normal(gain=1.414)", "initializer.HeNormal{}"}         // He et al. 2015
	lecun  = initFamily{"lecun_", "lecun_normal", "initializer.LeCunNormal{}"}            // Klambauer et al. 2017
	xavier = initFamily{"xavier_", "xavier_normal(gain=1)", "initializer.XavierNormal{}"} // Glorot & Bengio 2010
)

// familyFor is the family that suits an activation, by its name as in Layer.Activation.
func familyFor(activation string) initFamily {
	kind, _, _ := strings.Cut(activation, "(")
	switch kind {
	case "relu", "leaky_relu", "elu", "gelu", "gelu_tanh", "silu", "softplus":
		return he
	case "selu":
		return lecun
	}
	return xavier
}
