package diagnose

import (
	"fmt"
	"math"

	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/internal/words"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// OddZ is the number of standard deviations beyond which a layer departs from theory: chance takes one in 16,000 beyond it.
const OddZ = 4

// departures are the Departures of a [Diagnosis].
func departures(p profile.Profile) []float64 {
	list := make([]float64, len(p.Layers))
	for l := range list {
		list[l] = math.NaN()
		e := p.Theory.Layer(l)
		switch { // an infinite departure only means that theory knows no spread
		case e == nil:
		case stat.Finite(float64(e.Step)):
			list[l] = float64(e.Step)
		case stat.Finite(float64(e.Z)):
			list[l] = float64(e.Z)
		}
	}
	return list
}

// theorySentence compares the prediction for the initialisation with the first record.
func (d *Diagnosis) theorySentence() string {
	p, say := d.Profile, d.Language
	switch {
	case p.Theory == nil:
		return ""
	case p.Theory.None != "":
		return say.Sprintf("no prediction: %s", say.Stored(p.Theory.None))
	}
	first, last := -1, -1
	for l, layer := range p.Layers {
		if !layer.OnSkip && p.Theory.Layer(l) != nil {
			if first < 0 {
				first = l
			}
			last = l
		}
	}
	if first < 0 || first == last {
		return say.Text("no prediction for two layers or more")
	}
	from, to := p.Theory.Layers[last], p.Theory.Layers[first]
	expected := float64(to.Delta - from.Delta)
	switch {
	case math.IsInf(float64(to.Delta), -1):
		return say.Sprintf("mean-field theory expects no gradient in layer %d: weights of zero after it pass none", p.Layers[first].Depth)
	case !stat.Finite(expected):
		return say.Text("no prediction for two layers or more")
	}
	source := say.Text("of this initialisation mean-field theory expects %s ± %.2f decades from layer %d to layer %d")
	if p.Theory.Measured {
		source = say.Text("of weights as large as in the first record mean-field theory expects %s ± %.2f decades from layer %d to layer %d")
	}
	text := fmt.Sprintf(source,
		words.Signed(expected, 2), to.Band, p.Layers[last].Depth, p.Layers[first].Depth)
	if len(p.Records) > 0 {
		if change := changeOf(p.Records[0], last, first); stat.Finite(change) {
			text += say.Sprintf("; measured in step %d: %s", p.Records[0].Step, words.Signed(change, 2))
		}
	}
	if oddest := d.oddest(); oddest >= 0 {
		text += say.Sprintf("; farthest off is layer %d (z = %.1f)", p.Layers[oddest].Depth, d.Departures[oddest])
	}
	return text
}

// oddest is the layer with the largest departure from theory; -1 if none is beyond [OddZ].
func (d *Diagnosis) oddest() int {
	oddest := -1
	for l, z := range d.Departures {
		if math.Abs(z) > OddZ && (oddest < 0 || math.Abs(z) > math.Abs(d.Departures[oddest])) {
			oddest = l
		}
	}
	return oddest
}
