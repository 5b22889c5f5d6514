package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// The last of n + 1 layers is the output layer: n hidden layers have n - 1 steps between them.
func TestVerdictFollowsTheChangeOverTheDepth(t *testing.T) {
	for _, c := range []struct {
		hidden int
		factor float64
		want   Verdict
	}{
		{30, 0.24, Vanishing}, {30, 4.2, Exploding}, {30, 1, Healthy}, {5, 0.5, Healthy}, {5, 2, Healthy},
		{4, 0.0999, Vanishing}, {4, 0.1001, Healthy}, {4, 10.01, Exploding}, {4, 9.99, Healthy}, // on both sides of three decades
		{100, 0.94, Healthy}, {100, 0.93, Vanishing}, // 2.66 and 3.12 decades
		{3, 1e-9, Vanishing},
	} {
		d := expectVerdict(t, synthetic(append(falling(c.hidden, c.factor), 0.5)...), c.want)
		if want := math.Log10(c.factor) * float64(c.hidden-1); math.Abs(d.Change-want) > 1e-9 {
			t.Errorf("%d layers of factor %g: change %g, want %g", c.hidden, c.factor, d.Change, want)
		}
		if want := -math.Log10(c.factor); math.Abs(d.Slope-want) > 1e-9 {
			t.Errorf("%d layers of factor %g: slope %g, want %g", c.hidden, c.factor, d.Slope, want)
		}
		if want := math.Pow(c.factor, float64(c.hidden-1)); math.Abs(d.Ratio-want) > 1e-9*want {
			t.Errorf("%d layers of factor %g: ratio %g, want %g", c.hidden, c.factor, d.Ratio, want)
		}
		if math.Abs(d.R2-1) > 1e-9 {
			t.Errorf("%d layers of factor %g: R² %g, want 1", c.hidden, c.factor, d.R2)
		}
	}
}

func TestVerdictDoesNotDependOnScale(t *testing.T) {
	for _, factor := range []float64{0.24, 0.9, 4.2} {
		delta := append(falling(30, factor), 0.5)
		want := Diagnose(synthetic(delta...))
		for _, scale := range []float64{1e-250, 1e-20, 64, 1e20} {
			scaled := make([]float64, len(delta))
			for i := range delta {
				scaled[i] = scale * delta[i]
			}
			got := Diagnose(synthetic(scaled...))
			if got.Verdict != want.Verdict || math.Abs(got.Slope-want.Slope) > 1e-9 || got.Sentence != want.Sentence {
				t.Errorf("scaled by %g: %v, slope %g: %s; want %v, %g: %s", scale,
					got.Verdict, got.Slope, got.Sentence, want.Verdict, want.Slope, want.Sentence)
			}
		}
	}
}

// A layer counts with the median over its steps, which a few odd steps do not change.
func TestOddStepsDoNotMatter(t *testing.T) {
	p := synthetic(append(falling(10, 0.1), 0.5)...)
	p.Records = append(p.Records, record(1, falling(11, 0.1)), record(2, falling(11, 1e-3)),
		record(3, falling(11, 0.1)), record(4, falling(11, 5)))
	d := expectVerdict(t, p, Vanishing, "5 recorded steps")
	if d.Records != 5 || math.Abs(d.Slope-1) > 0.05 {
		t.Errorf("%d records, slope %g, want 5 and about 1", d.Records, d.Slope)
	}
}

func TestSkipsAndOutputAreNotOnTheLine(t *testing.T) {
	p := synthetic(1, 1, 1e-9, 1, 1e9)
	p.Layers[2].OnSkip = true
	d := expectVerdict(t, p, Healthy, "keeps its size", "layer 1 receives as much as layer 4 does")
	if len(d.Fitted) != 3 || d.First != 0 || d.Last != 3 {
		t.Errorf("fitted %v from %d to %d, want 3 layers from 0 to 3", d.Fitted, d.First, d.Last)
	}
}

