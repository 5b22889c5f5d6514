package diagnose

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// oddAmong is [OddZ] corrected for the largest departure of n layers. The correction is larger than that of normal numbers, as the
// departures of narrow layers have heavier tails.
func oddAmong(n int) float64 { return OddZ + math.Max(0, math.Log10(float64(n)/10)) }

// An expected is the prediction for one layer; its numbers are NaN without a prediction.
type expected struct{ delta, band, z, step float64 }

// expectedOf are the predictions by layer; nil if there is none for the network.
func expectedOf(p profile.Profile) []expected {
	t := p.Theory
	if t == nil || t.None != "" || len(p.Records) == 0 || t.Layers == nil {
		return nil
	}
	list := make([]expected, len(t.Layers))
	for i, l := range t.Layers {
		nan := math.NaN()
		list[i] = expected{nan, nan, nan, nan}
		if l != nil {
			list[i] = expected{float64(l.Delta), float64(l.Band), float64(l.Z), float64(l.Step)}
		}
	}
	return list
}

// Where the predicted spread is small, a departure of OddZ standard deviations may be negligible. A departure therefore also has to
// be at least this large, in decades.
const (
	oddStep    = 0.3 // of the change from one layer to the next: a factor of two
	oddProfile = 0.5 // of the change over all layers: a factor of three
)

// vague is the predicted spread of the change from one layer to the next, in decades, from which on nothing is odd: theory adds the spread to first
// order in 1/width, which is far off where few units pass nearly all of the gradient, as in a saturated layer.
const vague = 0.5

// change is the change of the gradient from one layer to an earlier one, in decades: measured in the first record, and expected by
// theory.
func (r *ruleInput) change(from, to int) (measured, expected float64) {
	return changeOf(r.Records[0], from, to), r.theory[to].delta - r.theory[from].delta
}

// changeOf is the change of a record's gradient from one layer to another, in decades.
func changeOf(r profile.Record, from, to int) float64 {
	return stat.Log10(float64(r.Layers[to].DeltaRMS)) - stat.Log10(float64(r.Layers[from].DeltaRMS))
}

// odds lists the hidden layers at which the change from the next layer departs from theory. A gradient that underflows its type
// does not count.
func (r *ruleInput) odds() []int {
	var list []int
	for i, l := range r.hidden[:len(r.hidden)-1] {
		if first := r.Records[0].Layers[l]; first.DeltaRMS == 0 || first.Flushed > 0 {
			continue
		}
		measured, expected := r.change(r.hidden[i+1], l)
		z, off := math.Abs(r.theory[l].step), math.Abs(measured-expected)
		if z > oddAmong(len(r.hidden)) && off > oddStep && off < vague*z {
			list = append(list, l)
		}
	}
	return list
}

// isVague reports whether theory tells little of the change at some hidden layer, as its predicted spread is vague.
func (r *ruleInput) isVague() bool {
	for i, l := range r.hidden[:len(r.hidden)-1] {
		measured, expected := r.change(r.hidden[i+1], l)
		if z := math.Abs(r.theory[l].step); z > 0 && math.Abs(measured-expected) >= vague*z {
			return true
		}
	}
	return false
}

// few reports whether layers are at most a quarter of the hidden layers, and at least one.
func (r *ruleInput) few(layers []int) bool {
	return len(layers) > 0 && len(layers) <= max(1, len(r.hidden)/4)
}

// narrow is the number of units below which a layer may depart by chance, because theory is that of wide layers. Of networks of 12 ReLU
// layers with 3 to 12 units each, 2 to 15 in 100 depart by more than oddAmong in some layer; with 16 units it is 1 in 300.
const narrow = 16

// isNarrow reports whether a layer or the next one is narrow.
func (r *ruleInput) isNarrow(layer int) bool {
	isNarrow := func(l int) bool { return 0 < r.Layers[l].Units && r.Layers[l].Units < narrow }
	return isNarrow(layer) || isNarrow(r.hidden[r.indexOf(layer)+1])
}

