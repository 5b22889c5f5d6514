package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The verdict goes by the trend of all layers. Where few layers do most of it, as a first one that is saturated, the trend
// and what is measured between the first layer and the last part, and a sentence has to tell both.

// fittedChange is the change of the line from the last fitted level to the first, in decades.
func (d *Diagnosis) fittedChange(p profile.Profile) float64 {
	if len(d.levels) < 2 {
		return math.NaN()
	}
	first, last := d.ends()
	return -d.Slope * float64(p.Layers[last].Depth-p.Layers[first].Depth)
}

// ends are the first layers of the first and of the last fitted level.
func (d *Diagnosis) ends() (first, last int) { return d.levels[0], d.levels[len(d.levels)-1] }

// measured is the change from the last fitted level to the first as it was measured, in decades.
func (d *Diagnosis) measured(p profile.Profile) float64 {
	return d.change(p, func(l int) float64 { return d.DeltaRMS[l] })
}

// change is the change from the last fitted level to the first of a number that each layer has, in decades.
func (d *Diagnosis) change(p profile.Profile, of func(layer int) float64) float64 {
	if len(d.levels) < 2 {
		return math.NaN()
	}
	first, last := d.ends()
	return d.log(p, first, of) - d.log(p, last, of)
}

// uneven tells whether the measured change is more than a decade off the fitted one.
func (d *Diagnosis) uneven(p profile.Profile) bool {
	return math.Abs(d.measured(p)-d.fittedChange(p)) > 1
}

// unevenSentence is for a network that is healthy by its trend, but not by its ends.
func (d *Diagnosis) unevenSentence(p profile.Profile) string {
	say := d.Language
	trend, change := say.Text("stays about level"), d.fittedChange(p)
	switch factor := words.Human(math.Pow(10, math.Abs(change))); {
	case change <= -1:
		trend = say.Sprintf("shrinks by a factor of %s", factor)
	case change >= 1:
		trend = say.Sprintf("grows by a factor of %s", factor)
	}
	low, high := d.departure(p)
	text := say.Sprintf("By the trend of all layers the gradient %s on its way back, but not evenly: %s, and most of the departure from the trend is between layers %d and %d.",
		trend, d.compare(p, d.measured(p)), p.Layers[low].Depth, p.Layers[high].Depth)
	switch measured := d.measured(p); {
	case measured <= -Threshold:
		return say.Sentences(text, say.Text("The verdict goes by the trend; but what is measured is beyond the factor of 1000 that is called vanishing, and the early layers may hardly learn."))
	case measured >= Threshold:
		return say.Sentences(text, say.Text("The verdict goes by the trend; but what is measured is beyond the factor of 1000 that is called exploding, and an update that suits the late layers may throw the early ones far off."))
	}
	return text
}

// departure finds the fewest neighbouring levels, of those fitted, between whose first and last the measured change parts
// from the line by at least four fifths of what it does over all. It gives their first layers.
func (d *Diagnosis) departure(p profile.Profile) (low, high int) {
	const most = 0.8
	off := make([]float64, len(d.levels)) // each level's distance from the line
	for i, l := range d.levels {
		off[i] = d.log(p, l, func(l int) float64 { return d.DeltaRMS[l] }) - d.Slope*float64(p.Layers[l].Depth)
	}
	end := len(off) - 1
	total := off[0] - off[end]
	for span := 1; span < end; span++ {
		best := 0
		for i := range off[:len(off)-span] {
			if (off[i]-off[i+span])/total > (off[best]-off[best+span])/total {
				best = i
			}
		}
		if (off[best]-off[best+span])/total >= most {
			return d.levels[best], d.levels[best+span]
		}
	}
	return d.ends()
}