func TestGradientThatLeftTheTypesRange(t *testing.T) {
	d := expectVerdict(t, synthetic(0, 0, 1e-42, 1e-28, 1e-14, 1, 1), Vanishing,
		"leaves float32's range at layer 2", "layers 1 to 2 learn nothing", "ratio 0")
	if len(d.Lost) != 2 || d.Ratio != 0 {
		t.Errorf("lost %v, ratio %g, want 2 layers and 0", d.Lost, d.Ratio)
	}
	// The line extends over the lost layers: 14 decades for each of 5 steps.
	if math.Abs(d.Change+70) > 0.1 {
		t.Errorf("change %g, want -70", d.Change)
	}
	expectVerdict(t, synthetic(0, 1e-40, 1e-20, 1, 1), Vanishing, "the weights of layer 1 learn nothing")
}

func TestGradientStoppedByADeadLayer(t *testing.T) {
	p := synthetic(0, 0, 0.5, 0.6, 0.7, 0.8)
	expectVerdict(t, p, Vanishing, "The gradient stops at layer 2: from there to the input it is exactly zero")
	p.Records[0].Details.Layers[1].Dead = 1
	expectVerdict(t, p, Vanishing, "No unit of layer 2 responds to any sample of the batch", "from layer 2 to the input", "layers 1 to 2 learn nothing")

	all := synthetic(0, 0, 0, 0, 0.8)
	all.Records[0].Details.Layers[2].Dead, all.Records[0].Details.Layers[3].Dead = 1, 1
	expectVerdict(t, all, Vanishing, "No unit of layer 3 responds", "from layer 4 to the input", "layers 1 to 4 learn nothing")
}

// A layer is dead only if it is dead in most of the recorded steps.
func TestDeadLayerIsDeadInMostSteps(t *testing.T) {
	for dead, want := range []string{
		"The gradient stops at layer 2", "The gradient stops at layer 2", "The gradient stops at layer 2",
		"No unit of layer 2 responds", "No unit of layer 2 responds",
	} {
		p := synthetic(0, 0, 0.5, 0.6, 0.7, 0.8)
		for step := 1; step < 4; step++ {
			p.Records = append(p.Records, record(step, []float64{0, 0, 0.5, 0.6, 0.7, 0.8}))
		}
		for i := range dead {
			p.Records[i].Details.Layers[1].Dead = 1
		}
		expectVerdict(t, p, Vanishing, want)
	}
}

func TestBlockedBranchesAreLeftOut(t *testing.T) {
	d := expectVerdict(t, synthetic(1, 0, 1.1, 0, 1.2, 0, 1.1, 1), Healthy, "Left out: 3 layers on branches")
	if len(d.Blocked) != 3 || len(d.Lost) != 0 || len(d.Fitted) != 4 {
		t.Errorf("blocked %v, lost %v, fitted %v, want 3, 0 and 4 layers", d.Blocked, d.Lost, d.Fitted)
	}
}

func TestUndetermined(t *testing.T) {
	none := synthetic(1, 1, 1, 1)
	none.Records = nil
	expectVerdict(t, none, Undetermined, "Nothing was recorded")
	expectVerdict(t, profile.Profile{}, Undetermined, "Nothing was recorded")
	expectVerdict(t, synthetic(0), Undetermined, "exactly zero in all layers")
	expectVerdict(t, synthetic(0, 0, 0, 0, 0), Undetermined, "exactly zero in all layers", "nothing left to learn")
	expectVerdict(t, synthetic(0, 0, 0, 0, 1), Undetermined, "reaches the output layer and no hidden layer")
	expectVerdict(t, synthetic(1, 0, 0, 1), Undetermined, "Only 1 hidden layer has a gradient that is not zero")
}

