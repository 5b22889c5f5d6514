package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// findNonFinite finds the first NaN or infinity and names its neighbours.
func findNonFinite(r *ruleInput) []Finding {
	e := r.d.NonFinite
	if e == nil {
		return nil
	}
	f := Finding{Severity: Critical, Step: e.Step, Sentence: r.d.nonFiniteSentence(r.Profile), Confidence: 1}
	if e.Layer >= 0 {
		f.Layers = []int{e.Layer}
	}
	var parts []string
	if text := r.neighbours(*e); text != "" {
		parts = append(parts, text)
	}
	if text := r.lastFinite(); text != "" {
		parts = append(parts, text)
	}
	f.Evidence = r.say.Sentences(parts...)
	if r.d.beforeUpdates(r.Profile) {
		f.Remedy = r.say.Text("No update had been made, so the learning rate is not the cause: smaller initial weights or normalised inputs keep numbers in range. machine.Machine.WatchNonFinite names the operation.")
		return []Finding{f}
	}
	if r.offScale(&f) || r.explodedFirst(&f) || r.targetsOffScale(&f) {
		return []Finding{f}
	}
	code := rateCode(r.Profile, 10)
	if large := findLargeRate(r); len(large) > 0 { // it knows the size of the steps
		code = large[0].Code
	} else if len(r.sample) == 1 && r.update(r.sample[0]) > 1 {
		code = rateCode(r.Profile, r.excess())
	}
	f.advise(r.say, append(smallerNumbers(r.say, code), option{text: r.say.Text("machine.Machine.WatchNonFinite names the operation.")})...)
	return []Finding{f}
}

// smallerNumbers are the ways to keep numbers in range, with the line of code for smaller steps.
func smallerNumbers(say lang.Language, code string) []option {
	return []option{
		{say.Text("Smaller steps keep numbers in range."), code, learningRate, -1},
		{say.Text("Smaller initial weights make for smaller numbers."), "", initialScale, -1},
		{text: say.Text("Clipping bounds the gradients.")},
	}
}

// explodedFirst sets the remedy of a gradient that exploded before any update: a lower rate only puts the end off.
func (r *ruleInput) explodedFirst(f *Finding) bool {
	if len(r.d.levels) < 2 || len(r.sample) == 0 || r.sample[0].Step > 0 || !(changeOf(r.sample[0], r.d.Last, r.d.First) >= Threshold) {
		return false
	}
	if !r.otherRule(f) {
		f.Remedy, f.Code = suggestion(r.Profile, r.d)
	}
	return true
}

// beforeUpdates reports whether a number was not finite before the first update of the parameters.
func (d *Diagnosis) beforeUpdates(p profile.Profile) bool {
	return d.NonFinite.Step == 0 && d.NonFinite.What != "parameter" && len(p.Records) > 0 && p.Records[0].Step == 0 && d.Records == 0
}

// neighbours names the layer at which the first number that is not finite appeared, and the layer before it in the order of
// computation.
func (r *ruleInput) neighbours(e profile.NonFiniteEvent) string {
	i := r.position(e.Layer)
	switch {
	case i < 0 || !r.IsChain():
		return ""
	case e.What == "activation" && i == 0:
		return r.say.Text("The inputs come straight before it.")
	case e.What == "activation":
		return r.say.Sprintf("Going forward, %s was still finite and %s was not.", layerName(r.say, r.Profile, r.Path()[i-1]), layerName(r.say, r.Profile, e.Layer))
	case e.What == "gradient" && i == len(r.Path())-1:
		return r.say.Sprintf("Going backward, the loss was finite and the gradient of %s was not.", layerName(r.say, r.Profile, e.Layer))
	case e.What == "gradient":
		return r.say.Sprintf("Going backward, the gradient of %s was still finite and that of %s was not.", layerName(r.say, r.Profile, r.Path()[i+1]), layerName(r.say, r.Profile, e.Layer))
	}
	return ""
}

// position is the index of a layer in the path; -1 if the path does not contain it.
func (r *ruleInput) position(layer int) int {
	for i, l := range r.Path() {
		if l == layer {
			return i
		}
	}
	return -1
}

// lastFinite describes the last finite record.
func (r *ruleInput) lastFinite() string {
	if r.d.Records == 0 {
		return r.say.Text("No earlier record is finite.")
	}
	last := r.Records[r.d.Records-1]
	largest, at := math.Inf(-1), -1
	for l, rec := range last.Layers {
		if delta := float64(rec.DeltaRMS); delta > largest {
			largest, at = delta, l
		}
	}
	if at < 0 {
		return r.say.Sprintf("The last finite record is that of step %d, with a loss of %.4g.", last.Step, r.told(recordedLoss(last)))
	}
	return r.say.Sprintf("The last finite record is that of step %d, with a loss of %.4g and the largest gradient, %s, in %s.",
		last.Step, r.told(recordedLoss(last)), words.Human(largest), layerName(r.say, r.Profile, at))
}

// NonFiniteRun is [DiagnoseIn] for a run that a NaN or an infinity stopped before the record of that step was complete. The cause,
// which says where, becomes the evidence.
func NonFiniteRun(say lang.Language, p profile.Profile, cause error) Diagnosis {
	d := DiagnoseIn(say, p)
	d.cause = cause
	if p.Validate() != nil {
		return d
	}
	for i := range d.Findings {
		if d.Findings[i].Rule == "non-finite" {
			d.Findings[i].Evidence = say.Sentences(d.Findings[i].Evidence, say.Sprintf("The machine: %v.", cause))
			return d
		}
	}
	step := 0
	if n := len(p.Records); n > 0 {
		step = p.Records[n-1].Step + 1
	}
	d.Verdict, d.NonFinite = NonFinite, &profile.NonFiniteEvent{Step: step, What: "value", Layer: -1}
	d.Sentence = say.Text("The run ended because a value was no longer a finite number (it had overflowed or become NaN, \"not a number\"): a smaller learning rate or smaller initial weights may help.")
	f := Finding{
		Rule: "non-finite", Severity: Critical, Step: step, Sentence: d.Sentence, Confidence: 1,
		Evidence: say.Sprintf("The machine: %v.", cause),
	}
	f.advise(say, smallerNumbers(say, rateCode(p, 10))...)
	f.markUntried(say)
	d.Findings = append([]Finding{f}, d.Findings...)
	oneAdvice(say, d.Findings)
	return d
}
