package diagnose

import (
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Rounding of losses, as a share of their size.
const rounding = 1e-5

// measuredGuess is the loss of guessing at the end of the run, and the floor to which the loss can fall, where they do not follow from the
// targets: the loss of the last quarter, less the mean distances in the last records that hold them. It is false if they are unknown.
//
// A loss of the user's own may have any floor: the logarithm of a density may be of either sign, and a constant may be added to it, which no
// gradient sees. What the network has learnt is told by how far it has come from guessing to the floor.
func (d *Diagnosis) measuredGuess(p profile.Profile) (guess, floor float64, known bool) {
	var measured []profile.Record
	for _, r := range p.Records[:d.Records] {
		if r.Details != nil && r.Details.Guess != nil {
			measured = append(measured, r)
		}
	}
	if len(measured) == 0 {
		return 0, 0, false
	}
	var gaps, ranges []float64
	most := d.largestLoss(p, 0)
	for _, r := range measured[len(measured)-min(max(len(measured)/4, fewest), len(measured)):] {
		if r.Details.Floor == nil {
			return 0, 0, false
		}
		if recordedLoss(r) <= most {
			gaps, ranges = append(gaps, float64(*r.Details.Guess-r.Loss)), append(ranges, float64(*r.Details.Guess-*r.Details.Floor))
		}
	}
	gap, _ := vecnorm.MeanStd(gaps)
	learnable, _ := vecnorm.MeanStd(ranges)
	guess = d.quarterLoss(p, 0) + gap
	floor = guess - learnable
	if math.Abs(floor) < rounding*learnable {
		floor = 0
	}
	return guess, floor, learnable > rounding*math.Abs(guess) && !math.IsInf(learnable, 0)
}

// fromFloor is the profile with losses counted from a floor.
//
// The floor may differ from batch to batch, as that of the likelihood of counts does, by more than there is to learn. Each record with a floor
// of its own is then counted from that, those after it are at the same height, and the losses of epochs are unknown.
func fromFloor(p profile.Profile, guess, floor float64) profile.Profile {
	own := uneven(p, rounding*math.Abs(guess)+unevenFloors*(guess-floor))
	if floor == 0 && !own {
		return p
	}
	p.Records, p.History = slices.Clone(p.Records), slices.Clone(p.History)
	height := math.NaN() // of the last record with a floor
	for i := range p.Records {
		r := &p.Records[i]
		if r.Details != nil && r.Details.Floor != nil {
			height = float64(r.Loss - *r.Details.Floor)
		}
		if r.Loss -= profile.Number(floor); own && !math.IsNaN(height) {
			r.Loss = profile.Number(height)
		}
	}
	for i := range p.History {
		e := &p.History[i]
		e.TrainLoss, e.ValLoss = less(e.TrainLoss, floor, own), less(e.ValLoss, floor, own)
	}
	return p
}

// unevenFloors is the deviation of floors, as a share of what can be learnt, from which on they differ.
const unevenFloors = 0.02

// uneven reports whether the floors of the records differ by more than that.
func uneven(p profile.Profile, most float64) bool {
	var floors []float64
	for _, r := range p.Records {
		if r.Details != nil && r.Details.Floor != nil && stat.Finite(float64(*r.Details.Floor)) {
			floors = append(floors, float64(*r.Details.Floor))
		}
	}
	_, std := vecnorm.MeanStd(floors)
	return std > most
}

// less is a loss of an epoch counted from a floor; nil if it is unknown.
func less(loss *profile.Number, floor float64, unknown bool) *profile.Number {
	if loss == nil || unknown {
		return nil
	}
	rest := *loss - profile.Number(floor)
	return &rest
}
