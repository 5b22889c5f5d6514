package plot

import (
	"image/color"
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// chiScale is that of the colours: chi beyond it has the colour of its end.
var chiScale = logscale.Scale{Low: -1, High: 1}

// EdgeOfChaos draws the plane of all plain networks of one activation: chi, the factor of the squared gradient per layer, over the
// standard deviations of weights and biases. A line is where chi is 1, and a mark where a network is, if one is given that lies on
// the map. The error is [ErrEmpty] for a map of fewer than two standard deviations of either kind.
func EdgeOfChaos(chaos theory.ChaosMap, network *theory.ChaosPoint) (*Figure, error) {
	if len(chaos.WeightSD) < 2 || len(chaos.BiasSD) < 2 {
		return nil, errors.Wrap(ErrEmpty, "plot: edge of chaos: got fewer than two standard deviations of weights or of biases")
	}
	if err := checkRows(chaos); err != nil {
		return nil, err
	}
	m := chaosMap{chaos, network}
	if network != nil && !m.holds(*network) {
		m.network = nil
	}
	p := newPlot("standard deviation of a weight, times √width", "standard deviation of a bias")
	p.X.Min, p.X.Max = ends(chaos.WeightSD)
	p.Y.Min, p.Y.Max = ends(chaos.BiasSD)
	p.X.Tick.Marker, p.Y.Tick.Marker = plot.DefaultTicks{}, plot.DefaultTicks{}
	p.Add(m)
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -16, 14, -14)
		c = heading(c, "The edge of chaos of "+chaos.Activation, m.legend())
		c = under(c, "Colour: chi, the factor by which the squared gradient changes per layer on its way back, deep in a plain network. "+
			"Blue: gradients vanish. Orange: gradients explode.")
		const barWidth = 86
		left := draw.Crop(c, 0, -barWidth, 0, 0)
		p.Draw(left)
		data := p.DataCanvas(left)
		bar := draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: c.Max.X - barWidth + 20, Y: data.Min.Y}, Max: vg.Point{X: c.Max.X, Y: data.Max.Y},
		}}
		colorBar(bar, chiScale, diverging, "chi")
	}}, nil
}

// checkRows returns an error for a map that is not a point for each pair of standard deviations.
func checkRows(chaos theory.ChaosMap) error {
	if got, want := len(chaos.Points), len(chaos.BiasSD); got != want {
		return errors.Errorf("plot: edge of chaos: got %d rows of points, want %d, one for each standard deviation of biases", got, want)
	}
	for i, row := range chaos.Points {
		if got, want := len(row), len(chaos.WeightSD); got != want {
			return errors.Errorf("plot: edge of chaos: got %d points in row %d, want %d, one for each standard deviation of weights", got, i, want)
		}
	}
	return nil
}

// A chaosMap is the plane to draw, and where the network is.
type chaosMap struct {
	theory.ChaosMap
	network *theory.ChaosPoint
}

// Plot implements plot.Plotter. As in a heat map each cell reaches a little under the next ones.
func (m chaosMap) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, row := range m.Points {
		for j, at := range row {
			left, right := cell(m.WeightSD, j)
			low, high := cell(m.BiasSD, i)
			paint(c, vg.Rectangle{
				Min: vg.Point{X: x(left), Y: y(low)}, Max: vg.Point{X: min(x(right)+1, c.Max.X), Y: min(y(high)+1, c.Max.Y)},
			}, chiColor(at.Chi))
		}
	}
	line := make([]vg.Point, len(m.Line))
	for i, at := range m.Line {
		line[i] = vg.Point{X: x(at.WeightSD), Y: y(at.BiasSD)}
	}
	c.StrokeLines(criticalStyle, c.ClipLinesXY(line)...)
	if m.network != nil {
		c.DrawGlyphNoClip(networkGlyph, vg.Point{X: x(m.network.WeightSD), Y: y(m.network.BiasSD)})
	}
}

// holds tells whether a point lies on the map.
func (m chaosMap) holds(at theory.ChaosPoint) bool {
	left, right := ends(m.WeightSD)
	low, high := ends(m.BiasSD)
	return at.WeightSD >= left && at.WeightSD <= right && at.BiasSD >= low && at.BiasSD <= high
}

func chiColor(chi float64) color.Color {
	if math.IsNaN(chi) {
		return nonFiniteColor
	}
	return diverging(chiScale.Fraction(chi))
}

// The line and the mark.
var (
	criticalStyle = draw.LineStyle{Color: color.Black, Width: vg.Points(1.6)}
	networkGlyph  = draw.GlyphStyle{Color: color.Black, Radius: vg.Points(4.5), Shape: hollow{draw.CircleGlyph{}}}
)

// legend names the line and the mark, if there are such.
func (m chaosMap) legend() []curve {
	var list []curve
	if len(m.Line) > 0 {
		list = append(list, curve{name: "chi = 1, the edge of chaos", line: criticalStyle, glyph: draw.GlyphStyle{Color: color.Black, Shape: draw.CircleGlyph{}}})
	}
	if m.network != nil {
		list = append(list, curve{name: "this network", line: draw.LineStyle{Color: color.White}, glyph: networkGlyph})
	}
	return list
}

// ends are where the first and the last cell of rising values end, without rounding errors, which would shift the ticks.
func ends(values []float64) (low, high float64) {
	low, _ = cell(values, 0)
	_, high = cell(values, len(values)-1)
	step := 1e-9 * (high - low)
	return step * math.Round(low/step), low + step*math.Round((high-low)/step)
}

// cell reaches from halfway to the value before to halfway to the value after, and as far on the other side at the ends.
func cell(values []float64, i int) (low, high float64) {
	last := len(values) - 1
	before, after := values[max(i-1, 0)], values[min(i+1, last)]
	switch i {
	case 0:
		before = 2*values[0] - after
	case last:
		after = 2*values[last] - before
	}
	return (before + values[i]) / 2, (values[i] + after) / 2
}
