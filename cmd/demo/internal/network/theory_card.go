package network

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/cmd/demo/internal/say"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// countless is a number of layers that no network has.
const countless = 1e5

// sentences are what theory says of the network as a whole.
func (f forecast) sentences() []string {
	if math.IsInf(f.Layers[0].LogDelta, -1) {
		return []string{say.Text("No gradient reaches layer 1: it is exactly zero there."), f.loss()}
	}
	list := []string{f.fate()}
	if l := f.card.Typical; l != nil {
		list = append(list, f.depth(), critical(*l))
	} else {
		list = append(list, say.Text("Theory knows no largest depth and no best weights of networks with normalisation or residual blocks."))
	}
	if f.lastHidden() > 0 {
		list = append(list, f.range32())
	}
	list = append(list, f.likeness(), f.loss())
	if len(f.Blocks) > 0 {
		list = append(list, f.branches())
	}
	return list
}

// fate is what becomes of the gradient over the depth.
func (f forecast) fate() string {
	if f.lastHidden() == 0 {
		return say.Text("With one hidden layer there is no depth over which the gradient could change.")
	}
	mean, sd := f.decades(0)
	fate := say.Text("less than the factor of 1000 that is called vanishing or exploding")
	switch {
	case mean < -diagnose.Threshold:
		fate = say.Text("it vanishes")
	case mean > diagnose.Threshold:
		fate = say.Text("it explodes")
	}
	return say.Sprintf("From layer %d back to layer 1 the gradient changes by %+.2f ± %.2f decades: %s.", f.lastHidden()+1, mean, sd, fate)
}

// depth is how many layers a plain network may have.
func (f forecast) depth() string {
	switch scale := f.card.CorrelationScale; {
	case math.IsNaN(scale):
		return say.Text("In deep networks of this kind the mean square of the signal tends to 0 or grows without bound: theory knows no largest depth for them.")
	case scale > countless:
		return say.Text("What tells two inputs apart fades more slowly than by a factor per layer: theory sets no limit to the depth of plain networks of this kind.")
	case f.card.Trainable():
		return say.Sprintf("Plain networks of this kind train up to some %.0f layers, six times the correlation scale: over %.1f layers two inputs come nearer to "+
			"their final likeness by a factor of e. This one has %d, few enough.", 6*scale, scale, f.card.Depth)
	default:
		return say.Sprintf("Plain networks of this kind train up to some %.0f layers, six times the correlation scale: over %.1f layers two inputs come nearer to "+
			"their final likeness by a factor of e. This one has %d, too many.", 6*scale, scale, f.card.Depth)
	}
}

// critical sets the weights of a layer beside those for which chi is 1.
func critical(l theory.Layer) string {
	n := float64(l.In)
	now := say.Sprintf("The weights have the variance %.3g/%d (standard deviation %.3g).", l.WeightVar*n, l.In, math.Sqrt(l.WeightVar))
	want, err := theory.CriticalWeightVar(l.Activation, l.BiasVar)
	switch {
	case err != nil:
		return say.Sentences(now, say.Text("With no variance would chi stay at 1, where gradients neither vanish nor explode, in deep networks of this activation."))
	case math.Abs(want/n/l.WeightVar-1) < 1e-3:
		return say.Sentences(now, say.Text("With it chi comes to 1 in deep networks, where gradients neither vanish nor explode."))
	}
	return say.Sentences(now, say.Sprintf("With %.3g/%d (-init normal:%.3g) chi would come to 1 in deep networks, where gradients neither vanish nor explode.",
		want, l.In, math.Sqrt(want/n)))
}

// range32 is how far a gradient gets in float32.
func (f forecast) range32() string {
	if dead := f.card.Dead; dead < countless {
		return say.Sprintf("At the average rate a gradient of size 1 at the output leaves the range of float32 after %.0f layers.", dead)
	}
	return say.Text("At the average rate a gradient of size 1 at the output never leaves the range of float32.")
}

// likeness is whether one initialisation is like another.
func (f forecast) likeness() string {
	alike := say.Text("one initialisation is like another")
	if f.card.Beta > 1 {
		alike = say.Text("above 1 one initialisation is unlike the next, so try several seeds")
	}
	return say.Sprintf("The slopes of the activations give the logarithm of the squared gradient at layer 1 a variance of beta = %.2g over initialisations: %s.", f.card.Beta, alike)
}

// loss is that of the first step.
func (f forecast) loss() string {
	classes := f.net.Layers[len(f.net.Layers)-1].Out
	return say.Sprintf("The cross-entropy starts at %.3g; it is %.3g for a network that gives all %d classes the same probability.",
		f.card.Loss, math.Log(float64(classes)), classes)
}

// branches is how the gradient comes through residual blocks.
func (f forecast) branches() string {
	low, high := 1.0, 0.0
	for _, b := range f.Blocks {
		low, high = min(low, b.Branch), max(high, b.Branch)
	}
	share := fmt.Sprintf("%.0f %%", 100*low)
	if most := fmt.Sprintf("%.0f %%", 100*high); most != share {
		share = say.Sprintf("%s to %s", share, most)
	}
	return say.Sprintf("Of the squared gradient at the input of a residual block %s comes through the branch, and the rest along the skip. On its way from output to "+
		"input it passes %.1f of %d branches on average.", share, theory.MeanPath(theory.PathCounts(f.Blocks)), len(f.Blocks))
}
