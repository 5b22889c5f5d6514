package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

func (d *Diagnosis) judge(p profile.Profile) Verdict {
	switch {
	case d.NonFinite != nil:
		return NonFinite
	case d.Records == 0 || len(p.Path()) == 0 || len(p.Unseen) > 0:
		return Undetermined
	case d.vanishes(p) || d.lostOverTime(p):
		return Vanishing
	case d.explodesOverTime(p):
		return Exploding
	case len(d.Fitted) == 0 && (d.outputDelta(p) == 0 || len(d.Lost) > 0):
		return Undetermined
	case d.fewAlive():
		return Undetermined
	case d.starved(p) != nil:
		return Vanishing
	case d.Change >= Threshold:
		return Exploding
	case d.breakpoint(p) != nil:
		return bySign(d.breakpoint(p).change)
	case d.stuckByDepth(p):
		return Vanishing
	case !d.isStuck(p) && d.stuckLoss(p) >= 0:
		return Stuck
	case d.nearBound(p):
		return Undetermined
	case d.isStuck(p) && math.Abs(d.stuckChange(p)) >= weak:
		return bySign(d.stuckChange(p))
	case d.isStuck(p) && d.badStart(p):
		return bySign(d.Change)
	case d.hiddenByDropout(p):
		return Undetermined
	case d.isStuck(p):
		return Stuck
	case d.stillAbove(p), d.idle(p):
		return Undetermined
	}
	return Healthy
}

// fewAlive reports whether so few hidden layers have a gradient that it has no trend, because others are on branches that pass none.
func (d *Diagnosis) fewAlive() bool { return len(d.Blocked) > 0 && len(d.levels) < 2 && d.Time == nil }

// bySign is the verdict on a change that is too large.
func bySign(change float64) Verdict {
	if change < 0 {
		return Vanishing
	}
	return Exploding
}

// vanishes reports whether the gradient vanishes over the depth in the finite records. If no hidden layer has a gradient, it
// vanishes only if a dead layer stops it: otherwise there may be nothing to learn.
func (d *Diagnosis) vanishes(p profile.Profile) bool {
	if len(d.Lost) == 0 {
		return d.Change <= -Threshold && !d.inertInput(p)
	}
	return len(d.Fitted) > 0 || d.outputDelta(p) > 0 && (d.deadLayer(p) >= 0 || d.isStuck(p))
}

// deadLayer is the dead layer that stops the gradient; -1 if there is none. A layer is dead if all of its units are saturated on
// every sample, in most steps. With biases of zero the layers after a dead one are dead too. So the last of the lost layers has to
// be dead, and the first layer of the run of dead ones up to it is the cause.
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

// isDead reports whether all units of a layer are dead, in most of the records with details.
func isDead(p profile.Profile, layer int) bool {
	return countIn(p.Records, func(r profile.Record) (bool, bool) {
		return r.Details != nil && r.Details.Layers[layer].Dead == 1, r.Details != nil
	}).mostly()
}

// isFlushed reports whether a layer's gradient was too small for its type, in most of the records with details, or of all records
// if none has details.
func isFlushed(p profile.Profile, layer int) bool {
	details := slices.ContainsFunc(p.Records, func(r profile.Record) bool { return r.Details != nil })
	return countIn(p.Records, func(r profile.Record) (bool, bool) {
		return r.Layers[layer].Flushed > 0, (r.Details != nil) == details
	}).mostly()
}

// outputDelta is the median DeltaRMS of the output layer; with several output layers the largest.
func (d *Diagnosis) outputDelta(p profile.Profile) (largest float64) {
	path := p.Path()
	for _, l := range p.Level(path, path[len(path)-1]) {
		largest = max(largest, d.DeltaRMS[l])
	}
	return largest
}
