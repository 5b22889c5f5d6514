package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A band is the prediction of mean-field theory for a network: a line, and two standard deviations to either side. It begins at
// the layer that theory starts from, at the measured size.
type band struct {
	depths, middle, width []float64 // by layer on the path; middle and width in decades
	color                 color.RGBA
}

// newBand returns nil if there is no prediction for two layers or more, or no measured size to begin at.
func newBand(d vanishing.Diagnosis, i int) *band {
	p := d.Profile
	if p.Theory == nil || p.Theory.None != "" {
		return nil
	}
	b := &band{color: lineColors[i%len(lineColors)]}
	offset := math.NaN()
	for l, layer := range p.Layers {
		e := p.Theory.Layer(l)
		if e == nil || layer.OnSkip {
			continue
		}
		expected, width := float64(e.Delta), float64(e.Band)
		if math.IsNaN(expected) || math.IsInf(expected, 0) {
			continue
		}
		if math.IsNaN(width) || math.IsInf(width, 0) {
			width = 0
		}
		b.depths, b.middle, b.width = append(b.depths, float64(layer.Depth)), append(b.middle, expected), append(b.width, width)
		if logscale.Drawable(d.DeltaRMS[l]) { // the last one counts
			offset = stat.Log10(d.DeltaRMS[l]) - expected
		}
	}
	if len(b.depths) < 2 || math.IsNaN(offset) {
		return nil
	}
	for i := range b.middle {
		b.middle[i] += offset
	}
	return b
}

// ends are the bounds of the band, for the scale.
func (b *band) ends() []float64 {
	var list []float64
	for i, m := range b.middle {
		list = append(list, math.Pow(10, m-2*b.width[i]), math.Pow(10, m+2*b.width[i]))
	}
	return list
}

// Plot implements plot.Plotter.
func (b *band) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var line, upper, lower []vg.Point
	for i, m := range b.middle {
		at := x(b.depths[i])
		line = append(line, vg.Point{X: at, Y: y(m)})
		upper = append(upper, vg.Point{X: at, Y: y(m + 2*b.width[i])})
		lower = append([]vg.Point{{X: at, Y: y(m - 2*b.width[i])}}, lower...)
	}
	c.FillPolygon(color.NRGBA{b.color.R, b.color.G, b.color.B, 0x2e}, c.ClipPolygonXY(append(upper, lower...)))
	c.StrokeLines(draw.LineStyle{Color: b.color, Width: vg.Points(0.9), Dashes: []vg.Length{1, 2}}, c.ClipLinesXY(line)...)
}

// bandNote explains the bands, at the lower left end.
func bandNote(c draw.Canvas) {
	small := sans(9, grey)
	paint(c, vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: c.Min.Y}, Max: vg.Point{X: c.Min.X + 14, Y: c.Min.Y + 7}}, color.Gray{0xd0})
	c.StrokeLine2(draw.LineStyle{Color: grey, Width: vg.Points(0.9), Dashes: []vg.Length{1, 2}}, c.Min.X, c.Min.Y+3.5, c.Min.X+14, c.Min.Y+3.5)
	c.FillText(small, vg.Point{X: c.Min.X + 19, Y: c.Min.Y}, "theory of the initialisation, ±2 sd")
}
