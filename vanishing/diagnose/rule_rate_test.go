package diagnose

import (
	"math"
	"testing"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

func TestLearningRates(t *testing.T) {
	ratio := func(u float64) func(*profile.Profile) {
		return eachUpdate(func(_, _ int, update *profile.Update) { update.Ratio = profile.Number(u) })
	}
	expectNoFinding(t, Diagnose(flat(ratio(0.2))), "learning-rate-too-large") // the loss falls
	large := flat(ratio(0.2))
	levelLoss(&large)
	expectFinding(t, Diagnose(large), "learning-rate-too-large", "0.2 of its size", "about 200 times", "LearningRate: 5e-05", "learning rate times the gradient")

	// One loss does not show whether it falls.
	single := large
	single.Records = single.Records[:1]
	expectNoFinding(t, Diagnose(single), "learning-rate-too-large")

	// One step throws the weights far off, and the later steps hardly move them.
	once := flat(ratio(1e-4))
	levelLoss(&once)
	expectNoFinding(t, Diagnose(once), "learning-rate-too-large")
	for l := range once.Records[0].Params {
		once.Records[0].Details.Updates[l].Ratio = 40
	}
	expectFinding(t, Diagnose(once), "learning-rate-too-large")

	// After it was thrown up, the loss may return to that of guessing, a little below the first loss, or fall far below it.
	for _, c := range []struct {
		peak, last float64
		want       bool
	}{{3.1, 0.8, true}, {2.9, 0.8, false}, {3.1, 0.45, false}, {100, 0.55, true}} {
		back := flat(ratio(0.2))
		for i := range back.Records {
			back.Records[i].Loss = profile.Number(c.last)
		}
		back.Records[0].Loss, back.Records[1].Loss = 1, profile.Number(c.peak)
		if d := Diagnose(back); c.want {
			expectFinding(t, d, "learning-rate-too-large", "threw the loss to "+words.Human(c.peak)+" times")
		} else {
			expectNoFinding(t, d, "learning-rate-too-large")
		}
	}

	small := flat(ratio(1e-8))
	expectFinding(t, Diagnose(small), "learning-rate-too-small", "1e6 steps to move it by 1 %", "too small for SGD", "Optimizer: &optim.Adam{}") // a rate of 100 would throw off biases
	small.Optimizer = adam(1e-08)
	for i := range small.Records {
		small.Records[i].LearningRate = 0
	}
	expectFinding(t, Diagnose(small), "learning-rate-too-small", "whatever its gradient", "LearningRate: 0.001") // to steps of 1e-3
	output := flat(eachUpdate(func(_, l int, u *profile.Update) {
		if u.Ratio = 5e-7; l == 10 {
			u.Ratio = 1e-3
		}
	}))
	expectFinding(t, Diagnose(output), "learning-rate-too-small", "Raise the learning rate 10 times") // the output layer moves as usual
	expectFinding(t, Diagnose(flat(ratio(9e-6))), "learning-rate-too-small", "Raise the learning rate 10 times", "LearningRate: 0.1")
	expectNoFinding(t, Diagnose(flat(ratio(math.NaN()))), "learning-rate-too-small") // no update was made
}

// A run that diverges has ever larger steps, which say nothing of the rate that would suit: its usual steps do.
func TestRateOfARunThatDiverges(t *testing.T) {
	diverging := func(usually float64) profile.Profile {
		p := flat(eachUpdate(func(step, _ int, u *profile.Update) {
			if u.Ratio = profile.Number(usually); step > 17 {
				u.Ratio = 1e6
			}
		}))
		levelLoss(&p)
		return p
	}
	expectFinding(t, Diagnose(diverging(0.05)), "learning-rate-too-large", "up to 1e6 times", "Lower the learning rate about 50 times", "LearningRate: 0.0002")
	expectFinding(t, Diagnose(diverging(1e-3)), "learning-rate-too-large", "Lower the learning rate about 10 times", "LearningRate: 0.001")
}

// Weights that begin very small make Adam's first step large against them, and the steps after it usual.
func TestRateOfSmallWeights(t *testing.T) {
	p := flat(eachUpdate(func(step, _ int, u *profile.Update) {
		if u.Ratio = 0.02; step == 0 {
			u.Ratio = 2
		}
	}))
	levelLoss(&p)
	expectFinding(t, Diagnose(p), "learning-rate-too-large", "Lower the learning rate about 2000 times")
	p.Optimizer = adam(0.01)
	expectFinding(t, Diagnose(p), "learning-rate-too-large", "Lower the learning rate about 200 times", "LearningRate: 5e-05")
}

// Steps that weight decay makes are no fault of the learning rate.
func TestStepsOfWeightDecay(t *testing.T) {
	p := flat(eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = 0.15 }))
	levelLoss(&p)
	p.Optimizer = sgd(0.1)
	p.Optimizer.WeightDecay = 0.5
	expectFinding(t, Diagnose(p), "learning-rate-too-large", "Lower the learning rate", "LearningRate: ")
	p.Optimizer.WeightDecay = 1
	expectFinding(t, Diagnose(p), "learning-rate-too-large", "Weight decay alone takes 10 %", "WeightDecay: 0.01")
}

