package diagnose

import (
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Threshold is the fitted change of the gradient over the depth, in decades (factors of ten), from which on a network is
// called vanishing or exploding: a factor of 1000 between the last hidden layer and the first.
const Threshold = 3

// A Diagnosis is everything that is said about a profile: a verdict, with the numbers it rests on. It is made once, by [Diagnose], and
// carries the profile, so that reports take a diagnosis and nothing else. Layers are given as indices into Profile.Layers.
type Diagnosis struct {
	Profile  profile.Profile
	Language lang.Language // of all sentences

	Verdict  Verdict
	Sentence string // what was found, for someone who has just learnt what a gradient is
	Evidence string // the numbers behind it
	// Expected says of a vanishing or exploding gradient whether the initialisation explains it, by mean-field theory. It is
	// empty where there is no prediction.
	Expected string

	// The line is fitted by least squares through log10 of each layer's DeltaRMS over its depth. It is made through
	// the layers Fitted: those on the path from input to output whose gradient is not zero, but without the output layers,
	// whose units are answers and not features: those of the largest depth. Layers side by side are points at one depth. The
	// numbers are NaN if there are fewer than two depths.
	Fitted []int
	Slope  float64 // in decades per layer, toward the output: positive if the gradient shrinks on its way back
	R2     float64 // share of the variance that the line explains, from 0 to 1

	First, Last int     // the ends of the path: first and last hidden layer; -1 if there is none
	Change      float64 // decades that the line gains from Last to First: -3 is a gradient that shrinks 1000 times
	// Ratio is the measured DeltaRMS of First over that of Last; the sentence says if it is far off Change. Of layers side
	// by side it is the geometric mean.
	Ratio float64

	// Lost are the layers at the input end whose gradient is exactly zero, below layers whose gradient is not.
	Lost []int
	// Blocked are layers with a gradient of exactly zero although layers nearer to the input have one: branches that pass
	// nothing on, such as a residual branch whose last weight starts at zero.
	Blocked []int
	// NonFinite is where the first NaN or infinity was recorded; nil if there was none.
	NonFinite *profile.NonFiniteEvent
	// Time is how the gradient changes over the steps of a recurrent layer; nil without one. See [TimeTrend].
	Time *TimeTrend

	DeltaRMS []float64 // the median of each layer over the records before a NaN or infinity; NaN without any
	Budget   Budget    // where the gradient won or lost its size; see [Budget.Known]
	// Theory sets what mean-field theory expects of the initialisation against the first recorded step. It is empty if the
	// profile has no Theory.
	Theory string
	// Departures are, for each layer, the standard deviations that the change from the next layer is off theory, or the size
	// where there is no next layer; NaN where they are not known. Beyond [OddZ] it is hardly chance.
	Departures []float64

	Records int // recorded steps that the numbers rest on; only those before a NaN or infinity

	// SlopeLow and SlopeHigh are the ends of the 95 % bootstrap interval of Slope; see [Finding] for how it is resampled.
	SlopeLow, SlopeHigh float64
	// Findings are what the rules found, each with its evidence and a remedy, the most severe first.
	Findings []Finding

	cause  error // see NonFiniteRun
	levels []int // of Fitted the first layer of each depth
	boot   bootstrap
}

// Diagnose judges a network by how its gradient changes from layer to layer on its way back: by the slope of
// log10 RMS(dL/dz) over depth, and never by the size of one number, which depends on the loss, the batch, the width and
// how far training has come. Summing the loss instead of averaging it, or scaling it, changes no verdict.
//
// It looks at the gradient with respect to the pre-activations and not at those of the weights. In a ReLU network the
// weight gradient is the product of a gradient that shrinks toward the input and an activation that shrinks as much
// toward the output: it can be the same in all layers of a network that has no signal left (Glorot & Bengio 2010, fig. 8).
//
//   - non-finite: a NaN or infinity was recorded, anywhere.
//   - vanishing: the line falls by Threshold decades or more toward the input, or the gradient is exactly zero at the
//     input end; or the same over the steps of a recurrent layer, toward the first. Also a break: few layers, and not the trend
//     of all, make the ends differ by Threshold decades, or one step from a layer to the next by two. And also a change of half of
//     Threshold in a network that is stuck.
//   - exploding: the same, where the gradient rises toward the input, or toward the first step.
//   - stuck: the gradient keeps its size, but after 150 steps the loss is still that of guessing ([Profile].Baseline).
//   - undetermined: there is nothing to judge by, as no steps were recorded or no hidden layer has a gradient, or the
//     profile is not valid, or weights are used in ways that are not understood ([Profile].Unseen); the sentence says which.
//   - healthy: none of these. A network of fewer than two hidden layers has no depth for a gradient to change over.
//
// As a network converges the gradients of all its layers fall together, which changes neither slope nor verdict.
//
// The Findings say more than the verdict. That of a vanishing or exploding gradient weighs the consequence: where the optimiser
// makes up for it, so that early and late weights move alike, it is a warning and not critical. [Rules] lists what else is
// looked for; each rule compares a layer with the others, with chance or with theory, and asks for most of the recorded steps.
func Diagnose(p profile.Profile) Diagnosis { return DiagnoseIn(lang.English, p) }

// DiagnoseIn is [Diagnose] in another language: all sentences are in it, but for the texts that the profile has.
func DiagnoseIn(say lang.Language, p profile.Profile) Diagnosis {
	nan := math.NaN()
	d := Diagnosis{Profile: p, Language: say, First: -1, Last: -1, Slope: nan, SlopeLow: nan, SlopeHigh: nan, R2: nan, Change: nan, Ratio: nan}
	if err := p.Validate(); err != nil {
		d.Budget = noBudget(p, nil, nil)
		d.Sentence = say.Sprintf("This profile cannot be judged: %s.", strings.TrimPrefix(err.Error(), "profile: "))
		return d
	}
	records, event := p.FiniteRecords()
	d.Records, d.NonFinite = len(records), event
	d.DeltaRMS, d.Budget = medianDeltaRMS(len(p.Layers), records), newBudget(say, p, records)
	d.Departures = departures(p)
	d.Theory = d.theorySentence()
	if d.Records > 0 {
		d.measure(p)
	}
	r := newRuleInput(p, &d)
	d.boot = newBootstrap(r)
	d.SlopeLow, d.SlopeHigh = d.boot.interval()
	d.Verdict = d.judge(p)
	d.Sentence, d.Evidence, d.Expected = d.sentence(p), d.evidence(p), d.expectation(p)
	d.Findings = findings(r)
	return d
}

// In is the diagnosis in another language.
func (d Diagnosis) In(language lang.Language) Diagnosis {
	switch {
	case d.Language == language:
		return d
	case d.cause != nil:
		return NonFiniteRun(language, d.Profile, d.cause)
	}
	return DiagnoseIn(language, d.Profile)
}

// All diagnoses several profiles.
func All(profiles ...profile.Profile) []Diagnosis { return AllIn(lang.English, profiles...) }

// AllIn is [All] in another language.
func AllIn(language lang.Language, profiles ...profile.Profile) []Diagnosis {
	list := make([]Diagnosis, len(profiles))
	for i, p := range profiles {
		list[i] = DiagnoseIn(language, p)
	}
	return list
}

// measure fits the line.
func (d *Diagnosis) measure(p profile.Profile) {
	d.Time = d.worstOverTime(p)
	hidden := p.Hidden()
	if len(hidden) == 0 {
		return
	}
	d.First, d.Last = hidden[0], hidden[len(hidden)-1]
	d.sort(p, hidden)
	d.Ratio = d.size(p, d.First) / d.size(p, d.Last)
	if len(d.levels) < 2 {
		return
	}
	var depths, logs []float64
	for _, l := range d.Fitted {
		depths, logs = append(depths, float64(p.Layers[l].Depth)), append(logs, stat.Log10(d.DeltaRMS[l]))
	}
	fit := fitLine(depths, logs)
	d.Slope, d.R2 = fit.slope, fit.r2
	d.Change = -d.Slope * float64(p.Layers[d.Last].Depth-p.Layers[d.First].Depth)
}

// sort puts each hidden layer where it belongs: Fitted, Lost or Blocked. If none has a gradient, all are Lost. A layer
// without a gradient beside one with a gradient is Blocked.
func (d *Diagnosis) sort(p profile.Profile, hidden []int) {
	for len(hidden) > 0 {
		side := p.Level(hidden, hidden[0])
		hidden = hidden[len(side):]
		lost := len(d.Fitted) == 0 && !slices.ContainsFunc(side, func(l int) bool { return d.DeltaRMS[l] != 0 })
		before := len(d.Fitted)
		for _, l := range side {
			switch {
			case d.DeltaRMS[l] != 0:
				d.Fitted = append(d.Fitted, l)
			case lost:
				d.Lost = append(d.Lost, l)
			default:
				d.Blocked = append(d.Blocked, l)
			}
		}
		if len(d.Fitted) > before {
			d.levels = append(d.levels, d.Fitted[before])
		}
	}
}

func (d *Diagnosis) judge(p profile.Profile) Verdict {
	switch {
	case d.NonFinite != nil:
		return NonFinite
	case d.Records == 0 || len(p.Path()) == 0 || len(p.Unseen) > 0:
		return Undetermined
	case d.vanishes(p) || d.Time.vanishes():
		return Vanishing
	case d.Time.explodes():
		return Exploding
	case len(d.Fitted) == 0 && (d.outputDelta(p) == 0 || len(d.Lost) > 0):
		return Undetermined
	case len(d.Blocked) > 0 && len(d.levels) < 2 && d.Time == nil:
		return Undetermined
	case d.Change >= Threshold:
		return Exploding
	case d.breakpoint(p) != nil:
		return byWay(d.breakpoint(p).change)
	case !d.isStuck(p):
		return Healthy
	case math.Abs(d.stuckChange(p)) >= weak:
		return byWay(d.stuckChange(p))
	}
	return Stuck
}

// byWay is the verdict on a change that is too large, by its sign.
func byWay(change float64) Verdict {
	if change < 0 {
		return Vanishing
	}
	return Exploding
}

// vanishes tells whether the finite records show a gradient that vanishes. If no hidden layer has one at all, it does so if
// it is a dead layer that stops it: otherwise there may be nothing to learn.
func (d *Diagnosis) vanishes(p profile.Profile) bool {
	if len(d.Lost) == 0 {
		return d.Change <= -Threshold
	}
	return len(d.Fitted) > 0 || d.outputDelta(p) > 0 && d.deadLayer(p) >= 0
}

// deadLayer is the first of the lost layers all of whose units are saturated on every sample, in most steps; -1 if the
// gradient is not lost in such a layer. With biases of zero the layers behind a dead one are dead too, so that the last
// one has to be, and the first one of those in a row is to blame.
func (d *Diagnosis) deadLayer(p profile.Profile) int {
	if len(d.Lost) == 0 || !isDead(p, d.Lost[len(d.Lost)-1]) {
		return -1
	}
	first := len(d.Lost) - 1
	for first > 0 && isDead(p, d.Lost[first-1]) {
		first--
	}
	return d.Lost[first]
}

// isDead tells whether all units of a layer are dead, in most of the records that know.
func isDead(p profile.Profile, layer int) bool {
	return countIn(p.Records, func(r profile.Record) (bool, bool) {
		return r.Details != nil && r.Details.Layers[layer].Dead == 1, r.Details != nil
	}).mostly()
}

// isFlushed tells whether a layer's gradient was lost for being too small, in most of the records that know best.
func isFlushed(p profile.Profile, layer int) bool {
	details := slices.ContainsFunc(p.Records, func(r profile.Record) bool { return r.Details != nil })
	return countIn(p.Records, func(r profile.Record) (bool, bool) {
		return r.Layers[layer].Flushed > 0, (r.Details != nil) == details
	}).mostly()
}

// outputDelta is the median DeltaRMS of the output layer; of several the largest.
func (d *Diagnosis) outputDelta(p profile.Profile) (largest float64) {
	path := p.Path()
	for _, l := range p.Level(path, path[len(path)-1]) {
		largest = max(largest, d.DeltaRMS[l])
	}
	return largest
}
