package diagnose

import (
	"slices"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// stuckProfile has a loss that changes linearly from one value to another over its steps.
func stuckProfile(steps int, from, to float64, delta ...float64) profile.Profile {
	p := trainedProfile(steps, nil, delta...)
	p.Baseline = 2.3
	for i := range p.Records {
		p.Records[i].Loss = profile.Number(from + (to-from)*float64(i)/float64(steps-1))
	}
	return p
}

// disordered has the losses of stuckProfile from one value to another, but in disorder.
func disordered(from, to float64, delta ...float64) profile.Profile {
	p := stuckProfile(200, from, to, delta...)
	ordered := slices.Clone(p.Records)
	for i := range p.Records {
		p.Records[i].Loss = ordered[i*77%200].Loss*0.2 + 0.8*2.215
	}
	return p
}

// fallsAgain has a loss that was thrown up, and falls steeply, but not yet to that of the first step.
func fallsAgain(delta ...float64) profile.Profile {
	p := stuckProfile(200, 100, 4, delta...)
	p.Records[0].Loss = 2.6
	return p
}

// hardlyBetter has a loss that was thrown up, and has come back to a little below that of the first step.
func hardlyBetter(delta ...float64) profile.Profile {
	p := stuckProfile(200, 20, 2.35, delta...)
	p.Records[0].Loss = 2.6
	for i := range p.Records[150:] {
		p.Records[150+i].Loss = 2.45
	}
	return p
}

// A change of 1.5 decades is healthy in a network that learns, and not in a stuck one.
func TestStuck(t *testing.T) {
	shrinking, level := falling(6, 0.4), level(6)
	grown := falling(6, 2.5)
	for name, c := range map[string]struct {
		profile profile.Profile
		want    Verdict
	}{
		"learns, level":              {stuckProfile(200, 2.3, 0.5, level...), Healthy},
		"learns, shrinking":          {stuckProfile(200, 2.3, 0.5, shrinking...), Healthy},
		"stuck, level":               {stuckProfile(200, 2.31, 2.3, level...), Stuck},
		"stuck, shrinking":           {stuckProfile(200, 2.31, 2.3, shrinking...), Vanishing},
		"stuck, growing":             {stuckProfile(200, 2.31, 2.3, grown...), Exploding},
		"too early to tell":          {stuckProfile(100, 2.31, 2.3, level...), Healthy},
		"above guessing, but falls":  {stuckProfile(200, 40, 3, level...), Healthy},
		"far above, falls slowly":    {stuckProfile(200, 60, 30, level...), Healthy},
		"shrinking, falls slowly":    {stuckProfile(200, 60, 30, shrinking...), Vanishing},
		"growing, falls slowly":      {stuckProfile(200, 60, 30, grown...), Exploding},
		"shrinking, falls fast":      {stuckProfile(200, 40, 3, shrinking...), Healthy},
		"below guessing":             {stuckProfile(200, 2.2, 2.2, level...), Healthy},
		"thrown above guessing":      {stuckProfile(200, 1, 5, level...), Stuck},
		"begins to learn":            {stuckProfile(200, 2.3, 2.2, level...), Healthy},
		"falls by 1 %":               {stuckProfile(200, 2.31, 2.28, level...), Stuck},
		"a little below, noisy":      {disordered(2.3, 2.22, level...), Stuck},
		"thrown, and falls again":    {fallsAgain(level...), Stuck},
		"thrown, and hardly better":  {hardlyBetter(level...), Stuck},
		"rare class, learns":         {rare(0.5, level...), Healthy},
		"rare class, learns nothing": {rare(1, level...), Stuck},
		"rare class, shrinking":      {rare(1, shrinking...), Vanishing},
		"learns, with spikes":        {spiked(level...), Healthy},
	} {
		if d := Diagnose(c.profile); d.Verdict != c.want {
			t.Errorf("%s: got %v, want %v: %s", name, d.Verdict, c.want, d.Sentence)
		}
	}
	unknown := stuckProfile(200, 2.31, 2.3, level...)
	unknown.Baseline = 0
	expectVerdict(t, unknown, Healthy)
}

// quartered has a mean loss of each quarter, and losses that are by a share above and below it in turns.
func quartered(noise float64, means ...float64) profile.Profile {
	p := stuckProfile(200, 0, 0, level(6)...)
	for i := range p.Records {
		p.Records[i].Loss = profile.Number(means[i/50] * (1 + noise*float64(2*(i%2)-1)))
	}
	p.Records[0].Loss = 60
	return p
}

// Above guessing a quarter that is below the one before by chance does not count as a fall.
func TestStuckByNoise(t *testing.T) {
	for name, c := range map[string]struct {
		profile profile.Profile
		want    Verdict
	}{
		"falls":                        {quartered(0.1, 7, 5, 4, 3), Healthy},
		"falls amid noise":             {quartered(0.5, 20, 10, 6, 3), Healthy},
		"no lower than before":         {quartered(0.1, 7, 2.7, 3.4, 2.8), Stuck},
		"lower by less than the noise": {quartered(0.9, 7, 4, 4, 3.4), Stuck},
		"from guessing to below":       {quartered(0.5, 2.3, 2.3, 2.3, 2), Healthy},
	} {
		if d := Diagnose(c.profile); d.Verdict != c.want {
			t.Errorf("%s: got %v, want %v: %s", name, d.Verdict, c.want, d.Sentence)
		}
	}
}

// rare is a profile whose mean loss of 2.3 comes mostly from one batch in ten, as with a rare class. A factor multiplies the losses of its
// second half.
func rare(factor float64, delta ...float64) profile.Profile {
	p := stuckProfile(200, 0.5, 0.5, delta...)
	for i := range p.Records {
		if i*7%10 == 0 {
			p.Records[i].Loss = 18.5
		}
		if i >= 100 {
			p.Records[i].Loss *= profile.Number(factor)
		}
	}
	return p
}

// spiked has learnt, but for two batches.
func spiked(delta ...float64) profile.Profile {
	p := stuckProfile(200, 2.3, 0.5, delta...)
	p.Records[160].Loss, p.Records[190].Loss = 1e6, 1e9
	return p
}

// A gradient that explodes in the first step alone may spoil the weights.
func TestStuckAfterABadStart(t *testing.T) {
	start := func(factor float64) profile.Profile {
		p := stuckProfile(200, 2.31, 2.3, falling(6, 1.3)...)
		for l, delta := range falling(6, factor) {
			p.Records[0].Layers[l].DeltaRMS = profile.Number(delta)
		}
		return p
	}
	d := expectVerdict(t, start(7), Exploding, "In the first step layer 1 receives 2401 times what layer 5 does", "the 2.3 of guessing")
	expectFinding(t, d, "exploding", "In the first step", "Normalise each layer")
	expectVerdict(t, start(4), Stuck)
	expectVerdict(t, start(0.1), Stuck) // in most steps it grows
}

// A network without a gradient in any hidden layer may begin to learn, unless it is stuck.
func TestStuckWithoutGradients(t *testing.T) {
	none := []float64{0, 0, 0, 1}
	p := stuckProfile(100, 2.31, 2.3, none...)
	expectVerdict(t, p, Undetermined, "what lies between passes nothing back")
	p.Records[0].Details.Params[3].NormL2 = 0
	expectVerdict(t, p, Undetermined, "until its first update")
	d := expectVerdict(t, stuckProfile(200, 2.31, 2.3, none...), Vanishing, "layers 1 to 3 learn nothing")
	if f := expectFinding(t, d, "vanishing"); len(f.Layers) != 3 {
		t.Errorf("%+v", f)
	}
}

// The remedy of a stuck network depends on the size of its steps.
func TestStuckFinding(t *testing.T) {
	optimizer := &profile.Optimizer{Kind: profile.SGD, LearningRate: 0.01}
	with := func(update, from, to float64) Finding {
		p := stuckProfile(200, from, to, level(6)...)
		p.Optimizer = optimizer
		for i := range p.Records {
			for l := range p.Records[i].Details.Updates {
				p.Records[i].Details.Updates[l].Ratio = profile.Number(update)
			}
		}
		return expectFinding(t, Diagnose(p), "stuck", "has learnt nothing", "the 2.3 of guessing")
	}
	if f := with(1e-4, 2.31, 2.3); f.Code != "LearningRate: 0.1" || f.Severity != Critical {
		t.Errorf("small steps: %+v", f)
	}
	if f := with(0.02, 1, 2.5); f.Code != "LearningRate: 0.001" {
		t.Errorf("large steps: %+v", f)
	}
	if f := with(0.2, 2.31, 2.35); f.Code != "LearningRate: 5e-05" {
		t.Errorf("steps that are too large: %+v", f)
	}
	if f := with(2e-3, 2.31, 2.3); f.Code != "" {
		t.Errorf("usual steps: %+v", f)
	}
	expectVerdict(t, stuckProfile(200, 2.31, 2.27, level(6)...), Stuck, "the loss of 2.27 is hardly better than the 2.3 of guessing")
	expectVerdict(t, stuckProfile(200, 2.31, 2.3, level(6)...), Stuck, "the loss of 2.3 is no better than the 2.3 of guessing")
	weak := stuckProfile(200, 2.31, 2.3, falling(6, 0.4)...)
	expectFinding(t, Diagnose(weak), "vanishing", "too much for this network", "the 2.3 of guessing")
	ends := stuckProfile(200, 2.31, 2.3, 50, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1) // the line through all grows by less
	if f := expectFinding(t, Diagnose(ends), "exploding", "It is so in 100 % of 200 recorded steps"); f.Confidence != 1 {
		t.Errorf("ends that differ in all steps: %+v", f)
	}
}

// An optimiser that moves all layers alike spares a network what a vanishing gradient does, unless the network learns nothing.
func TestStuckIsCritical(t *testing.T) {
	broken := []float64{1e-5, 1e-5, 1e-5, 1, 1, 1}
	for _, delta := range [][]float64{falling(6, 0.05), broken} {
		for last, want := range map[float64]Severity{0.5: Warning, 2.3: Critical} {
			p := stuckProfile(200, 2.31, last, delta...)
			p.Optimizer = adam(1e-3)
			if f := expectFinding(t, Diagnose(p), "vanishing"); f.Severity != want {
				t.Errorf("%v, last loss %g: got %v, want %v: %s", delta, last, f.Severity, want, f.Evidence)
			}
		}
	}
}

// A recurrent network without other hidden layers has no depth: what counts is the change over its steps.
func TestStuckOverTime(t *testing.T) {
	p := stuckProfile(200, 2.31, 2.3, falling(6, 0.4)...)
	for i := range p.Layers {
		p.Layers[i].Path, p.Layers[i].Depth, p.Layers[i].Step, p.Layers[i].Recurrent = "cell", 1, i+1, true
	}
	d := expectVerdict(t, p, Vanishing, "step 1 receives", "the 2.3 of guessing")
	if f := expectFinding(t, d, "vanishing", "An LSTM whose forget gate"); f.Confidence != 1 || f.Severity != Critical {
		t.Errorf("%+v", f)
	}
}

// A remedy says that it was not tried, and advice to check something does not.
func TestUntriedRemedies(t *testing.T) {
	for remedy, f := range map[string]Finding{
		"Do. Not tried on this network.": {Remedy: "Do."}, "Do this.": {Remedy: "Do this.", Tried: true}, "Check.": {Remedy: "Check.", check: true}, "": {},
	} {
		if f.markUntried(lang.English); f.Remedy != remedy {
			t.Errorf("got %q, want %q", f.Remedy, remedy)
		}
	}
}

// The validation loss, which dropout does not raise, tells whether a network has learnt.
func TestStuckByValidation(t *testing.T) {
	with := func(from, to float64, val ...profile.Number) profile.Profile {
		p := stuckProfile(200, from, to, level(6)...)
		for i := range val {
			p.History = append(p.History, profile.Epoch{Epoch: i + 1, Step: 200 * (i + 1) / len(val), ValLoss: &val[i]})
		}
		return p
	}
	expectVerdict(t, with(2.4, 2.4), Stuck)
	expectVerdict(t, with(2.4, 2.4, 2.2, 1.9, 1.8, 1.7), Healthy)    // of Fashion-MNIST with dropout 0.5: a third are classified right
	expectVerdict(t, with(2.4, 2.4, 2.2, 1.9, 2.3, 2.4), Stuck)      // learnt, and forgotten
	expectVerdict(t, with(2.24, 2.24, 2.3, 2.3, 2.3, 2.3), Stuck)    // by both
	expectVerdict(t, with(4.8, 2.5), Healthy)                        // it still falls
	expectVerdict(t, with(4.8, 2.5, 2.4, 2.3, 2.31, 2.3), Stuck)     // with dropout 0.9 the noise falls, and nothing is learnt
	expectVerdict(t, with(4.8, 2.5, 5, 4, 3.2, 2.5), Healthy)        // both fall
	expectVerdict(t, with(2.3, 0.1, 2.3, 2.32, 2.34, 2.36), Healthy) // it learns the samples by heart
}

// Without validation data the loss under heavy dropout does not tell whether a network learns.
func TestHiddenByDropout(t *testing.T) {
	with := func(dropout profile.Number, from, to float64, delta ...float64) profile.Profile {
		p := stuckProfile(200, from, to, delta...)
		p.Dropout = dropout
		return p
	}
	const said = "dropout sets 90 % of the values to zero in training"
	expectVerdict(t, with(0.9, 4.8, 2.5, level(6)...), Undetermined, said, "no better than the 2.3 of guessing")
	expectVerdict(t, with(0.9, 2.4, 2.4, level(6)...), Undetermined, said)
	expectVerdict(t, with(0.2, 4.8, 2.5, level(6)...), Healthy)
	expectVerdict(t, with(0.2, 2.4, 2.4, level(6)...), Stuck)
	expectVerdict(t, with(0.9, 4.8, 1.5, level(6)...), Healthy)
	expectVerdict(t, with(0.9, 2.4, 2.4, falling(6, 0.1)...), Vanishing)
	p := with(0.9, 4.8, 2.5, level(6)...)
	right(&p, 0.3, 0.1)
	expectVerdict(t, p, Healthy)
	p.Records = p.Records[:100]
	p.History = nil
	expectVerdict(t, p, Healthy) // too early to tell
}

// Without the loss of guessing the sentence says that it is missing, where it could change the verdict.
func TestStuckWithoutBaseline(t *testing.T) {
	const missing = "cannot be told without the loss of guessing (baseline): the loss goes from 2.31 to 2.3."
	for name, c := range map[string]struct {
		steps int
		delta []float64
		said  bool
	}{
		"shrinking": {200, falling(6, 0.4), true},
		"growing":   {200, falling(6, 2.5), true},
		"level":     {200, level(6), false},
		"too early": {100, falling(6, 0.4), false},
	} {
		p := stuckProfile(c.steps, 2.31, 2.3, c.delta...)
		p.Baseline = 0
		if d := expectVerdict(t, p, Healthy); strings.Contains(d.Sentence, missing) != c.said {
			t.Errorf("%s: got %s", name, d.Sentence)
		}
	}
}

// A loss that came down from far above guessing, and stays there, has learnt to guess.
func TestCameDownToGuessing(t *testing.T) {
	from := func(loss profile.Number) profile.Profile {
		p := stuckProfile(200, 2.3, 2.3, level(6)...)
		for i := range 20 {
			p.Records[i].Loss = loss
		}
		return p
	}
	expectVerdict(t, from(50), Stuck, "has learnt to guess and no more", "came down from 50")
	expectVerdict(t, from(3), Stuck, "has learnt nothing")
	expectVerdict(t, quartered(0.1, 30, 12, 12, 12), Stuck, "has learnt nothing") // 12 is not the loss of guessing
}

// A network that gets more right than guessing has not learnt nothing.
func TestStuckAboveChance(t *testing.T) {
	with := func(accuracy profile.Number) profile.Profile {
		p := stuckProfile(200, 2.41, 2.41, level(6)...)
		p.BaselineAccuracy = 0.11
		p.History = []profile.Epoch{{Step: 199, TrainAccuracy: &accuracy}}
		return p
	}
	expectVerdict(t, with(0.17), Stuck, "has learnt hardly anything", "Still 17 % of the training samples are classified right, where guessing gets 11 %.")
	expectVerdict(t, with(0.12), Stuck, "has learnt nothing")
	p := with(0.12)
	val := profile.Number(0.21)
	p.History[0].ValAccuracy = &val
	expectVerdict(t, p, Stuck, "Still 21 % of the validation samples")
}
