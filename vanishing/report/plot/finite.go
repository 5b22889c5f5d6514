package plot

import (
	"image/color"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Finite draws which layers of a network were finite in which step: a column for each recorded step, with a cell for each layer
// from the input at the bottom to the output at the top. The colour of a cell tells whether all its numbers were finite, its
// gradient was NaN or infinite, or its output was too. Outputs are known only in records with details. As in [Heatmap] steps are
// left out and layers merged where there are too many; a merged cell shows its worst layer. The text is English, as the font has
// no Chinese characters. The error is [ErrEmpty] if every recorded step is finite.
func Finite(diagnosis vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnosis.In(vanishing.English))
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	d := diagnoses[0]
	if d.NonFinite == nil || len(d.Profile.Records) == 0 || len(d.Profile.Layers) == 0 {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s has no NaN and no infinity", present.Title(d.Profile))
	}
	m := finiteMap{newGrid(d.Profile, finiteness, slices.Max)}
	p := m.axes()
	p.Add(m)
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		c = heading(c, "Where numbers were finite: "+shortTitle(d.Profile), finiteLegend())
		p.Draw(under(c, d.Sentence))
	}}, nil
}

// The states of a layer in a step, each worse than the one before.
const (
	allFinite = iota
	gradientNotFinite
	outputNotFinite
)

// finiteStates are the names and colours of the states.
var finiteStates = [...]struct {
	name  string
	color color.RGBA
}{
	allFinite:         {"finite", color.RGBA{0xc9, 0xdd, 0xee, 0xff}},
	gradientNotFinite: {"gradient NaN or infinite", color.RGBA{0xe0, 0x8a, 0x3c, 0xff}},
	outputNotFinite:   {"output NaN or infinite", color.RGBA{0x7f, 0x1d, 0x1d, 0xff}},
}

// finiteLegend names the colours.
func finiteLegend() []curve {
	var list []curve
	for _, state := range finiteStates {
		list = append(list, swatch(state.name, state.color))
	}
	return list
}

// finiteness is the state of each layer.
func finiteness(r vanishing.Record) []float64 {
	states := make([]float64, len(r.Layers))
	for l, layer := range r.Layers {
		switch {
		case r.Details != nil && !finiteOutput(r.Details.Layers[l]):
			states[l] = outputNotFinite
		case !stat.Finite(float64(layer.DeltaRMS)):
			states[l] = gradientNotFinite
		}
	}
	return states
}

func finiteOutput(l profile.LayerDetail) bool {
	return stat.Finite(float64(l.ActMean)) && stat.Finite(float64(l.ActStd))
}

// A finiteMap is the states to draw.
type finiteMap struct{ grid }

// Plot implements plot.Plotter.
func (m finiteMap) Plot(c draw.Canvas, p *plot.Plot) {
	m.paint(c, p, func(state float64) color.Color { return finiteStates[int(state)].color })
}
