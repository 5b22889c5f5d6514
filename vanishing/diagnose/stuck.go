package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// A network is stuck if it has learnt nothing in many steps: its loss is about the baseline, which is the loss of guessing, the best
// output that is the same for all samples.
const (
	guessing = 0.96 // share of the baseline from which on a loss counts as guessing
	patience = 150  // steps before a network is called stuck
	fewest   = 5    // records in a median loss, at least
	improved = 0.9  // ratio of the last quarter's loss to the loss of the quarter before, below which the network is learning
	quarters = 4    // for which a fall of the loss is carried on
	begun    = 0.98 // share of the baseline below which a loss that clearly falls has begun to leave it
	clearly  = 3    // standard deviations by which more losses fall than chance lets
	cameDown = 2    // ratio of the first loss to the last from which on a loss has come down to that of guessing, if it is that near it
)

// weak is the least change over the depth, in decades, that is taken for the cause of a stuck network: a factor of 30.
const weak = 1.5

// isStuck reports whether the loss at the end of the recorded steps is that of guessing, and not falling. If the gradient changes
// enough to be the cause, or units are saturated, a slow fall from far above guessing does not count: it must reach guessing in as many
// steps again. Nor does a fall count after steps that have made the loss worse than it was at first, or hardly better, nor one above guessing that
// is within the noise of the losses, or that the validation data do not share: it may be that of the noise of dropout. If they are below
// guessing, the network has learnt.
func (d *Diagnosis) isStuck(p profile.Profile) bool {
	if d.Records < fewest || d.steps(p) < patience {
		return false
	}
	if p.Baseline <= 0 {
		return asDrawn(p) && d.unmoved(p)
	}
	last, before, guess := d.quarterLoss(p, 0), d.quarterLoss(p, 1), guessing*float64(p.Baseline)
	val, earlier := validation(p)
	switch {
	case asDrawn(p) && d.unmoved(p):
		return true
	case val < guess: // with dropout the loss of training is far above
		return false
	case d.leavesGuessing(p) && !d.asItBegan(p):
		return false
	case last > improved*before, last > float64(p.Baseline) && (last > improved*float64(p.Records[0].Loss) || !d.fallsBeyondNoise(p)):
		return true
	case last > float64(p.Baseline) && val > improved*earlier:
		return true
	}
	return (math.Abs(d.stuckChange(p)) >= weak || isSaturated(p)) && last*math.Pow(last/before, quarters) > guess
}

// leavesGuessing reports whether the loss at the end is below that of guessing, or clearly falls from it.
func (d *Diagnosis) leavesGuessing(p profile.Profile) bool {
	last := d.quarterLoss(p, 0)
	return last < guessing*float64(p.Baseline) || last < begun*float64(p.Baseline) && d.clearlyFalls(p)
}

// validation is the validation loss after the last epoch, and after three quarters of the epochs; NaN if there is none.
func validation(p profile.Profile) (last, before float64) {
	last, before = math.NaN(), math.NaN()
	if n := len(p.History); n > 1 && p.History[n-1].ValLoss != nil && p.History[(n-1)*3/4].ValLoss != nil {
		last, before = float64(*p.History[n-1].ValLoss), float64(*p.History[(n-1)*3/4].ValLoss)
	}
	return last, before
}

// isSaturated reports whether most hidden layers are saturated, in most of the records with details.
func isSaturated(p profile.Profile) bool {
	hidden, saturated := p.Hidden(), 0
	for _, l := range hidden {
		if isSaturatedLayer(p, l) {
			saturated++
		}
	}
	return saturated > len(hidden)/2
}

// isSaturatedLayer reports whether a layer is saturated, in most of the records with details.
func isSaturatedLayer(p profile.Profile, layer int) bool {
	if kind := p.Layers[layer].Activation.Kind; kind == "" || kind == profile.ReLU {
		return false
	}
	return countIn(p.Records, func(r profile.Record) (bool, bool) {
		return r.Details != nil && float64(r.Details.Layers[layer].Saturated) > saturatedLimit, r.Details != nil
	}).mostly()
}

// clearlyFalls reports whether more of the last quarter's losses are below the median of the quarter before than chance explains.
func (d *Diagnosis) clearlyFalls(p profile.Profile) bool {
	last, below := d.quarterRecords(p, 0), 0
	before := medianLoss(d.quarterRecords(p, 1))
	for _, r := range last {
		if recordedLoss(r) < before {
			below++
		}
	}
	n := float64(len(last))
	return float64(below)-n/2 > clearly*math.Sqrt(n)/2
}

// fallsBeyondNoise reports whether the loss of the last quarter is below those of all quarters before, by more than chance explains. Above
// guessing, where steps throw the loss up and down, one quarter may be below the one before by chance.
func (d *Diagnosis) fallsBeyondNoise(p profile.Profile) bool {
	last, ofLast := d.quarterLossAndError(p, 0)
	for quarter := 1; quarter < quarters && (quarter+1)*d.quarterSize() <= d.Records; quarter++ {
		earlier, ofEarlier := d.quarterLossAndError(p, quarter)
		if last > improved*earlier || earlier-last < clearly*math.Hypot(ofLast, ofEarlier) {
			return false
		}
	}
	return true
}

// steps is the number of steps from the first finite record to the last.
func (d *Diagnosis) steps(p profile.Profile) int {
	return p.Records[d.Records-1].Step - p.Records[0].Step
}

// quarterLoss is the mean loss of a quarter of the records, as the loss of guessing is one: where few samples make up most of the loss, as
// those of a rare class do, most batches are far below it, whatever the network. A spike counts as the largest loss of the first half, or as the median if all are above it.
func (d *Diagnosis) quarterLoss(p profile.Profile, quarter int) float64 {
	mean, _ := d.quarterLossAndError(p, quarter)
	return mean
}

