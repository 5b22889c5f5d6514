package plot

import (
	"image/color"
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// The ends of the colours of an edge of chaos, in layers: a gradient that changes by a factor e in less than one layer, or in
// more than a thousand, has the colour at the end.
var chaosScale = logscale.Scale{Low: 0, High: 3}

// EdgeOfChaos draws the plane of plain networks of one activation: the colour says over how many layers the squared
// gradient changes by a factor e, on a logarithmic scale, and a line where it does not change at all. Left of it gradients
// vanish, right of it they explode.
func EdgeOfChaos(chaos theory.ChaosMap) (*Figure, error) {
	if len(chaos.WeightSD) < 2 || len(chaos.BiasSD) < 2 || len(chaos.Points) != len(chaos.BiasSD) {
		return nil, errors.Errorf("plot: an edge of chaos of %d weight and %d bias deviations in %d rows, expected at least 2 of both, and a row for each bias",
			len(chaos.WeightSD), len(chaos.BiasSD), len(chaos.Points))
	}
	for _, row := range chaos.Points {
		if len(row) != len(chaos.WeightSD) {
			return nil, errors.Errorf("plot: a row of an edge of chaos has %d points, expected %d", len(row), len(chaos.WeightSD))
		}
	}
	p := newPlot("standard deviation of the weights × √width", "standard deviation of the biases")
	p.X.Min, p.X.Max = chaos.WeightSD[0], chaos.WeightSD[len(chaos.WeightSD)-1]
	p.Y.Min, p.Y.Max = chaos.BiasSD[0], chaos.BiasSD[len(chaos.BiasSD)-1]
	p.Add(chaosPlane(chaos))
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -16, 14, -14)
		large := sans(13, ink)
		title := "The edge of chaos: plain networks of " + chaos.Activation
		c.FillText(large, vg.Point{X: c.Min.X, Y: c.Max.Y - large.Height(title)}, title)
		c = draw.Crop(c, 0, 0, 0, -large.Height(title)-vg.Points(14))
		const barWidth = 86
		left := draw.Crop(c, 0, -barWidth, 0, 0)
		p.Draw(left)
		data := p.DataCanvas(left)
		bar := vg.Rectangle{Min: vg.Point{X: c.Max.X - barWidth + 20, Y: data.Min.Y}, Max: vg.Point{X: c.Max.X, Y: data.Max.Y}}
		colorBar(draw.Canvas{Canvas: c.Canvas, Rectangle: bar}, chaosScale, "layers per factor e of the squared gradient")
	}}, nil
}

// chaosPlane is the map to draw.
type chaosPlane theory.ChaosMap

// Plot implements plot.Plotter.
func (m chaosPlane) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, row := range m.Points {
		for j, point := range row {
			left, right := around(m.WeightSD, j)
			low, high := around(m.BiasSD, i)
			paint(c, vg.Rectangle{
				Min: vg.Point{X: x(left), Y: y(low)},
				Max: vg.Point{X: min(x(right)+1, c.Max.X), Y: min(y(high)+1, c.Max.Y)},
			}, heat(chaosScale.Fraction(min(1e3, max(1, point.GradientScale())))))
		}
	}
	var line []vg.Point
	for _, at := range m.Line {
		if at.WeightSD >= p.X.Min && at.BiasSD >= p.Y.Min {
			line = append(line, vg.Point{X: x(at.WeightSD), Y: y(at.BiasSD)})
		}
	}
	if len(line) > 1 {
		c.StrokeLines(draw.LineStyle{Color: color.White, Width: vg.Points(4)}, line)
		c.StrokeLines(draw.LineStyle{Color: color.Black, Width: vg.Points(1.6)}, line)
	}
	m.label(c, line)
}

// label names the line and the sides that there are.
func (m chaosPlane) label(c draw.Canvas, line []vg.Point) {
	ordered, chaotic := false, false
	for _, row := range m.Points {
		for _, point := range row {
			ordered, chaotic = ordered || point.Chi < 1-1e-9, chaotic || point.Chi > 1+1e-9
		}
	}
	height := c.Max.Y - c.Min.Y
	if ordered {
		boxed(c, vg.Point{X: c.Min.X + 10, Y: c.Min.Y + height*0.9}, draw.XLeft, "gradients vanish (χ < 1)")
	}
	if chaotic {
		boxed(c, vg.Point{X: c.Max.X - 10, Y: c.Min.Y + height*0.1}, draw.XRight, "gradients explode (χ > 1)")
	}
	if len(line) > 1 {
		middle := line[0]
		for _, at := range line {
			if math.Abs(float64(at.Y-c.Min.Y-height*0.55)) < math.Abs(float64(middle.Y-c.Min.Y-height*0.55)) {
				middle = at
			}
		}
		boxed(c, vg.Point{X: middle.X + 10, Y: middle.Y}, draw.XLeft, "χ = 1")
	}
}

// boxed writes text on a white ground.
func boxed(c draw.Canvas, at vg.Point, align text.XAlignment, words string) {
	style := sans(10, ink)
	width := style.Width(words)
	if align == draw.XRight {
		at.X -= width
	}
	e := style.FontExtents()
	paint(c, vg.Rectangle{
		Min: vg.Point{X: at.X - 4, Y: at.Y - e.Descent - 3}, Max: vg.Point{X: at.X + width + 4, Y: at.Y + e.Ascent + 2},
	}, color.White)
	c.FillText(style, at, words)
}

// around is where a cell of a grid begins and ends: half way to its neighbours.
func around(grid []float64, i int) (low, high float64) {
	low, high = grid[i], grid[i]
	if i > 0 {
		low = (grid[i-1] + grid[i]) / 2
	}
	if i+1 < len(grid) {
		high = (grid[i] + grid[i+1]) / 2
	}
	return low, high
}
