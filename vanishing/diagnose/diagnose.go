package diagnose

import (
	"math"
	"slices"
	"strings"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Threshold is the least change of the gradient over the depth, in decades (factors of ten), that is called vanishing or
// exploding: a factor of 1000 between the last hidden layer and the first.
const Threshold = 3

// A Diagnosis is the result of [Diagnose]: a verdict, the numbers it rests on, and findings. It carries the profile, so reports
// need only the diagnosis. Layers are indices into Profile.Layers.
type Diagnosis struct {
	Profile  profile.Profile
	Language lang.Language // of all sentences

	Verdict  Verdict
	Sentence string // the result, for a reader who knows what a gradient is and no more
	Evidence string // the numbers that Sentence rests on
	// Expected says whether the initialisation explains a vanishing or exploding gradient, by mean-field theory. It is empty
	// without a prediction.
	Expected string

	// Fitted are the layers through which the line is fitted, by least squares: log10 of each layer's DeltaRMS over its depth.
	// They are the layers on the path from input to output with a gradient that is not zero, without the output layers (those
	// of the largest depth), whose units are answers and not features. Layers side by side are points at the same depth. Slope,
	// R2 and Change are NaN with fewer than two depths.
	Fitted []int
	Slope  float64 // in decades per layer, toward the output: positive if the gradient shrinks on its way back
	R2     float64 // share of the variance that the line explains, from 0 to 1

	First, Last int     // first and last hidden layer of the path; -1 if there is none
	Change      float64 // decades that the line gains from Last to First: -3 is a gradient that shrinks 1000-fold
	// Ratio is the measured DeltaRMS of First over that of Last, each a geometric mean over the layers side by side. The
	// sentence reports a large difference from Change.
	Ratio float64

	// Lost are the layers at the input end whose gradient is exactly zero.
	Lost []int
	// Blocked are layers with a gradient of exactly zero although layers nearer to the input have one. They are on branches that
	// pass no gradient, such as a residual branch whose last weight starts at zero.
	Blocked []int
	// NonFinite is where the first NaN or infinity was recorded; nil if there was none.
	NonFinite *profile.NonFiniteEvent
	// Time is the trend of the gradient over the steps of a recurrent layer; nil without such a layer.
	Time *TimeTrend
	// Sequences tell more of each of Profile.Sequences.
	Sequences []SequenceTrend

	DeltaRMS []float64 // the median of each layer over the records before a NaN or infinity; NaN without records
	Budget   Budget    // which operations changed the gradient's size; see [Budget.Known]
	// Theory compares the prediction of mean-field theory for the initialisation with the first recorded step. It is empty if
	// the profile has no Theory.
	Theory string
	// Departures are, for each layer, the difference between measurement and theory in standard deviations: of the change from
	// the next layer, or of the size if there is no next layer. They are NaN if unknown. Beyond [OddZ] chance is unlikely.
	Departures []float64

	Records int // recorded steps that the numbers rest on: those before a NaN or infinity

	// SlopeLow and SlopeHigh are the ends of the 95 % bootstrap interval of Slope; see [Finding].Confidence for the resampling.
	SlopeLow, SlopeHigh float64
	// Findings are the findings of all rules, the most severe first.
	Findings []Finding

	cause  error      // see NonFiniteRun
	floor  float64    // from which losses are counted, see measuredGuess
	levels []int      // the first layer in Fitted of each depth
	late   *TimeTrend // Time in the last records, see lateTrend

	sparesEarly bool // whether updates move early and late weights alike, see consequence
	boot        bootstrap
}

// Diagnose judges a network by the change of its gradient from layer to layer on its way back: by the slope of log10 RMS(dL/dz)
// over depth. It does not judge by the size of a single number, which depends on the loss, the batch, the width and the progress
// of training. Scaling the loss, or summing instead of averaging it, does not change the verdict.
//
// The gradient is the one with respect to the pre-activations z, not the weights. In a ReLU network the weight gradient is the
// product of a gradient that shrinks toward the input and an activation that shrinks as much toward the output. It can be the
// same in all layers of a network that has no signal left (Glorot & Bengio 2010, fig. 8).
//
//   - non-finite: a NaN or infinity was recorded, anywhere.
//   - vanishing, by one of:
//     the line falls by Threshold decades or more toward the input, or the gradient is exactly zero at the input end, of the network
//     or of a path beside others;
//     the same over the steps of a recurrent layer, toward the first step;
//     a break: a few layers, and not the trend of all, make the gradient fall that much, or by two decades from one layer to the
//     next;
//     a fall by half of Threshold, or by Threshold in the first step, or no gradient in any hidden layer, in a network that has
//     learnt nothing.
//   - exploding: the same with a gradient that rises toward the input, or toward the first step.
//     Over the steps of a recurrent network that has learnt, its last records decide.
//   - stuck: the gradient keeps its size, but after 150 steps the loss is still that of guessing ([profile.Profile].Baseline), or
//     above it and above the first loss or no lower than before by more than noise, or far above it in a network whose units are saturated;
//     or weights that are known to be as they were drawn have hardly moved;
//     or one of several losses is.
//   - undetermined: no steps were recorded, no hidden layer has a gradient yet, the profile is not valid, a weight belongs to
//     no layer ([profile.Profile].Unseen), nothing has moved where the loss of guessing is not known, the loss falls but is still above that of guessing while the gradient changes 30-fold, a recurrent network that learns is just beyond Threshold over its steps, or heavy dropout
//     keeps the loss of training at that of guessing and there are no validation data. The sentence says which.
//   - healthy: none of these. A network of fewer than two hidden layers has no depth for a gradient to change over.
//
// As a network converges the gradients of all its layers fall together, which changes neither slope nor verdict.
//
// The Findings tell more than the verdict. The finding of a vanishing or exploding gradient takes its consequence into account:
// it is a warning and not critical if the optimiser compensates, so that early and late weights move alike, or if the network learns all
// the same. [Rules] lists the
// rules. Each compares a layer with the other layers, with chance or with theory, and requires most of the recorded steps to
// agree.
func Diagnose(p profile.Profile) Diagnosis { return DiagnoseIn(lang.English, p) }

// DiagnoseIn is [Diagnose] in another language. The profile's own texts stay as they are.
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
	p = d.withStart(p)
	if guess, floor, known := d.measuredGuess(p); known {
		d.floor, d.Profile.Baseline = floor, profile.Number(guess)
		p = fromFloor(p, guess, floor)
		p.Baseline = profile.Number(guess - floor)
	}
	d.DeltaRMS, d.Budget = medianDeltaRMS(len(p.Layers), records), newBudget(say, p, records)
	d.Departures = departures(p)
	d.Theory = d.theorySentence()
	if d.Records > 0 {
		d.measure(p)
	}
	r := newRuleInput(p, &d)
	d.boot = newBootstrap(r)
	d.SlopeLow, d.SlopeHigh = d.boot.interval()
	_, d.sparesEarly = r.consequence()
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
	d.Sequences = sequenceTrends(p)
	var trends []*TimeTrend
	for _, s := range d.Sequences {
		trends = append(trends, s.Trend)
	}
	d.Time = trendOverTime(p, timeTrends(p, d.DeltaRMS, trends))
	d.late = d.lateTrend(p)
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

// sort assigns each hidden layer to Fitted, Lost or Blocked. If no layer has a gradient, all are Lost. A layer without a gradient
// beside a layer with one is Blocked.
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
