package vanishing_test

import (
	"context"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// The sicknesses of a measured specimen are determined without recorder and rules. All samples are run at once, before and after
// training; units are counted and weights compared bit by bit; and the specimen is trained again at other rates. Each measurement
// has two bounds. Values between the bounds count neither as sick nor as healthy.

// A measurement reports whether a specimen has a sickness, and whether this is known.
type measurement func(t *testing.T, o *outcome) (sick, known bool)

// measured lists the measurements in order, each with the rule that should find the same.
var measured = []struct {
	rule    string
	measure measurement
}{
	{"non-finite", isNotFinite}, // first: nothing else can be measured in a network of NaN
	{"dead-relu", isDead},
	{"saturation", isSaturated},
	{"learning-rate-too-large", isTooFast},
	{"learning-rate-too-small", isTooSlow},
	{"layer-not-training", isStill},
	{"gradient-noise", isNoise},
}

// relabel replaces the labels by the measurements. It fails if a declared sickness is not measured.
func (o *outcome) relabel(t *testing.T) {
	t.Helper()
	for _, m := range measured {
		sick, known := m.measure(t, o)
		if slices.Contains(o.sick, m.rule) && known && !sick {
			t.Errorf("%s, seed %d: wrong label: no %s measured", o.name, o.seed, m.rule)
		}
		if delete(o.truth, m.rule); known && !slices.Contains(o.unknown, m.rule) {
			o.truth[m.rule] = sick
		}
	}
	if o.truth["non-finite"] || o.truth["dead-relu"] || o.truth["saturation"] || o.truth["learning-rate-too-large"] {
		for _, rule := range []string{"vanishing", "exploding", "bad-init-scale"} { // possible consequences: unknown
			if !slices.Contains(o.sick, rule) {
				delete(o.truth, rule)
			}
		}
	}
}

// within compares a number with two bounds: healthy up to the lower bound, sick from the upper bound on.
func within(v, healthy, sick float64) (is, known bool) { return v >= sick, v >= sick || v <= healthy }

// look runs the network with the given parameters on all samples and returns the loss.
func (o *outcome) look(t *testing.T, params *graph.Params, see func(l *graph.LayerTrace, pre []float32)) float64 {
	t.Helper()
	p, err := graph.Build(graph.Config{Model: o.model, Params: params, Input: o.shown.X.Shape().Clone(), Loss: o.lossOf()})
	if err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	for _, l := range p.Layers {
		if see != nil && l.Act != nil && !l.OnSkip {
			p.Tap(l.Pre, func(v gorgonia.Value) { see(l, v.(*tensor.Dense).Float32s()) })
		}
	}
	if err := p.Run(o.shown.X, o.shown.Y); err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	loss := p.LossValue()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return loss
}

// drawn returns the initial parameters.
func (o *outcome) drawn(t *testing.T) *graph.Params {
	if o.first != nil {
		return o.first
	}
	o.first = graph.NewParams(tensor.Float32, o.seed)
	o.look(t, o.first, nil)
	if o.tamper != nil {
		o.tamper(o.first)
	}
	return o.first
}

// lossBefore returns the loss before training.
func (o *outcome) lossBefore(t *testing.T) float64 {
	if o.before == 0 {
		o.before = o.look(t, o.drawn(t), nil)
	}
	return o.before
}

// A sight is what one run of all samples through the trained network shows.
type sight struct {
	loss float64
	// broken tells whether the loss or a pre-activation is not finite.
	broken bool
	// dead is the share of ReLU units that respond to no sample, and flat that of the entries whose activation, other than ReLU, has a
	// derivative below 1 % of its maximum: each of the worst layer.
	dead, flat float64
}

// sight runs all samples, once.
func (o *outcome) sight(t *testing.T) sight {
	t.Helper()
	if o.seen != nil {
		return *o.seen
	}
	o.seen = &sight{}
	o.seen.loss = o.look(t, o.params, func(l *graph.LayerTrace, pre []float32) {
		o.seen.broken = o.seen.broken || slices.ContainsFunc(pre, func(v float32) bool { return broken(float64(v)) })
		if l.Activation == graph.ReLU {
			o.seen.dead = max(o.seen.dead, deadShare(l, pre))
		} else {
			o.seen.flat = max(o.seen.flat, flatShare(l, pre))
		}
	})
	o.seen.broken = o.seen.broken || broken(o.seen.loss)
	return *o.seen
}

func broken(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }

func deadShare(l *graph.LayerTrace, pre []float32) float64 {
	units, _ := l.Units()
	live := make([]bool, units)
	for i, z := range pre {
		live[i%units] = live[i%units] || z > 0
	}
	dead := 0
	for _, lives := range live {
		if !lives {
			dead++
		}
	}
	return float64(dead) / float64(units)
}

func flatShare(l *graph.LayerTrace, pre []float32) float64 {
	flat := 0
	for _, z := range pre {
		if math.Abs(l.Activation.Derivative(float64(z))) < 0.01*l.Activation.MaxDerivative() {
			flat++
		}
	}
	return float64(flat) / float64(len(pre))
}

// isNotFinite checks the losses, the parameters, and all values computed from the samples.
func isNotFinite(t *testing.T, o *outcome) (sick, known bool) {
	sick = slices.ContainsFunc(o.losses, broken)
	for _, p := range o.params.All() {
		for _, v := range p.Value.Float32s() {
			sick = sick || broken(float64(v))
		}
	}
	return sick || o.sight(t).broken, true
}

// isDead counts the ReLU units that respond to no sample. In a deep network half of the units may be dead by chance, and up to two
// thirds in a layer of 32.
func isDead(t *testing.T, o *outcome) (sick, known bool) {
	if o.truth["non-finite"] {
		return false, false
	}
	return within(o.sight(t).dead, 0.65, 0.9)
}

// isSaturated counts the entries where the activation is flat.
func isSaturated(t *testing.T, o *outcome) (sick, known bool) {
	if o.truth["non-finite"] {
		return false, false
	}
	return within(o.sight(t).flat, 0.65, 0.85)
}

// guessing is the cross-entropy of equal probabilities for all classes. A network at this loss has learnt nothing.
var guessing = math.Log(classes)

// learnsAt reports whether training at a multiple of the specimen's rate brings the loss at least a tenth below its initial value
// and below the loss of guessing.
func (o *outcome) learnsAt(t *testing.T, multiple float64) bool {
	t.Helper()
	optimizer := fresh(o.optimizer)
	switch optimizer := optimizer.(type) {
	case *optim.SGD:
		optimizer.LearningRate *= multiple
	case *optim.Adam:
		optimizer.LearningRate *= multiple
	}
	trainer := o.trainer(optimizer, slices.Concat([]train.Callback{spoil{with: o.tamper}}, o.callbacks))
	if _, err := trainer.Fit(context.Background(), o.shown, nil); err != nil {
		t.Fatalf("%s: %v", o.name, err)
	}
	return o.look(t, trainer.Params, nil) < 0.9*min(o.lossBefore(t), guessing)
}

// isTooFast reports whether the loss does not fall below its initial value or that of guessing, but does at a tenth of the rate or
// less.
func isTooFast(t *testing.T, o *outcome) (sick, known bool) {
	if o.optimizer == nil || o.truth["non-finite"] {
		return false, o.optimizer == nil
	}
	return o.misses(t, min(o.lossBefore(t), guessing), 0.1, 0.01, 1e-3, 1e-4)
}

// isTooSlow reports whether the loss falls by less than 1 %, but falls at a hundred times the rate or more.
func isTooSlow(t *testing.T, o *outcome) (sick, known bool) {
	if o.optimizer == nil || o.truth["non-finite"] || o.truth["learning-rate-too-large"] {
		return false, !o.truth["non-finite"]
	}
	return o.misses(t, o.lossBefore(t), 1e2, 1e4)
}

// misses reports whether the loss has not fallen below the given one, but would at one of the multiples of the rate.
func (o *outcome) misses(t *testing.T, was float64, multiples ...float64) (sick, known bool) {
	switch fall := o.sight(t).loss / was; {
	case fall < 0.9:
		return false, true
	case fall < 0.99:
		return false, false
	}
	sick = slices.ContainsFunc(multiples, func(multiple float64) bool { return o.learnsAt(t, multiple) })
	return sick, sick
}

// isStill compares the weights of each layer with their initial values. A layer is still if its weights are the same, bit by bit,
// while those of half of the layers have moved by a thousandth of their size or more.
func isStill(t *testing.T, o *outcome) (sick, known bool) {
	if o.optimizer == nil {
		return false, true
	}
	var moved []float64
	for _, l := range o.profile.Layers {
		if !l.OnSkip {
			moved = append(moved, o.snapshot.moved(o.params, l.Path+"/weight"))
		}
	}
	slices.Sort(moved)
	typical := moved[len(moved)/2]
	switch {
	case o.truth["non-finite"] || !(typical >= 1e-3):
		return false, false
	case moved[0] == 0:
		return true, true
	}
	return false, moved[0] >= typical/100
}
