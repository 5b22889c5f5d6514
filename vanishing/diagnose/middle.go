package diagnose

import (
	"cmp"
	"math"
	"slices"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// Where a connection leads from the first layers to the last, as in a U-shaped network, the gradient vanishes on the long way and reaches the
// first layers on the short one. The line through all layers then says nothing of the first ones.

// middle lists the layers that receive less than a thousandth of what the last hidden layer does, if the first ones receive clearly more than the
// least of them; nil otherwise.
func (d *Diagnosis) middle(p profile.Profile) []int {
	if len(d.Lost) > 0 || len(d.levels) < 3 || !d.uneven(p) {
		return nil
	}
	first, last := d.ends()
	size := func(l int) float64 { return d.log(p, l, d.deltaOf) - d.log(p, last, d.deltaOf) }
	var low []int
	least := 0.0
	for _, l := range d.levels {
		if s := size(l); s <= -Threshold {
			low, least = append(low, p.Level(d.Fitted, l)...), math.Min(least, s)
		}
	}
	if size(first) <= -Threshold || size(first)-least < Threshold {
		return nil
	}
	return low
}

// middleSentence is the sentence for a gradient that vanishes on its way through such layers.
func (d *Diagnosis) middleSentence(p profile.Profile, low []int) string {
	say := d.Language
	_, last := d.ends()
	least := slices.MinFunc(low, func(a, b int) int { return cmp.Compare(d.DeltaRMS[a], d.DeltaRMS[b]) })
	fall := compareSizes(say, layerName(say, p, least), layerName(say, p, last), d.log(p, least, d.deltaOf)-d.log(p, last, d.deltaOf))
	reaches := d.compare(p, d.measured(p))
	if d.movesAlike(p) {
		return say.Sentences(say.Sprintf("The gradient vanishes on its way back through %s: %s. That is not so of the first layers: %s.", layerNames(say, p, low), fall, reaches), d.alikeSentence())
	}
	return say.Sprintf("The gradient vanishes on its way back through %s: %s, so that these hardly learn. That is not so of the first layers: %s.", layerNames(say, p, low), fall, reaches)
}
