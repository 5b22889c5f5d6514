package vanishing

import (
	"fmt"
	"strings"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// cure says what helps a network whose gradient vanishes or explodes: the best of the remedies that were tried, or what its
// activation, initialisation and blocks suggest.
func cure(p Profile, d *Diagnosis) (remedy, code string) {
	if len(p.Trials) > 0 && p.Trials[0].Tried && p.Trials[0].Code != "" { // the best; the network as it is has no code
		t := p.Trials[0]
		return fmt.Sprintf("Of the remedies tried on this network, %s does most: with it the line changes by %s decades over the depth, and the loss of the batch goes from %s to %s in a few steps.",
			t.Name, signed(t.Change, 1), human(t.Loss), human(t.After)), t.Code
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
	case layer.Norm == "" && layer.Init != "" && !strings.HasPrefix(layer.Init, initName(layer.Activation)):
		return fmt.Sprintf("Draw the weights at the scale that keeps the signal's size with %s, and not as %s.", layer.Activation, layer.Init), "Init: " + bestInit(layer.Activation)
	}
	return "Normalise each layer, or let skips carry the gradient past it: models/resnet is such a network.", "Norm: graph.LN"
}

// bestInit is the initialiser that suits an activation, as a line of code.
func bestInit(activation string) string {
	switch init := defaultInit(activation).(type) {
	case initializer.HeNormal:
		return "initializer.HeNormal{}"
	case initializer.LeCunNormal:
		return "initializer.LeCunNormal{}"
	default:
		_ = init
		return "initializer.XavierNormal{}"
	}
}

// initName is the beginning of its name in Layer.Init, up to the distribution: "he_".
func initName(activation string) string {
	name, _, _ := strings.Cut(defaultInit(activation).String(), "_")
	return name + "_"
}

func defaultInit(activation string) initializer.Initializer {
	name, _, _ := strings.Cut(activation, "(")
	a, err := graph.ParseActivation(name)
	if err != nil {
		a = graph.Identity
	}
	return a.DefaultInit()
}