// quarterLossAndError is quarterLoss with its standard error.
func (d *Diagnosis) quarterLossAndError(p profile.Profile, quarter int) (mean, standardError float64) {
	records, most := d.quarterRecords(p, quarter), d.largestLoss(p, quarter)
	losses := make([]float64, len(records))
	for i, r := range records {
		losses[i] = min(most, recordedLoss(r))
	}
	mean, std := vecnorm.MeanStd(losses)
	return mean, std / math.Sqrt(float64(len(losses)))
}

// largestLoss is the loss of a quarter beyond which one is a spike.
func (d *Diagnosis) largestLoss(p profile.Profile, quarter int) float64 {
	most := medianLoss(d.quarterRecords(p, quarter))
	for _, r := range p.Records[:max(d.Records/2, d.quarterSize())] {
		most = max(most, recordedLoss(r))
	}
	return most
}

// quarterRecords are a quarter of the finite records, and the fewest at least. Quarter 0 is the last, 1 the one before it.
func (d *Diagnosis) quarterRecords(p profile.Profile, quarter int) []profile.Record {
	n := d.quarterSize()
	end := max(d.Records-quarter*n, n)
	return p.Records[max(0, end-n):end]
}

// quarterSize is the number of records in a quarter.
func (d *Diagnosis) quarterSize() int { return min(max(d.Records/4, fewest), d.Records) }

func recordedLoss(r profile.Record) float64 { return float64(r.Loss) }

// medianLoss is the median loss of records; NaN without records. It is not a geometric one, as losses may be negative.
func medianLoss(records []profile.Record) float64 {
	losses := make([]float64, len(records))
	for i, r := range records {
		losses[i] = recordedLoss(r)
	}
	if len(losses) == 0 {
		return math.NaN()
	}
	return medianOf(losses)
}

// stuckChange is the change of the gradient of a stuck network, in decades: the largest of the fitted change, the measured one and
// the change over the steps; 0 in a network without depth.
func (d *Diagnosis) stuckChange(p profile.Profile) float64 {
	change := d.Change
	if measured := d.measured(p); math.Abs(measured) > math.Abs(change) {
		change = measured
	}
	if t := d.Time; t != nil && (math.IsNaN(change) || math.Abs(t.growth()) > math.Abs(change)) {
		change = t.growth()
	}
	if math.IsNaN(change) {
		return 0
	}
	return change
}

// badStart reports whether in the first step the gradient of a stuck network changed by Threshold or more, in the direction in which it
// changes in most steps: the first updates may have thrown weights to where later steps no longer move them.
func (d *Diagnosis) badStart(p profile.Profile) bool {
	if len(d.levels) < 2 || p.Records[0].Step > 0 {
		return false
	}
	first := changeOf(p.Records[0], d.Last, d.First)
	return math.Abs(first) >= Threshold && first*d.Change > 0
}

// nothingLearnt compares the loss, counted from a floor, with that of guessing.
func (d *Diagnosis) nothingLearnt(p profile.Profile, floor float64) string {
	if d.quarterLoss(p, 0) < halfway*float64(p.Baseline) || p.Baseline == 0 {
		return d.unmovedClause(p)
	}
	last, guess := d.quarterLoss(p, 0)+floor, float64(p.Baseline)+floor
	if last < guess {
		return d.Language.Sprintf("after %d steps the loss of %.3g is hardly better than the %.3g of guessing, which ignores the inputs", d.steps(p), last, guess)
	}
	return d.Language.Sprintf("after %d steps the loss of %.3g is no better than the %.3g of guessing, which ignores the inputs", d.steps(p), last, guess)
}

// weakSentence is the sentence for a stuck network whose gradient changes by less than Threshold, but enough to be the cause.
func (d *Diagnosis) weakSentence(p profile.Profile) string {
	say := d.Language
	if math.Abs(d.stuckChange(p)) < weak {
		return say.Sprintf("In the first step %s, which may have spoilt the weights for the later steps: %s.",
			d.compare(p, changeOf(p.Records[0], d.Last, d.First)), d.nothingLearnt(d.stuckOn(p)))
	}
	if d.Verdict == Vanishing {
		return say.Sprintf("The gradient shrinks on its way back, too much for this network: %s, and %s.", d.stuckEnds(p), d.nothingLearnt(d.stuckOn(p)))
	}
	return say.Sprintf("The gradient grows on its way back, too much for this network: %s, and %s.", d.stuckEnds(p), d.nothingLearnt(d.stuckOn(p)))
}

// stuckOverTime reports whether the gradient of a stuck network changes most over the steps of a recurrent layer.
func (d *Diagnosis) stuckOverTime(p profile.Profile) bool {
	return d.Time != nil && d.Time.growth() == d.stuckChange(p)
}

// stuckEnds compares the ends over the depth, or over the steps of a recurrent layer.
func (d *Diagnosis) stuckEnds(p profile.Profile) string {
	if d.stuckOverTime(p) {
		return d.Time.ends(d.Language, p)
	}
	return d.compare(p, d.stuckChange(p))
}

// above is the share of the samples that guessing gets wrong, which a network has to get right to have learnt something.
const above = 0.05

// lastAccuracy is the accuracy after the last epoch, of the validation data if there are any, and NaN if it is unknown.
func lastAccuracy(p profile.Profile) (accuracy float64, ofValidation bool) {
	n := len(p.History)
	switch {
	case n > 0 && p.History[n-1].ValAccuracy != nil:
		return float64(*p.History[n-1].ValAccuracy), true
	case n > 0 && p.History[n-1].TrainAccuracy != nil:
		return float64(*p.History[n-1].TrainAccuracy), false
	}
	return math.NaN(), false
}
