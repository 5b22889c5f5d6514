package diagnose

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// sentence explains the verdict to a reader who knows what a gradient is and no more.
func (d *Diagnosis) sentence(p profile.Profile) string {
	switch d.Verdict {
	case NonFinite:
		return d.nonFiniteSentence(p)
	case Vanishing:
		if d.vanishes(p) {
			return d.vanishingSentence(p)
		}
		return d.otherSentence(p, d.lostOverTime(p))
	case Exploding:
		if d.Change >= Threshold {
			return d.explodingSentence(p)
		}
		return d.otherSentence(p, d.explodesOverTime(p))
	case Stuck:
		if !d.isStuck(p) {
			return d.stuckLossSentence(p)
		}
		return d.stuckSentence(p)
	case Healthy:
		return d.healthySentence(p)
	}
	return d.undeterminedSentence(p)
}

// otherSentence is the sentence for a gradient that vanishes or explodes, but not by the trend over the depth.
func (d *Diagnosis) otherSentence(p profile.Profile, overTime bool) string {
	switch {
	case overTime:
		return d.overTimeSentence(p)
	case d.Verdict == Vanishing && d.starved(p) != nil:
		return d.starvedSentence(p)
	case d.breakpoint(p) != nil:
		return d.breakSentence(p)
	}
	return d.weakSentence(p)
}

func (d *Diagnosis) vanishingSentence(p profile.Profile) string {
	if len(d.Lost) > 0 {
		return d.lostSentence(p)
	}
	if low := d.middle(p); low != nil {
		return d.middleSentence(p, low)
	}
	if d.movesAlike(p) {
		return d.Language.Sentences(d.Language.Sprintf("The gradient shrinks by a factor of %s per layer on its way back: %s.", d.factor(), d.trend(p)), d.alikeSentence())
	}
	return d.Language.Sprintf("The gradient shrinks by a factor of %s per layer on its way back: %s, so the early layers hardly learn.",
		d.factor(), d.trend(p))
}

// movesAlike reports whether early and late weights move alike in spite of their gradients, in a network that learns: otherwise early weights may
// move by noise alone.
func (d *Diagnosis) movesAlike(p profile.Profile) bool {
	return d.sparesEarly && (d.belowGuessing(p) || newRuleInput(p, d).learns())
}

// belowGuessing reports whether the loss ends clearly below that of guessing; false without a baseline.
func (d *Diagnosis) belowGuessing(p profile.Profile) bool {
	return p.Baseline > 0 && d.Records >= fewest && d.quarterLoss(p, 0) < guessing*float64(p.Baseline)
}

// alikeSentence says that weights move alike although their gradients do not.
func (d *Diagnosis) alikeSentence() string {
	return d.Language.Text("Updates move early and late weights by a similar share of their size all the same.")
}

func (d *Diagnosis) explodingSentence(p profile.Profile) string {
	if b := d.joint(p); b != nil {
		return d.jointSentence(p, b)
	}
	if d.movesAlike(p) {
		return d.Language.Sentences(d.Language.Sprintf("The gradient grows by a factor of %s per layer on its way back: %s.", d.factor(), d.trend(p)), d.alikeSentence())
	}
	return d.Language.Sprintf("The gradient grows by a factor of %s per layer on its way back: %s, so an update that suits the late layers throws the early ones far off.",
		d.factor(), d.trend(p))
}

func (d *Diagnosis) healthySentence(p profile.Profile) string {
	change := d.fittedChange(p)
	if measured := d.measured(p); math.Abs(measured) > math.Abs(change) {
		change = measured
	}
	switch {
	case d.holdsByNow(p):
		return d.byNowSentence(p)
	case d.inertInput(p):
		return d.inertSentence(p)
	case len(d.levels) < 2 && d.Time != nil:
		return d.Time.sentence(d.Language, p)
	case len(d.levels) < 2:
		hidden := d.Language.Count(len(d.Fitted), "hidden layer")
		if len(d.Fitted) > 1 {
			return d.Language.Sprintf("The network has %s side by side: too little depth for a gradient to vanish or explode over.", hidden)
		}
		return d.Language.Sprintf("The network has %s: too little depth for a gradient to vanish or explode over.", hidden)
	case d.uneven(p) || math.Abs(change) >= Threshold:
		return d.unevenSentence(p)
	case change <= -1:
		return d.withoutGuess(p, d.Language.Sprintf("The gradient shrinks a little on its way back: %s. That is short of the factor of 1000 that is called vanishing.", d.compare(p, d.measured(p))))
	case change >= 1:
		return d.withoutGuess(p, d.Language.Sprintf("The gradient grows a little on its way back: %s. That is short of the factor of 1000 that is called exploding.", d.compare(p, d.measured(p))))
	}
	return d.Language.Sprintf("The gradient keeps its size on its way back: %s, so early and late layers can learn together.", d.compare(p, d.measured(p)))
}

