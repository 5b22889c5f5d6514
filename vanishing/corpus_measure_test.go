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

// What a measured specimen suffers from is found without recorder and rules: all its samples are shown to it at once, before
// and after training, units are counted and weights compared bit by bit, and it is trained again at other rates. Each
// measurement has two bounds, and what lies between them is not counted either way.

// A measurement tells whether a specimen has a sickness, and whether that can be told.
type measurement func(t *testing.T, o *outcome) (sick, known bool)

// measured are the measurements, by the rule that should find the same, in the order they are made.
var measured = []struct {
	rule    string
	measure measurement
}{
	{"non-finite", isNotFinite}, // first: of a network of NaN nothing else can be told
	{"dead-relu", isDead},
	{"saturation", isSaturated},
	{"learning-rate-too-large", isTooFast},
	{"learning-rate-too-small", isTooSlow},
	{"layer-not-training", isStill},
	{"gradient-noise", isNoise},
}

// relabel replaces the labels by what is measured. What was said to be there has to be.
func (o *outcome) relabel(t *testing.T) {
	t.Helper()
	for _, m := range measured {
		sick, known := m.measure(t, o)
		if slices.Contains(o.sick, m.rule) && known && !sick {
			t.Errorf("%s, seed %d: not what it is said to be: there is no %s", o.name, o.seed, m.rule)
		}
		if delete(o.truth, m.rule); known && !slices.Contains(o.unknown, m.rule) {
			o.truth[m.rule] = sick
		}
	}
	if o.truth["non-finite"] || o.truth["dead-relu"] || o.truth["saturation"] || o.truth["learning-rate-too-large"] {
		for _, rule := range []string{"vanishing", "exploding", "bad-init-scale"} { // may be, as a consequence
			if !slices.Contains(o.sick, rule) {
				delete(o.truth, rule)
			}
		}
	}
}

// within compares a number with two bounds: healthy up to the lower one, sick from the upper one on.
func within(v, healthy, sick float64) (is, known bool) { return v >= sick, v >= sick || v <= healthy }

// look shows all samples to the network of some parameters, and gives its loss.
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

// drawn are the parameters as they were drawn.
func (o *outcome) drawn(t *testing.T) *graph.Params {
	params := graph.NewParams(tensor.Float32, o.seed)
	o.look(t, params, nil)
	if o.tamper != nil {
		o.tamper(params)
	}
	return params
}

// lossBefore is the loss before training.
func (o *outcome) lossBefore(t *testing.T) float64 {
	if o.before == 0 {
		o.before = o.look(t, o.drawn(t), nil)
	}
	return o.before
}

// isNotFinite looks at the losses, the parameters, and all that is computed of the samples.
func isNotFinite(t *testing.T, o *outcome) (sick, known bool) {
	broken := func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }
	sick = slices.ContainsFunc(o.losses, broken)
	for _, p := range o.params.All() {
		for _, v := range p.Value.Float32s() {
			sick = sick || broken(float64(v))
		}
	}
	loss := o.look(t, o.params, func(_ *graph.LayerTrace, pre []float32) {
		for _, v := range pre {
			sick = sick || broken(float64(v))
		}
	})
	return sick || broken(loss), true
}

// isDead counts the ReLU units that respond to no sample. Half of a deep network's may be by chance, and with 32 units up to
// two thirds.
func isDead(t *testing.T, o *outcome) (sick, known bool) {
	if o.truth["non-finite"] {
		return false, false
	}
	worst := 0.0
	o.look(t, o.params, func(l *graph.LayerTrace, pre []float32) {
		if l.Activation != graph.ReLU {
			return
		}
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
		worst = max(worst, float64(dead)/float64(units))
	})
	return within(worst, 0.65, 0.9)
}

// isSaturated counts where the derivative of an activation other than ReLU is below 1 % of its maximum.
func isSaturated(t *testing.T, o *outcome) (sick, known bool) {
	if o.truth["non-finite"] {
		return false, false
	}
	worst := 0.0
	o.look(t, o.params, func(l *graph.LayerTrace, pre []float32) {
		if l.Activation == graph.ReLU {
			return
		}
		flat := 0
		for _, z := range pre {
			if math.Abs(l.Activation.Derivative(float64(z))) < 0.01*l.Activation.MaxDerivative() {
				flat++
			}
		}
		worst = max(worst, float64(flat)/float64(len(pre)))
	})
	return within(worst, 0.65, 0.85)
}

// guessing is the cross-entropy of equal chances for all classes. A network that has only come to guess has learnt nothing.
var guessing = math.Log(classes)

// learnsAt tells whether the loss falls by a tenth, and of what guessing costs, when the specimen is trained at a multiple of
// its rate.
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

// isTooFast is a loss that is no lower after training, or no lower than guessing, and is at a tenth of the rate, or a power
// of it.
func isTooFast(t *testing.T, o *outcome) (sick, known bool) {
	if o.optimizer == nil || o.truth["non-finite"] {
		return false, o.optimizer == nil
	}
	return o.misses(t, min(o.lossBefore(t), guessing), 0.1, 0.01, 1e-3, 1e-4)
}

// isTooSlow is a loss that falls by less than 1 %, and at a hundred times the rate, or a power of it, does.
func isTooSlow(t *testing.T, o *outcome) (sick, known bool) {
	if o.optimizer == nil || o.truth["non-finite"] || o.truth["learning-rate-too-large"] {
		return false, !o.truth["non-finite"]
	}
	return o.misses(t, o.lossBefore(t), 1e2, 1e4)
}

// misses tells whether the loss is still what it was, and would fall at one of some multiples of the rate.
func (o *outcome) misses(t *testing.T, was float64, multiples ...float64) (sick, known bool) {
	switch fall := o.look(t, o.params, nil) / was; {
	case fall < 0.9:
		return false, true
	case fall < 0.99:
		return false, false
	}
	sick = slices.ContainsFunc(multiples, func(multiple float64) bool { return o.learnsAt(t, multiple) })
	return sick, sick
}

// isStill compares the weights of each layer with what they were: a layer is still if they are the same, bit by bit, while
// half of the others have moved by a thousandth of their size and more.
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
