package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing/internal/logscale"
)

// colorBar explains the colours of a scale, by height from 0 to 1.
func colorBar(c draw.Canvas, scale logscale.Scale, colors func(height float64) color.Color, title string) {
	const width, parts = 14, 256
	height := c.Max.Y - c.Min.Y
	for i := range parts {
		low := c.Min.Y + height*vg.Length(i)/parts
		strip := vg.Rectangle{Min: vg.Point{X: c.Min.X, Y: low}, Max: vg.Point{X: c.Min.X + width, Y: min(low+height/parts+1, c.Max.Y)}}
		paint(c, strip, colors((float64(i)+0.5)/parts))
	}
	label := sans(9, grey)
	label.YAlign = draw.YCenter
	for _, e := range scale.Ticks(9) {
		y := c.Min.Y + height*vg.Length(float64(e-scale.Low)/float64(scale.Decades()))
		c.StrokeLine2(draw.LineStyle{Color: grey, Width: vg.Points(0.6)}, c.Min.X+width, y, c.Min.X+width+4, y)
		c.FillText(label, vg.Point{X: c.Min.X + width + 7, Y: y + label.FontExtents().Descent}, logscale.Power(e))
	}
	name := sans(10.5, ink)
	name.Rotation = math.Pi / 2
	name.XAlign = draw.XCenter
	c.FillText(name, vg.Point{X: c.Max.X, Y: (c.Min.Y + c.Max.Y) / 2}, title)
}