// withoutGuess adds to the sentence for a gradient that changes by less than Threshold what is not known: if the network has learnt nothing,
// that may be the cause.
func (d *Diagnosis) withoutGuess(p profile.Profile, sentence string) string {
	if p.Baseline != 0 || d.steps(p) < patience || math.Abs(d.stuckChange(p)) < weak {
		return sentence
	}
	return d.Language.Sentences(sentence, d.Language.Sprintf("Whether it is too much for this network cannot be told without the loss of guessing (baseline): the loss goes from %.3g to %.3g.",
		recordedLoss(p.Records[0]), recordedLoss(p.Records[d.Records-1])))
}

// lostSentence is the sentence for a gradient that is exactly zero at the input end.
func (d *Diagnosis) lostSentence(p profile.Profile) string {
	at, lost := layerName(d.Language, p, d.Lost[len(d.Lost)-1]), span(d.Language, p, d.Lost)
	if d.Change < 0 && (isFlushed(p, d.Lost[len(d.Lost)-1]) || d.DeltaRMS[d.Fitted[0]] < smallestNormal(p.Dtype)) {
		return d.Language.Sprintf("The gradient shrinks by a factor of %s per layer on its way back and leaves %s's range at %s: from there to the input it is exactly zero, so %s learn nothing.",
			d.factor(), p.Dtype, at, lost)
	}
	if dead := d.deadLayer(p); dead >= 0 {
		return d.Language.Sprintf("No unit of %s responds to any sample of the batch, so no gradient can pass: from %s to the input it is exactly zero, and %s learn nothing.",
			layerName(d.Language, p, dead), at, lost)
	}
	return d.Language.Sprintf("The gradient stops at %s: from there to the input it is exactly zero, so %s learn nothing.", at, lost)
}

// The translated values of profile.NonFiniteEvent.What.
var _ = [...]string{lang.Key("gradient"), lang.Key("parameter"), lang.Key("activation")}

func (d *Diagnosis) nonFiniteSentence(p profile.Profile) string {
	where := d.NonFinite.What
	switch {
	case where == "loss":
		where = d.Language.Text("the loss")
	case d.NonFinite.Layer < 0:
		where = d.Language.Sprintf("a %s", d.Language.Text(where))
	case where == "activation":
		where = d.Language.Sprintf("the output of %s", layerName(d.Language, p, d.NonFinite.Layer))
	default:
		where = d.Language.Sprintf("a %s of %s", d.Language.Text(where), layerName(d.Language, p, d.NonFinite.Layer))
	}
	if d.beforeUpdates(p) {
		return d.Language.Sprintf("In the first step, before any update, %s was not a finite number (it had overflowed or become NaN, \"not a number\"), and such numbers spread to all others: smaller initial weights or normalised inputs may help.", where)
	}
	return d.Language.Sprintf("At step %d %s was no longer a finite number (it had overflowed or become NaN, \"not a number\"), and such numbers spread to all others: a smaller learning rate or smaller initial weights may help.",
		d.NonFinite.Step, where)
}