// findMismatch finds single layers at which the gradient changes differently from what their initialisation predicts.
func findMismatch(r *ruleInput) []Finding {
	if r.theory == nil || r.Theory.Measured || r.d.Records == 0 || len(r.hidden) < 2 {
		return nil
	}
	layers := r.odds()
	if !r.few(layers) {
		return nil
	}
	if layers = slices.DeleteFunc(layers, r.isNarrow); len(layers) == 0 {
		return nil
	}
	worst := layers[0]
	for _, l := range layers {
		if math.Abs(r.theory[l].step) > math.Abs(r.theory[worst].step) {
			worst = l
		}
	}
	next := r.hidden[r.indexOf(worst)+1]
	measured, expected := r.change(next, worst)
	return []Finding{{
		Severity: Warning, Layers: layers, Step: r.Records[0].Step, Confidence: coverage(r.theory[worst].step),
		Sentence: r.say.Sprintf("The gradient changes at %s in a way that the initialisation does not explain, while the other layers behave as expected: something is wrong there.",
			layerNames(r.say, r.Profile, layers)),
		Evidence: r.say.Sprintf("From %s to %s it changes by %s decades, where mean-field theory expects %s: %s standard deviations off.",
			layerName(r.say, r.Profile, next), layerName(r.say, r.Profile, worst), words.Signed(measured, 2), words.Signed(expected, 2), words.Signed(r.theory[worst].step, 1)),
		check:  true,
		Remedy: r.say.Text("Compare the layer's weights with what its initialiser should give, and check its gradient by central differences."),
	}}
}

// indexOf is the index of a layer in the hidden layers; -1 if they do not contain it.
func (r *ruleInput) indexOf(layer int) int {
	for i, l := range r.hidden {
		if l == layer {
			return i
		}
	}
	return -1
}

// findInitScale finds networks whose weights have the wrong scale in more than a few layers: the first record departs from theory,
// or theory itself expects that the gradient vanishes or explodes.
func findInitScale(r *ruleInput) []Finding {
	if r.theory == nil || r.d.Records == 0 || len(r.hidden) < 2 {
		return nil
	}
	first, last := r.hidden[0], r.hidden[len(r.hidden)-1]
	measured, expected := r.change(last, first)
	declared := !r.Theory.Measured && !math.IsInf(measured, 0)
	if declared && math.Abs(r.theory[first].z) > OddZ && math.Abs(measured-expected) > oddProfile && !r.few(r.odds()) && !r.isVague() {
		return []Finding{{
			Severity: Warning, Layers: r.hidden, Step: r.Records[0].Step, Confidence: coverage(r.theory[first].z),
			Sentence: r.say.Text("The gradient's profile is not what the declared initialisation gives, and in more than a few layers: the weights were drawn at another scale."),
			Evidence: r.say.Sprintf("From %s to %s it changes by %s decades, where mean-field theory expects %s: %s standard deviations off.",
				layerName(r.say, r.Profile, last), layerName(r.say, r.Profile, first), words.Signed(measured, 1), words.Signed(expected, 1), words.Signed(r.theory[first].z, 1)),
			check:  true,
			Remedy: r.say.Text("Check that the weights are those the initialiser draws, with the right fan-in, and not rescaled or loaded from elsewhere."),
		}}
	}
	if layer := r.Layers[last]; !(math.Abs(expected) >= Threshold) || layer.Norm.Kind != "" || r.HasSkips() || !scalable(layer.Activation) {
		return nil
	}
	alone := r.alone(expected)
	if alone >= 0 && !r.causedByWeights(alone) || alone < 0 && !r.alike() {
		return nil
	}
	return []Finding{r.badScale(first, last, alone, expected)}
}

// alike reports whether all hidden layers have the same activation. Otherwise the activations may cause what the scale of the weights
// is blamed for.
func (r *ruleInput) alike() bool {
	return !slices.ContainsFunc(r.hidden, func(l int) bool { return r.Layers[l].Activation != r.Layers[r.hidden[0]].Activation })
}

// causedByWeights reports whether the change of the gradient on its way back from a layer comes from the layer's weights, and not from
// the activation of the layer before: by the measured parts if there are any, and otherwise if the initialisation is not the usual one.
func (r *ruleInput) causedByWeights(layer int) bool {
	if details := r.Records[0].Details; details != nil {
		if gains := details.Layers[r.hidden[r.indexOf(layer)-1]].Gains; gains != nil && stat.Finite(float64(gains.Weight)) {
			return math.Abs(float64(gains.Weight)) > math.Abs(float64(gains.Activation))
		}
	}
	return !suited(r.Layers[layer])
}

