package diagnose

import (
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// The verdict follows the trend of all layers first. If few layers cause most of the change, such as a saturated first layer, the
// trend differs from the change measured between the ends, and the sentence reports both.

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

// measured is the measured change from the last fitted level to the first, in decades.
func (d *Diagnosis) measured(p profile.Profile) float64 {
	return d.change(p, d.deltaOf)
}

// change is the change of a number of each layer from the last fitted level to the first, in decades.
func (d *Diagnosis) change(p profile.Profile, of func(layer int) float64) float64 {
	if len(d.levels) < 2 {
		return math.NaN()
	}
	first, last := d.ends()
	return d.log(p, first, of) - d.log(p, last, of)
}

// uneven reports whether the measured change and the fitted one differ by more than a decade.
func (d *Diagnosis) uneven(p profile.Profile) bool {
	return math.Abs(d.measured(p)-d.fittedChange(p)) > 1
}

// unevenSentence is the sentence for a network that is healthy by its trend, but not by its ends.
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
	return say.Sprintf("By the trend of all layers the gradient %s on its way back, but not evenly: %s, and most of the departure from the trend is between layers %d and %d.",
		trend, d.compare(p, d.measured(p)), p.Layers[low].Depth, p.Layers[high].Depth)
}

// departure finds the narrowest range of fitted levels with most of the departure from the line. It returns the first layers of
// the range's ends.
func (d *Diagnosis) departure(p profile.Profile) (low, high int) {
	return d.narrowest(func(l int) float64 { return d.log(p, l, d.deltaOf) - d.Slope*float64(p.Layers[l].Depth) })
}

// narrowest finds the narrowest range of levels over which a number changes by at least four fifths of its change over all
// levels. It returns the first layers of the range's ends.
func (d *Diagnosis) narrowest(of func(layer int) float64) (low, high int) {
	const most = 0.8
	values := make([]float64, len(d.levels))
	for i, l := range d.levels {
		values[i] = of(l)
	}
	end := len(values) - 1
	total := values[0] - values[end]
	change := func(i, j int) float64 { return (values[i] - values[j]) / total }
	span := shortest(len(values), func(i, j int) bool { return change(i, j) >= most }, func(i, j int) bool { return change(i, j) <= 0 })
	if span >= end {
		return d.ends()
	}
	best := 0
	for i := range values[:len(values)-span] {
		if change(i, i+span) > change(best, best+span) {
			best = i
		}
	}
	return d.levels[best], d.levels[best+span]
}

// shortest is the smallest distance from an i to a later j, both below n, for which enough(i, j); n if there is none. An i is of
// no use after a later one that is no worse, for which noBetter(i, later).
func shortest(n int, enough, noBetter func(i, j int) bool) int {
	span := n
	var open []int // what an interval may begin with, the best first
	for j := range n {
		for len(open) > 0 && enough(open[0], j) {
			span, open = min(span, j-open[0]), open[1:]
		}
		for len(open) > 0 && noBetter(open[len(open)-1], j) {
			open = open[:len(open)-1]
		}
		open = append(open, j)
	}
	return span
}
