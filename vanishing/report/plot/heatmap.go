package plot

import (
	"image/color"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// The most columns and rows of a heat map that can be told apart.
const (
	maxColumns = 160
	maxLines   = 200
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
	p := newPlot("step", "layer, from input to output")
	p.X.Min, p.X.Max = 0, float64(len(h.cells))
	p.Y.Min, p.Y.Max = 0.5, float64(h.layers)+0.5
	p.X.Tick.Marker, p.Y.Tick.Marker = h.stepTicks(), countTicks{}
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
	steps  []int
	layers int
	merged int         // layers in a cell
	cells  [][]float64 // by column and row
	scale  logscale.Scale
}

func newHeatMap(p vanishing.Profile) heatMap {
	var h heatMap
	stride := 1 + (len(p.Records)-1)/maxColumns
	for i := 0; i < len(p.Records); i += stride {
		h.steps = append(h.steps, p.Records[i].Step)
		column := present.OnPath(p, present.Deltas(p.Records[i]))
		h.layers, h.merged = len(column), 1+(len(column)-1)/maxLines
		h.cells = append(h.cells, minima(column, h.merged))
	}
	h.scale = logscale.Of(h.cells...)
	return h
}

// Plot implements plot.Plotter. Each cell overlaps the next ones, which are painted over it, so that no gaps show between cells.
func (h heatMap) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, column := range h.cells {
		for j, v := range column {
			paint(c, vg.Rectangle{
				Min: vg.Point{X: x(float64(i)), Y: y(float64(j*h.merged) + 0.5)},
				Max: vg.Point{X: min(x(float64(i+1))+1, c.Max.X), Y: min(y(float64((j+1)*h.merged)+0.5)+1, c.Max.Y)},
			}, h.color(v))
		}
	}
}

// minima returns the smallest value of each n neighbours, or NaN if there is one.
func minima(values []float64, n int) []float64 {
	var list []float64
	for group := range slices.Chunk(values, n) {
		list = append(list, slices.Min(group))
	}
	return list
}

func (h heatMap) color(v float64) color.Color {
	switch {
	case logscale.Drawable(v):
		return heat(h.scale.Fraction(v))
	case v == 0:
		return zeroColor
	}
	return nonFiniteColor
}

// stepTicks labels equally spaced columns with their steps.
func (h heatMap) stepTicks() plot.ConstantTicks {
	var ticks []plot.Tick
	stride := logscale.Step(len(h.steps), 10, 1, 2, 5)
	for i := 0; i < len(h.steps); i += stride {
		ticks = append(ticks, plot.Tick{Value: float64(i) + 0.5, Label: strconv.Itoa(h.steps[i])})
	}
	return ticks
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