func TestShallowNetworks(t *testing.T) {
	expectVerdict(t, synthetic(1), Healthy, "has no hidden layer: too little depth")
	expectVerdict(t, synthetic(1e-9, 1), Healthy, "has 1 hidden layer: too little depth")
	expectVerdict(t, synthetic(0.5, 1, 1), Healthy, "keeps its size")
	expectVerdict(t, synthetic(1e-9, 1, 1), Vanishing, "layer 1 receives 1e-9 of what layer 2 does")
	expectVerdict(t, synthetic(1e9, 1, 1), Exploding, "layer 1 receives 1e9 times what layer 2 does")
	expectVerdict(t, synthetic(1, 0, 0, 1, 1), Healthy, "keeps its size", "Left out: 2 layers on branches")
}

func TestNonFiniteNamesWhereItBegan(t *testing.T) {
	nan, inf := profile.Number(math.NaN()), profile.Number(math.Inf(1))
	network := func() profile.Profile {
		p := synthetic(append(falling(10, 2), 1)...)
		p.Params = []profile.Param{{Name: "densea/weight", Layer: "densea", Depth: 1}, {Name: "densec/weight", Layer: "densec", Depth: 3}}
		p.Records = append(p.Records, record(7, falling(11, 2)), record(8, falling(11, 2)))
		for i := range p.Records {
			r := &p.Records[i]
			r.Params, r.Details.Params = make([]profile.ParamRecord, 2), make([]profile.ParamDetail, 2)
			r.Details.Updates = []profile.Update{{}, {Ratio: nan}} // of a parameter of norm 0, which is not an error
		}
		return p
	}
	expectVerdict(t, network(), Healthy)

	for _, c := range []struct {
		spoil func(r *profile.Record)
		want  profile.NonFiniteEvent
		words string
	}{
		{func(r *profile.Record) {
			r.Details.Layers[3].ActMean, r.Details.Layers[4].ActMean, r.Loss, r.Layers[9].DeltaRMS = nan, nan, nan, nan
		}, profile.NonFiniteEvent{Step: 7, What: "activation", Layer: 3}, "At step 7 the output of layer 4 was no longer a finite number"},
		{func(r *profile.Record) { r.Details.Layers[2].ActStd = inf },
			profile.NonFiniteEvent{Step: 7, What: "activation", Layer: 2}, "the output of layer 3"},
		{func(r *profile.Record) { r.Loss, r.Layers[9].DeltaRMS = inf, nan },
			profile.NonFiniteEvent{Step: 7, What: "loss", Layer: -1}, "At step 7 the loss was no longer"},
		{func(r *profile.Record) { r.Layers[5].DeltaRMS, r.Layers[0].DeltaRMS = inf, nan },
			profile.NonFiniteEvent{Step: 7, What: "gradient", Layer: 5}, "a gradient of layer 6 was"},
		{func(r *profile.Record) { r.Params[0].GradL2, r.Params[1].GradL2 = nan, inf }, // going backward
			profile.NonFiniteEvent{Step: 7, What: "gradient", Layer: 2}, "a gradient of layer 3 was"},
		{func(r *profile.Record) { r.Details.Params[1].NormL2 = nan },
			profile.NonFiniteEvent{Step: 7, What: "parameter", Layer: 2}, "a parameter of layer 3 was"},
	} {
		p := network()
		for i := range p.Records[1:] {
			c.spoil(&p.Records[1+i])
		}
		d := expectVerdict(t, p, NonFinite, c.words, "median of 1 recorded step)")
		if d.NonFinite == nil || *d.NonFinite != c.want {
			t.Errorf("got %+v, want %+v", d.NonFinite, c.want)
		}
	}
}

func TestNonFiniteInTheFirstRecordHasNoNumbers(t *testing.T) {
	p := synthetic(1, 1, 1, 1)
	p.Records[0].Loss = profile.Number(math.NaN())
	if d := expectVerdict(t, p, NonFinite); d.Evidence != "" || !math.IsNaN(d.Slope) || d.Records != 0 {
		t.Errorf("evidence %q, slope %g, %d records, want none", d.Evidence, d.Slope, d.Records)
	}
}