// evidence lists the numbers.
func (d *Diagnosis) evidence(p profile.Profile) string {
	var parts []string
	if len(d.levels) >= 2 {
		first, last := layerName(d.Language, p, d.First), layerName(d.Language, p, d.Last)
		parts = append(parts, d.Language.Sprintf(
			"Gradient of the loss with respect to the pre-activations (RMS, median of %s): %s %s, %s %s, ratio %s.",
			d.Language.Count(d.Records, "recorded step"), first, words.Human(d.size(p, d.First)), last, words.Human(d.size(p, d.Last)), words.Human(d.Ratio)))
		parts = append(parts, d.Language.Sprintf(
			"A line through its logarithm over %s changes by %s decades (factors of ten) per layer toward the input, %s from %s to %s; R² = %.3f.",
			d.Language.Count(len(d.Fitted), "layer"), words.Signed(-d.Slope, 3), words.Signed(d.Change, 1), last, first, d.R2))
	}
	if d.Time != nil {
		parts = append(parts, d.timeEvidence(p))
	}
	if len(d.Blocked) > 0 {
		parts = append(parts, d.Language.Sprintf("Left out: %s on branches that pass no gradient on, as they do when they start at zero.",
			d.Language.Count(len(d.Blocked), "layer")))
	}
	return d.Language.Sentences(parts...)
}

// factor is the factor by which the gradient shrinks or grows per layer, as a number of 1 or more. A factor near 1 is printed with
// enough digits to differ from 1, as many layers make it large.
func (d *Diagnosis) factor() string {
	f := math.Pow(10, math.Abs(d.Slope))
	if f == 1 || f >= 1.1 {
		return words.Human(f)
	}
	return fmt.Sprintf("%.*g", 1+int(math.Ceil(-math.Log10(f-1))), f)
}

// trend compares the first fitted level with the last: by the measured change, or by the fitted line if the two differ much.
func (d *Diagnosis) trend(p profile.Profile) string {
	if d.uneven(p) {
		return d.Language.Sprintf("by the trend of all layers %s", d.compare(p, d.fittedChange(p)))
	}
	return d.compare(p, d.measured(p))
}

// compare compares the first fitted level with the last, for a change in decades.
func (d *Diagnosis) compare(p profile.Profile, change float64) string {
	from, to := d.ends()
	return compareSizes(d.Language, layerName(d.Language, p, from), layerName(d.Language, p, to), change)
}

// compareSizes compares the gradients of two named layers or steps, for a change in decades from the last to the first.
func compareSizes(say lang.Language, first, last string, change float64) string {
	ratio := math.Pow(10, change)
	switch share := words.Human(ratio); {
	case share == "1":
		return say.Sprintf("%s receives as much as %s does", first, last)
	case ratio < 0.1:
		return say.Sprintf("%s receives %s of what %s does", first, share, last)
	default:
		return say.Sprintf("%s receives %s times what %s does", first, share, last)
	}
}

func layerName(say lang.Language, p profile.Profile, layer int) string {
	return say.Sprintf("layer %d", p.Layers[layer].Depth)
}

// layerNames names layers by their depths: as a range, or one by one up to four.
func layerNames(say lang.Language, p profile.Profile, layers []int) string {
	var depths []string
	for _, l := range layers {
		if depth := strconv.Itoa(p.Layers[l].Depth); len(depths) == 0 || depths[len(depths)-1] != depth {
			depths = append(depths, depth)
		}
	}
	first, last := p.Layers[layers[0]].Depth, p.Layers[layers[len(layers)-1]].Depth
	if len(depths) == 1 {
		return layerName(say, p, layers[0])
	}
	if last-first == len(depths)-1 {
		return say.Sprintf("layers %d to %d", first, last)
	}
	if len(depths) > 4 {
		return say.Sprintf("%d layers from %d to %d", len(depths), first, last)
	}
	return say.Sprintf("layers %s and %s", strings.Join(depths[:len(depths)-1], say.Text(", ")), depths[len(depths)-1])
}

// span names a range of layers as the plural subject of a sentence: "the weights of layer 1" or "layers 1 to 7".
func span(say lang.Language, p profile.Profile, layers []int) string {
	first, last := p.Layers[layers[0]].Depth, p.Layers[layers[len(layers)-1]].Depth
	if first == last {
		return say.Sprintf("the weights of layer %d", first)
	}
	return say.Sprintf("layers %d to %d", first, last)
}

// smallestNormal is the smallest number that a type holds with full precision. Smaller numbers lose digits and then round to zero.
func smallestNormal(dtype string) float64 {
	if dtype == "float32" {
		return 0x1p-126
	}
	return 0x1p-1022
}
