package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// guessing is the loss of guessing. Where it does not follow from the targets it is that of the end of the run: the loss of the last quarter,
// over the typical ratio of a loss to that of the network's mean output. It is 0 if it is unknown.
func (d *Diagnosis) guessing(p profile.Profile) profile.Number {
	if p.Baseline != 0 || d.Records == 0 {
		return p.Baseline
	}
	var measured []profile.Record
	for _, r := range p.Records[:d.Records] {
		if r.Details != nil && r.Details.Guess > 0 && r.Loss > 0 {
			measured = append(measured, r)
		}
	}
	last := measured[len(measured)-min(max(len(measured)/4, fewest), len(measured)):]
	ratio := median(last, func(r profile.Record) float64 { return float64(r.Loss / r.Details.Guess) })
	if guess := d.quarterLoss(p, 0) / ratio; guess > 0 && !math.IsInf(guess, 0) {
		return profile.Number(guess)
	}
	return 0
}
