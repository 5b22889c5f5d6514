package diagnose

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/vecnorm"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Bounds of what is measured.
const (
	rounding = 1e-5 // of losses, as a share of their size
	spike    = 10   // times the typical height above the floor
)

// measuredGuess is the loss of guessing at the end of the run, and the floor to which the loss can fall, where they do not follow from the
// targets: the loss of the last quarter, less the mean distances in the last records that hold them. It is false if they are unknown.
//
// A loss of the user's own may have any floor: the logarithm of a density may be of either sign, and a constant may be added to it, which no
// gradient sees. What the network has learnt is told by how far it has come from guessing to the floor.
//
// The records are those of [withStart].
func (d *Diagnosis) measuredGuess(p profile.Profile) (guess, floor float64, known bool) {
	var measured []profile.Record
	for _, r := range p.Records[:d.Records] {
		if r.Details != nil && r.Details.Guess != nil && r.Details.Floor != nil {
			measured = append(measured, r)
		}
	}
	if len(measured) == 0 {
		return 0, 0, false
	}
	last := withoutSpikes(measured[len(measured)-min(max(len(measured)/4, fewest), len(measured)):])
	mean := func(of func(r profile.Record) profile.Number) float64 {
		values := make([]float64, len(last))
		for i, r := range last {
			values[i] = float64(of(r))
		}
		mean, _ := vecnorm.MeanStd(values)
		return mean
	}
	learnable := mean(func(r profile.Record) profile.Number { return *r.Details.Guess - *r.Details.Floor })
	guess = d.quarterLoss(p, 0) + mean(func(r profile.Record) profile.Number { return *r.Details.Guess - r.Loss })
	floor = guess - learnable
	switch size := math.Abs(medianLoss(last)); {
	case !stat.Finite(learnable) || !stat.Finite(guess):
		return 0, 0, false
	case learnable > rounding*size && math.Abs(floor) < rounding*learnable:
		return guess, 0, true
	case learnable > rounding*size:
		return guess, floor, true
	}
	least := slices.MinFunc(last, func(a, b profile.Record) int { return cmp.Compare(*a.Details.Guess, *b.Details.Guess) })
	return guess, 0, learnable < 0 && guess > 0 && *least.Details.Guess > 0 // outputs so far off that no step along the gradient comes back
}

// atFirst is the number of records that tell the loss at first, at most: that of one batch may be far off.
const atFirst = 16

// withStart is the profile with the loss at first as that of guessing, in records that hold a floor and no loss of guessing: there the loss asks
// the same of all samples, and the network tells them apart. It stays unknown if the network had been trained before.
func (d *Diagnosis) withStart(p profile.Profile) profile.Profile {
	if d.Records == 0 || p.Trained || p.Records[0].Step > 0 {
		return p
	}
	first := p.Records[:max(1, min(atFirst, d.Records/quarters))]
	losses := make([]float64, len(first))
	for i, r := range first {
		losses[i] = recordedLoss(r)
	}
	mean, _ := vecnorm.MeanStd(losses)
	start := profile.Number(mean)
	p.Records = slices.Clone(p.Records)
	for i, r := range p.Records {
		if r.Details != nil && r.Details.Floor != nil && r.Details.Guess == nil {
			details := *r.Details
			details.Guess = &start
			p.Records[i].Details = &details
		}
	}
	return p
}

// withoutSpikes drops the records whose loss is far above the floor, as others are not.
func withoutSpikes(records []profile.Record) (rest []profile.Record) {
	height := func(r profile.Record) float64 { return float64(r.Loss - *r.Details.Floor) }
	most := spike * median(records, height)
	for _, r := range records {
		if !(height(r) > most) {
			rest = append(rest, r)
		}
	}
	return rest
}

// fromFloor is the profile with losses counted from a floor.
//
// The floor may differ from batch to batch, as that of the likelihood of counts does, by more than there is to learn. The height of each record
// with a floor of its own is then a share of the way from there to guessing, that of the records after it is the same, and the losses of
// epochs are unknown.
func fromFloor(p profile.Profile, guess, floor float64) profile.Profile {
	own := uneven(p, rounding*math.Abs(guess)+unevenFloors*(guess-floor))
	if floor == 0 && !own {
		return p
	}
	p.Records, p.History = slices.Clone(p.Records), slices.Clone(p.History)
	height := math.NaN() // of the last record with a share
	for i := range p.Records {
		r := &p.Records[i]
		if r.Details != nil && r.Details.Floor != nil && r.Details.Guess != nil {
			if way := float64(*r.Details.Guess - *r.Details.Floor); way > nothing*(guess-floor) {
				height = float64(r.Loss-*r.Details.Floor) / way * (guess - floor)
			}
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

const (
	unevenFloors = 0.02 // deviation of floors, as a share of what can be learnt, from which on they differ
	nothing      = 0.01 // share of the usual way from guessing to the floor, up to which a batch holds nothing to learn
)

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