// A schedule changes the optimiser's rate in proportion, so that advice is in terms of that rate.
func TestRateUnderASchedule(t *testing.T) {
	scheduled := func(share, update float64) profile.Profile {
		p := flat(eachUpdate(func(_, _ int, u *profile.Update) { u.Ratio = profile.Number(update) }))
		levelLoss(&p)
		for i := range p.Records {
			p.Records[i].LearningRate = profile.Number(0.01 * share)
		}
		return p
	}
	expectFinding(t, Diagnose(scheduled(0.5, 0.2)), "learning-rate-too-large", "LearningRate: 5e-05")
	expectFinding(t, Diagnose(scheduled(0.5, 1e-6)), "learning-rate-too-small", "LearningRate: 1")
	if f := expectFinding(t, Diagnose(scheduled(1e-4, 1e-6)), "learning-rate-too-small", "only 1e-4 of the optimiser's own"); f.Code != "" {
		t.Errorf("a schedule that keeps the rate low: %+v", f)
	}
}

// The bounds of the update ratio are exact.
func TestBoundsOfLearningRates(t *testing.T) {
	level := func(u func(step int) float64) Diagnosis {
		p := flat(eachUpdate(func(step, _ int, update *profile.Update) { update.Ratio = profile.Number(u(step)) }))
		levelLoss(&p)
		return Diagnose(p)
	}
	first := func(steps int, u float64) func(int) float64 {
		return func(step int) float64 {
			if step < steps {
				return u
			}
			return 1e-4
		}
	}
	always := func(u float64) func(int) float64 { return func(int) float64 { return u } }
	for _, c := range []struct {
		what string
		u    func(step int) float64
		rule string
		want bool
	}{
		{"above a tenth", always(0.11), "learning-rate-too-large", true},
		{"below a tenth", always(0.09), "learning-rate-too-large", false},
		{"large in most of the first quarter of 20", first(3, 0.2), "learning-rate-too-large", true},
		{"large in less than half of it", first(2, 0.2), "learning-rate-too-large", false},
		{"one step larger than the weights", first(1, 1.1), "learning-rate-too-large", true},
		{"one step not as large", first(1, 0.9), "learning-rate-too-large", false},
		{"below 1e-5", always(9e-6), "learning-rate-too-small", true},
		{"above 1e-5", always(1.1e-5), "learning-rate-too-small", false},
	} {
		if d := level(c.u); c.want {
			expectFinding(t, d, c.rule)
		} else if expectNoFinding(t, d, c.rule); t.Failed() {
			t.Fatal(c.what)
		}
	}
}

// Small steps add up: a thousandth of the weights is enough, if the loss falls.
func TestSmallStepsThatAddUp(t *testing.T) {
	for _, c := range []struct {
		steps int
		want  bool
	}{{19, true}, {190, false}} { // of 9e-6 each: 1.7e-4 and 1.7e-3
		p := flat(eachUpdate(func(_, _ int, update *profile.Update) { update.Ratio = 9e-6 }))
		for i := range p.Records {
			p.Records[i].Step = i * c.steps / 19
		}
		if d := Diagnose(p); c.want {
			expectFinding(t, d, "learning-rate-too-small")
		} else {
			expectNoFinding(t, d, "learning-rate-too-small")
		}
	}
}

// A weak gradient of a stuck network comes after a rate that makes next to no steps, if the rate and not the gradient sets them.
func TestSlowStepsBeforeAWeakGradient(t *testing.T) {
	weak := func(optimizer *profile.Optimizer, ratio profile.Number) Diagnosis {
		p := trainedProfile(200, optimizer, append(falling(5, 0.3), 1)...)
		p.Baseline = 1
		for i := range p.Records {
			p.Records[i].Loss = 1
			for l := range p.Records[i].Details.Updates {
				p.Records[i].Details.Updates[l].Ratio = ratio
			}
		}
		return Diagnose(p)
	}
	d := weak(adam(1e-7), 5e-7)
	f := expectFinding(t, d, "vanishing", "raise the learning rate 2000 times, or train longer. Let skips")
	if d.Verdict != Vanishing || f.Code != "LearningRate: 0.0002" { // 1e-7 · 1e-3/5e-7
		t.Errorf("%v, got %q", d.Verdict, f.Code)
	}
	expectFinding(t, d, "learning-rate-too-small", "Raise the learning rate 2000 times")
	if f := expectFinding(t, weak(adam(1e-3), 1e-3), "vanishing"); f.Code != skipCode {
		t.Errorf("usual steps: got %q: %s", f.Code, f.Remedy)
	}
	if f := expectFinding(t, weak(sgd(1e-3), 4e-7), "vanishing"); f.Code != skipCode { // the steps are small as the gradient is
		t.Errorf("SGD: got %q: %s", f.Code, f.Remedy)
	}
	coarse := adam(1e-3)
	coarse.Epsilon = 1 // as they are with gradients below epsilon
	if f := expectFinding(t, weak(coarse, 4e-7), "vanishing"); f.Code != skipCode {
		t.Errorf("epsilon: got %q: %s", f.Code, f.Remedy)
	}
}

// AdaGrad's own decay is what makes its steps small, and not its rate, which the first step takes whole.
func TestRateThatAdaGradDecays(t *testing.T) {
	p := flat(eachUpdate(func(step, _ int, u *profile.Update) { u.Ratio = profile.Number(1e-4 / (1 + 100*float64(step))) }))
	p.Optimizer = &profile.Optimizer{Kind: profile.AdaGrad, LearningRate: 0.01, RateDecay: 100}
	levelLoss(&p)
	expectFinding(t, Diagnose(p), "learning-rate-too-small", "AdaGrad's decay of 100 leaves its learning rate at", "RateDecay: 0")
	p.Optimizer.RateDecay = 0
	expectFinding(t, Diagnose(p), "learning-rate-too-small", "Raise the learning rate")
}