func TestSentencesReadWell(t *testing.T) {
	for want, delta := range map[string][]float64{
		"The gradient shrinks by a factor of 4.2 per layer on its way back: layer 1 receives 8.4e-19 of what layer 30 does, so the early layers hardly learn.":                                        append(falling(30, 1/4.2), 1),
		"The gradient grows by a factor of 2.1 per layer on its way back: layer 1 receives 2.2e9 times what layer 30 does, so an update that suits the late layers throws the early ones far off.":    append(falling(30, 2.1), 1),
		"The gradient keeps its size on its way back: layer 1 receives 0.66 times what layer 5 does, so early and late layers can learn together.":                                                    append(falling(5, 0.9), 1),
		"The gradient shrinks a little on its way back: layer 1 receives 0.0081 of what layer 5 does. That is short of the factor of 1000 that is called vanishing.":                                  append(falling(5, 0.3), 1),
		"The gradient shrinks a little on its way back: layer 1 receives 0.032 of what layer 5 does. That is short of the factor of 1000 that is called vanishing.":                                   append(falling(5, 0.4217), 1),
		"The gradient grows a little on its way back: layer 1 receives 32 times what layer 5 does. That is short of the factor of 1000 that is called exploding.":                                     append(falling(5, 2.371), 1),
		"The gradient shrinks by a factor of 1.04 per layer on its way back: layer 1 receives 1.9e-4 of what layer 200 does, so the early layers hardly learn.":                                       append(falling(200, math.Pow(10, -3.72/199)), 1),
		"The gradient grows by a factor of 1.007 per layer on its way back: layer 1 receives 1072 times what layer 1000 does, so an update that suits the late layers throws the early ones far off.": append(falling(1000, math.Pow(10, 3.03/999)), 1),
		"The gradient grows a little on its way back: layer 1 receives 81 times what layer 5 does. That is short of the factor of 1000 that is called exploding.":                                     append(falling(5, 3), 1),
	} {
		if got := Diagnose(synthetic(delta...)).Sentence; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestEvidenceGivesTheNumbers(t *testing.T) {
	want := "Gradient of the loss with respect to the pre-activations (RMS, median of 1 recorded step): layer 1 1e-5, layer 6 1, ratio 1e-5. " +
		"A line through its logarithm over 6 layers changes by -1.000 decades (factors of ten) per layer toward the input, -5.0 from layer 6 to layer 1; R² = 1.000."
	if got := Diagnose(synthetic(append(falling(6, 0.1), 1)...)).Evidence; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// If the layers at the ends go against the trend of the others, the sentence does not contradict itself.
func TestSentenceOfAnUnevenProfile(t *testing.T) {
	delta := append(falling(20, 0.1), 1)
	delta[0], delta[19] = 1, 1e-3
	expectVerdict(t, synthetic(delta...), Vanishing,
		"way back through layers 2 to 14", "layer 1 receives 1000 times what layer 20 does", "ratio 1000")
	delta[0], delta[19] = 1e-16, 1
	expectVerdict(t, synthetic(delta...), Vanishing, "way back: by the trend of all layers layer 1 receives")
}

// An invalid profile has neither verdict nor numbers.
func TestProfilesThatCannotBeJudged(t *testing.T) {
	short, level := synthetic(falling(5, 0.1)...), synthetic(falling(5, 0.1)...)
	short.Layers = short.Layers[:4]
	setDepths(&level, 0, 0, 0, 0, 0)
	for want, p := range map[string]profile.Profile{
		"got 5 entries in layers, want 4":             short,
		`layer "densea": got depth 0, want 1 or more`: level,
	} {
		d := expectVerdict(t, p, Undetermined, "This profile cannot be judged: ", want)
		if !math.IsNaN(d.Slope) || !math.IsNaN(d.Change) || d.First != -1 || d.Evidence != "" || d.Budget.Known() || d.Findings != nil {
			t.Errorf("numbers of a profile that cannot be judged: %+v", d)
		}
	}
}
