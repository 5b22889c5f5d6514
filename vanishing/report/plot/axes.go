package plot

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing/internal/logscale"
)

// newPlot returns an empty plot in the style of all figures.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.LineStyle = draw.LineStyle{Color: grey, Width: vg.Points(0.6)}
		axis.Tick.LineStyle = axis.LineStyle
		axis.Tick.Length = vg.Points(4)
		restyle(&axis.Tick.Label, sans(9, grey))
		restyle(&axis.Label.TextStyle, sans(10.5, ink))
		axis.Label.Padding = vg.Points(6)
		axis.Padding = 0
	}
	p.X.Label.Text, p.Y.Label.Text = x, y
	return p
}

// restyle changes the font and the colour of a style, but not its alignment.
func restyle(s *text.Style, to text.Style) { s.Font, s.Color = to.Font, to.Color }

// decadeTicks labels a logarithmic axis with at most nine powers of ten, equally spaced.
type decadeTicks struct{ s logscale.Scale }

// Ticks implements plot.Ticker.
func (d decadeTicks) Ticks(_, _ float64) []plot.Tick {
	var ticks []plot.Tick
	for _, e := range d.s.Ticks(9) {
		ticks = append(ticks, plot.Tick{Value: float64(e), Label: logscale.Power(e)})
	}
	return ticks
}

// decadeGrid draws a thin line at each tick.
type decadeGrid struct{ s logscale.Scale }

// Plot implements plot.Plotter.
func (d decadeGrid) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, e := range d.s.Ticks(9) {
		c.StrokeLine2(draw.LineStyle{Color: pale, Width: vg.Points(0.6)}, c.Min.X, y(float64(e)), c.Max.X, y(float64(e)))
	}
}

// countTicks labels an axis of a count at whole numbers only.
type countTicks struct{}

// Ticks implements plot.Ticker.
func (countTicks) Ticks(low, high float64) []plot.Tick {
	first, last := max(0, int(math.Ceil(low))), int(math.Floor(high)) // an axis may begin before its first count
	step := logscale.Step(last-first, 12, 1, 2, 5)
	ticks := []plot.Tick{{Value: float64(first), Label: fmt.Sprint(first)}}
	for n := (first/step + 1) * step; n <= last; n += step {
		if step == 1 || n-first > step/2 {
			ticks = append(ticks, plot.Tick{Value: float64(n), Label: fmt.Sprint(n)})
		}
	}
	return ticks
}
