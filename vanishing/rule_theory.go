package vanishing

import (
	"fmt"
	"math"
)

// odd is how many standard deviations a measurement may lie off what theory expects: at 4 chance is 1 in 16,000.
const odd = 4

// theory is Profile.Theory if it says something of these layers, else nil.
func (p Profile) theory() *Theory {
	t := p.Theory
	if t == nil || t.None != "" || len(p.Records) == 0 ||
		len(t.Delta) != len(p.Layers) || len(t.Band) != len(p.Layers) || len(t.Z) != len(p.Layers) || len(t.Step) != len(p.Layers) {
		return nil
	}
	return t
}

// odds lists the layers whose own step departs from theory.
func (r *reading) odds() []int {
	var list []int
	for _, l := range r.hidden {
		if math.Abs(r.theory().Step[l]) > odd {
			list = append(list, l)
		}
	}
	return list
}

// few tells whether some layers are the exception: at most a quarter of the hidden ones.
func (r *reading) few(layers []int) bool {
	return len(layers) > 0 && len(layers) <= max(1, len(r.hidden)/4)
}

// findMismatch finds single layers in which the gradient changes as their initialisation does not let expect.
func findMismatch(r *reading) []Finding {
	t := r.theory()
	if t == nil || r.d.Records == 0 {
		return nil
	}
	layers := r.odds()
	if !r.few(layers) {
		return nil
	}
	worst := layers[0]
	for _, l := range layers {
		if math.Abs(t.Step[l]) > math.Abs(t.Step[worst]) {
			worst = l
		}
	}
	return []Finding{{
		Severity: Warning, Layers: layers, Step: r.Records[0].Step, Confidence: chance(t.Step[worst]),
		Sentence: fmt.Sprintf("The gradient changes at %s as its initialisation does not explain, while the other layers do as expected: something is wrong with that layer.",
			layerNames(r.Profile, layers)),
		Evidence: fmt.Sprintf("At %s the change from the next layer is %s standard deviations off mean-field theory.", layerName(r.Profile, worst), signed(t.Step[worst], 1)),
		Remedy:   "Compare the layer's weights with what its initialiser should give, and check its gradient by central differences.",
	}}
}

// findInitScale finds networks whose whole profile is off: measured against theory, or, as theory expects it, because the
// weights were drawn at a scale that makes the gradient vanish or explode.
func findInitScale(r *reading) []Finding {
	t := r.theory()
	if t == nil || r.d.Records == 0 || len(r.d.Fitted) < 2 {
		return nil
	}
	first, last := r.d.Fitted[0], r.d.Fitted[len(r.d.Fitted)-1]
	expected := t.Delta[first] - t.Delta[last]
	layer := r.Layers[last]
	f := Finding{Severity: Warning, Layers: r.d.Fitted, Step: r.Records[0].Step}
	switch {
	case math.Abs(t.Z[first]) > odd && !r.few(r.odds()):
		f.Confidence = chance(t.Z[first])
		f.Sentence = "The gradient's profile is not what the declared initialisation gives, in all layers rather than in one: the weights were drawn at another scale."
		f.Evidence = fmt.Sprintf("At %s it lies %s standard deviations off mean-field theory.", layerName(r.Profile, first), signed(t.Z[first], 1))
		f.Remedy = "See that the weights are those the initialiser draws, with the right fan-in, and not rescaled or loaded from elsewhere."
	case math.Abs(expected) >= Threshold && layer.Norm == "" && scalable(layer.Activation):
		f.Confidence = chance((math.Abs(expected) - Threshold) / t.Band[first])
		size, gain := "small", math.Pow(10, -expected/math.Max(1, float64(r.Layers[last].Depth-r.Layers[first].Depth)))
		if expected > 0 {
			size, gain = "large", 1/gain
		}
		f.Sentence = fmt.Sprintf("The weights were drawn too %s for this depth: by theory the gradient changes by a factor of %s per layer from the start.", size, human(gain))
		f.Evidence = fmt.Sprintf("Mean-field theory expects %s ± %s decades from %s to %s for %s.", signed(expected, 1), human(t.Band[first]),
			layerName(r.Profile, last), layerName(r.Profile, first), orWord(layer.Init, "this initialisation"))
		f.Remedy = fmt.Sprintf("Draw the weights at the scale that keeps the gradient's size with %s.", layer.Activation)
		f.Code = "Init: " + bestInit(layer.Activation)
	default:
		return nil
	}
	return []Finding{f}
}

// scalable tells whether the gradient's factor per layer can be brought to 1 by the weights' scale: not with a sigmoid,
// whose slope is at most a quarter.
func scalable(activation string) bool { return activation != "sigmoid" && activation != "" }

func orWord(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// chance is the probability that a normal number lies less than z standard deviations off.
func chance(z float64) float64 { return math.Erf(math.Abs(z) / math.Sqrt2) }

// expectation says of a network whose gradient vanishes or explodes whether its initialisation explains that.
func (d *Diagnosis) expectation(p Profile) string {
	t := p.theory()
	if t == nil || d.Records == 0 || len(d.Fitted) < 2 || d.Verdict != Vanishing && d.Verdict != Exploding {
		return ""
	}
	first, last := d.Fitted[0], d.Fitted[len(d.Fitted)-1]
	expected, z := t.Delta[first]-t.Delta[last], t.Z[first]
	start := p.Records[0].Layers
	measured := log10(start[first].DeltaRMS) - log10(start[last].DeltaRMS)
	if math.IsNaN(expected) || math.IsNaN(z) || math.IsNaN(measured) {
		return ""
	}
	numbers := fmt.Sprintf("mean-field theory expects %s decades between these layers at the start, and %s were measured", signed(expected, 1), signed(measured, 1))
	switch {
	case math.Abs(z) > odd:
		return fmt.Sprintf("The initialisation does not explain it: %s, so something else is wrong.", numbers)
	case math.Abs(expected) >= Threshold && (expected < 0) == (d.Change < 0 || len(d.Lost) > 0):
		return fmt.Sprintf("The initialisation explains it: %s.", numbers)
	}
	return fmt.Sprintf("It came with training, and not from the initialisation: %s.", numbers)
}