// badScale is the finding of weights, in all layers or in one alone (-1 for none), with which theory expects the gradient to vanish or
// explode.
func (r *ruleInput) badScale(first, last, alone int, expected float64) Finding {
	layer := r.Layers[last]
	size := r.say.Text("small")
	if expected > 0 {
		size = r.say.Text("large")
	}
	f := Finding{Severity: Warning, Layers: r.hidden, Step: r.Records[0].Step, Confidence: coverage((math.Abs(expected) - Threshold) / r.theory[first].band)}
	if alone >= 0 {
		f.Layers = []int{alone}
		f.Sentence = r.say.Sprintf("The weights of %s are too %s, and the gradient changes mostly at that layer.", layerName(r.say, r.Profile, alone), size)
	} else {
		factor := math.Pow(10, math.Abs(expected)/float64(r.Layers[last].Depth-r.Layers[first].Depth))
		f.Sentence = r.say.Sprintf("The weights are too %s for this depth: by theory alone the gradient changes by a factor of %s per layer.", size, words.Human(factor))
	}
	f.Evidence = r.say.Sprintf("Mean-field theory expects %s ± %s decades from %s to %s for %s.", words.Signed(expected, 1), words.Human(r.theory[first].band),
		layerName(r.say, r.Profile, last), layerName(r.say, r.Profile, first), cmp.Or(r.Layers[f.Layers[len(f.Layers)-1]].Init.String(), r.say.Text("these weights")))
	if len(f.Layers) > 1 && layer.Init != nil && *layer.Init == familyFor(layer.Activation).usual {
		f.Sentence = r.say.Sprintf("Plain layers with %s lose the gradient at this depth even with the initialisation that suits them: by theory it changes by %s decades.", layer.Activation, words.Signed(expected, 1))
		if f.Remedy, f.Code = throughSkips(r.Profile, r.say); expected > 0 {
			f.Remedy, f.Code = r.say.Text("Normalise each layer, or let skips carry the gradient past it."), "Norm: graph.LN"
		}
		return f
	}
	turn := 1
	if expected > 0 {
		turn = -1
	}
	f.advise(r.say, option{r.say.Sprintf("Draw the weights at the scale that keeps the gradient's size with %s.", layer.Activation),
		"Init: " + familyFor(layer.Activation).code, initialScale, turn})
	return f
}

// alone is the layer whose weights cause at least four fifths of an expected change; -1 if there is none.
func (r *ruleInput) alone(expected float64) int {
	const most = 0.8
	for i, l := range r.hidden[:len(r.hidden)-1] {
		next := r.hidden[i+1]
		if _, step := r.change(next, l); (step/expected >= most || math.IsInf(step, 0)) && len(r.hidden) > 2 {
			return next
		}
	}
	return -1
}

// scalable reports whether some scale of the weights brings the gradient's factor per layer to 1. With a sigmoid, whose slope is at
// most a quarter, no scale does.
func scalable(a profile.Activation) bool { return a.Kind != profile.Sigmoid && a.Kind != "" }

// coverage is the probability that a normal number lies within z standard deviations of its mean; 0 if z is NaN.
func coverage(z float64) float64 {
	if math.IsNaN(z) {
		return 0
	}
	return math.Erf(math.Abs(z) / math.Sqrt2)
}

// expectation says whether the initialisation explains that the gradient vanishes or explodes; empty without a prediction.
func (d *Diagnosis) expectation(p profile.Profile) string {
	t := expectedOf(p)
	if t == nil || d.Records == 0 || len(d.levels) < 2 || d.Verdict != Vanishing && d.Verdict != Exploding {
		return ""
	}
	first, last := d.Fitted[0], d.Fitted[len(d.Fitted)-1]
	expected, z := t[first].delta-t[last].delta, t[first].z
	measured := changeOf(p.Records[0], last, first)
	if math.IsNaN(expected) || math.IsNaN(measured) {
		return ""
	}
	say := d.Language
	numbers := say.Sprintf("mean-field theory expects %s decades between these layers at the start, and %s were measured", words.Signed(expected, 1), words.Signed(measured, 1))
	switch {
	case !p.Theory.Measured && math.Abs(z) > OddZ && math.Abs(measured-expected) > oddProfile:
		return say.Sprintf("The initialisation does not explain it: %s, so something else is wrong.", numbers)
	case math.Abs(expected) >= Threshold && (expected < 0) == (d.Change < 0 || len(d.Lost) > 0):
		if p.Theory.Measured {
			return say.Sprintf("The size of the weights in the first record explains it: %s.", numbers)
		}
		return say.Sprintf("The initialisation explains it: %s.", numbers)
	}
	if math.IsNaN(z) || p.Theory.Measured {
		return ""
	}
	return say.Sprintf("It came with training, and not from the initialisation: %s.", numbers)
}
