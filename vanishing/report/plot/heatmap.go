package plot

import (
	"image/color"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// The colours of values without a place on a logarithmic scale.
var (
	zeroColor      = color.Gray{0xc8}
	nonFiniteColor = color.Gray{0x70}
)

// Heatmap draws the gradient of one network during training: a column for each recorded step, with a cell for each layer from the
// input at the bottom to the output at the top, coloured by DeltaRMS on a logarithmic scale. Cells are light grey where the
// gradient is exactly zero, and dark grey where it is NaN or infinite. Of more than 160 records it shows every second, every third
// and so on. Of more than 200 layers a cell shows the smallest gradient of two neighbours, three and so on. The error is
// [ErrEmpty] if the profile has no record or no layer.
func Heatmap(diagnosis vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnosis)
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	profile := diagnoses[0].Profile
	if len(profile.Records) == 0 || len(profile.Layers) == 0 {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s has no recorded step", present.Title(profile))
	}
	h := newHeatMap(profile)
	p := h.axes()
	p.Add(h)
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -16, 14, -14)
		large := sans(13, ink)
		text := "The gradient during training: " + shortTitle(profile)
		c.FillText(large, vg.Point{X: c.Min.X, Y: c.Max.Y - large.Height(text)}, text)
		c = draw.Crop(c, 0, 0, 0, -large.Height(text)-vg.Points(14))
		const barWidth = 86
		left := draw.Crop(c, 0, -barWidth, 0, 0)
		p.Draw(left)
		h.note(c)
		data := p.DataCanvas(left)
		bar := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: c.Max.X - barWidth + 20, Y: data.Min.Y}, Max: vg.Point{X: c.Max.X, Y: data.Max.Y},
		}}
		colorBar(bar, h.scale, heat, "size of the gradient dL/dz (RMS)")
	}}, nil
}

// A heatMap is the values to draw.
type heatMap struct {
	grid
	scale logscale.Scale
}

func newHeatMap(p vanishing.Profile) heatMap {
	g := newGrid(p, present.Deltas, slices.Min)
	return heatMap{g, logscale.Of(g.cells...)}
}

// Plot implements plot.Plotter.
func (h heatMap) Plot(c draw.Canvas, p *plot.Plot) { h.paint(c, p, h.color) }

func (h heatMap) color(v float64) color.Color {
	switch {
	case logscale.Drawable(v):
		return heat(h.scale.Fraction(v))
	case v == 0:
		return zeroColor
	}
	return nonFiniteColor
}

// note explains the greys that occur, at the lower right end.
func (h heatMap) note(c draw.Canvas) {
	zero, nonFinite := false, false
	for _, column := range h.cells {
		for _, v := range column {
			zero = zero || v == 0
			nonFinite = nonFinite || v != 0 && !logscale.Drawable(v)
		}
	}
	style := sans(9, grey)
	x := c.Max.X
	sample := func(text string, colour color.Color) {
		x -= style.Width(text)
		c.FillText(style, vg.Point{X: x, Y: c.Min.Y}, text)
		x -= 12
		paint(c, vg.Rectangle{Min: vg.Point{X: x, Y: c.Min.Y}, Max: vg.Point{X: x + 8, Y: c.Min.Y + 7}}, colour)
		x -= 14
	}
	if nonFinite {
		sample("NaN or infinite", nonFiniteColor)
	}
	if zero {
		sample("exactly zero", zeroColor)
	}
}
