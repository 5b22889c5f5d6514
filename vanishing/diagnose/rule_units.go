package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// findDead finds ReLU layers in which more units are dead (respond to no sample of the batch) than chance explains. In a deep
// network all samples look alike to the late layers, so each of their units is dead with probability one half. The limit is three
// standard deviations above it: 1/2 + 3/(2·sqrt(units)).
func findDead(r *ruleInput) []Finding {
	f, worst := r.unitFinding(func(l int) (limit float64, applies bool) {
		return min(0.5+1.5/math.Sqrt(float64(r.Layers[l].Units)), 0.99), r.Layers[l].Activation.Kind == profile.ReLU
	}, func(l profile.LayerDetail) float64 { return float64(l.Dead) })
	if f == nil {
		return nil
	}
	f.Severity = Warning
	if worst.share == 1 && !r.hasLearnt() {
		f.Severity = Critical
	}
	f.Sentence = r.say.Sprintf("In %s the larger part of the ReLU units responds to no sample of the batch; such a unit passes no gradient on and cannot recover on its own.",
		layerNames(r.say, r.Profile, f.Layers))
	f.Evidence = r.say.Sprintf("Most in %s: %s of its units are dead on the whole batch (median of %s).",
		layerName(r.say, r.Profile, worst.layer), words.Percent(worst.share), r.say.Count(worst.known, "recorded step"))
	if !r.idleNorm(f) && !r.blankInputs(f) && !r.offScale(f) && !r.zeroWeights(f) && !r.farBiases(f) && !r.narrow(f) {
		r.cureDead(f)
	}
	return []Finding{*f}
}

// cureDead sets the remedy of dead units. A lower rate is one only for units that training killed.
func (r *ruleInput) cureDead(f *Finding) {
	died := f.Step > r.Records[0].Step
	if died && (r.targetsOffScale(f) || r.overweighted(f)) {
		return
	}
	leaky := option{text: r.say.Text("LeakyReLU lets a gradient through in any case."), code: "Activation: graph.LeakyReLU(0.01)"}
	normed := option{text: r.say.Text("Normalisation brings each unit back to where it responds to half of the samples.")}
	if r.isNormed(f.Layers) {
		normed.text = ""
	}
	if f.Step == 0 {
		f.advise(r.say, normed, leaky)
		return
	}
	slower := option{r.say.Text("A lower learning rate keeps biases from being thrown far below zero."), "", learningRate, -1}
	if died {
		slower.code = rateCode(r.Profile, 10)
		if large := findLargeRate(r); len(large) > 0 {
			slower.code = large[0].Code
		}
	}
	f.advise(r.say, slower, normed, leaky)
}

// saturatedLimit is the share of saturated pre-activations above which a layer is called saturated. Networks of tanh that learn well
// have layers with more than half. Three quarters halve the gradient's RMS.
const saturatedLimit = 0.75

// findSaturation finds layers of other activations in which the derivative is below 1 % of its maximum for most pre-activations.
func findSaturation(r *ruleInput) []Finding {
	f, worst := r.unitFinding(func(l int) (limit float64, applies bool) {
		return saturatedLimit, r.Layers[l].Activation.Kind != profile.ReLU && r.Layers[l].Activation.Kind != ""
	}, func(l profile.LayerDetail) float64 { return float64(l.Saturated) })
	if f == nil {
		return nil
	}
	f.Severity = Warning
	switch falls, most := len(r.sample) > 1 && r.falls(), worst.share > 0.9; {
	case r.hasLearnt() || falls && !most:
		f.Severity = Note // the network learns nevertheless
	case most && !falls:
		f.Severity = Critical
	}
	activation := r.Layers[worst.layer].Activation
	f.Sentence = r.say.Sprintf("In %s most pre-activations lie where %s is flat, so that hardly any gradient passes.",
		layerNames(r.say, r.Profile, f.Layers), activation)
	f.Evidence = r.say.Sprintf("Most in %s: at %s of its pre-activations the derivative is below 1 %% of its maximum (median of %s).",
		layerName(r.say, r.Profile, worst.layer), words.Percent(worst.share), r.say.Count(worst.known, "recorded step"))
	if r.offScale(f) || r.farBiases(f) || r.otherLoss(f) || f.Step > r.Records[0].Step && (r.targetsOffScale(f) || r.slower(f)) || r.fewSamples(f) { // training made them so, or the batch
		r.unneeded(f)
		return []Finding{*f}
	}
	if f.Step > r.Records[0].Step && !(len(r.sample) > 1 && r.falls()) && r.beganWell() {
		f.advise(r.say, option{r.say.Text("At first it was steep there, and steps have driven the pre-activations on: lower the learning rate 10 times."), rateCode(r.Profile, 10), learningRate, -1})
		return []Finding{*f}
	}
	if r.isNormed(f.Layers) {
		f.advise(r.say, option{text: r.say.Text("A smaller gain of the normalisation brings the pre-activations back to where it is steep.")})
		return []Finding{*f}
	}
	norm := "Norm: graph.BN"
	if r.batch() <= tooFew { // which it could not be over
		norm = "Norm: graph.LN"
	}
	f.advise(r.say,
		option{r.say.Text("Smaller initial weights bring the pre-activations back to where it is steep."), "", initialScale, -1},
		option{text: r.say.Text("Inputs normalised to mean 0 and deviation 1, or normalisation before the activation, bring pre-activations to where it is steep in any case."), code: norm})
	return []Finding{*f}
}

// isNormed reports whether all of some layers are normalised before their activation.
func (r *ruleInput) isNormed(layers []int) bool {
	return !slices.ContainsFunc(layers, func(l int) bool { return r.Layers[l].Norm.Kind == "" })
}

// A worstLayer is the layer with the largest median share, and the number of records in the median.
type worstLayer struct {
	layer, known int
	share        float64
}

// unitFinding is a finding about the hidden layers whose share is above their limit in most records, without a sentence. It is nil
// if there are none.
func (r *ruleInput) unitFinding(limitOf func(layer int) (limit float64, applies bool), share func(profile.LayerDetail) float64) (*Finding, worstLayer) {
	var f *Finding
	var worst worstLayer
	for _, l := range r.hidden {
		limit, applies := limitOf(l)
		if !applies {
			continue
		}
		t := countIn(r.detailed, func(rec profile.Record) (bool, bool) {
			v := share(rec.Details.Layers[l])
			return v > limit, !math.IsNaN(v)
		})
		if !t.mostly() {
			continue
		}
		if f == nil {
			f = &Finding{Step: t.first}
		}
		f.Layers = append(f.Layers, l)
		f.Step, f.Confidence = min(f.Step, t.first), max(f.Confidence, t.confidence())
		if v := median(r.detailed, func(rec profile.Record) float64 { return share(rec.Details.Layers[l]) }); v > worst.share {
			worst = worstLayer{l, t.known, v}
		}
	}
	return f, worst
}
