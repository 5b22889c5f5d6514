package plot

import (
	"image/color"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// Lines is a picture of several series of numbers over one axis, such as accuracies or correlations over the depth.
type Lines struct {
	Title string
	Note  string // a sentence below the legend; may be empty
	X, Y  string // names of the axes
	Log   bool   // logarithmic Y; numbers that are not positive have no place there, and are left out
	LogX  bool   // the same for X
	// Low and High are the ends of the Y axis; 0 and 0 let the numbers decide. On a logarithmic one numbers below Low are left out.
	Low, High float64
	Series    []Series
}

// A Series is a line of a picture.
type Series struct {
	Name      string
	X, Y      []float64 // as many of each
	Low, High []float64 // a band around the line; nil for none
	Style     int       // colour and marker; 0 is the place in the list, from 1 on
	Dotted    bool      // a thin line without markers, as of theory
	Plain     bool      // a thin, solid line without markers, for many points
}

// Draw draws the picture. The error is [ErrEmpty] if no series has a number to draw.
func (l Lines) Draw() (*Figure, error) {
	p := newPlot(l.X, l.Y)
	var curves []curve
	var bands []seriesBand
	for i, s := range l.Series {
		if len(s.X) != len(s.Y) || s.Low != nil && (len(s.Low) != len(s.Y) || len(s.High) != len(s.Y)) {
			return nil, errors.Errorf("plot: series %q: got %d X, %d Y, %d Low and %d High, want as many of each", s.Name, len(s.X), len(s.Y), len(s.Low), len(s.High))
		}
		c := l.curve(s, i)
		curves = append(curves, c)
		if s.Low != nil {
			bands = append(bands, l.band(s, c))
		}
	}
	if !l.scale(p, curves, bands) {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s", l.Title)
	}
	for _, b := range bands {
		p.Add(b)
	}
	for _, c := range curves {
		p.Add(c)
	}
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = heading(draw.Crop(c, 16, -20, 14, -14), l.Title, curves)
		if l.Note != "" {
			c = under(c, l.Note)
		}
		p.Draw(c)
	}}, nil
}

// height is the place of a number on the Y axis; false if it has none.
func (l Lines) height(y float64) (float64, bool) {
	if l.Log {
		return stat.Log10(y), logscale.Drawable(y) && y >= l.Low
	}
	return y, !math.IsNaN(y) && !math.IsInf(y, 0)
}

// point is the place of two numbers in the picture; false if they have none.
func (l Lines) point(x, y float64) (plotter.XY, bool) {
	y, ok := l.height(y)
	if l.LogX {
		ok = ok && logscale.Drawable(x)
		x = stat.Log10(x)
	}
	return plotter.XY{X: x, Y: y}, ok
}

func (l Lines) curve(s Series, i int) curve {
	if s.Style > 0 {
		i = s.Style - 1
	}
	colour := lineColors[i%len(lineColors)]
	c := curve{
		name: s.Name, line: draw.LineStyle{Color: colour, Width: vg.Points(1.6), Dashes: dashes[i%len(dashes)]},
		glyph: draw.GlyphStyle{Color: colour, Radius: vg.Points(2.6), Shape: glyphs[i%len(glyphs)]},
	}
	if s.Dotted {
		c.line.Width, c.line.Dashes = vg.Points(0.9), []vg.Length{1, 2}
		c.glyph.Radius = 0
	}
	if s.Plain {
		c.line.Width, c.line.Dashes = vg.Points(0.9), nil
		c.glyph.Radius = 0
	}
	for k, x := range s.X {
		if at, ok := l.point(x, s.Y[k]); ok {
			c.points = append(c.points, at)
		}
	}
	c.points = extremes(c.points)
	return c
}

// scale sets the ends of the axes, and adds the grid. It returns false if there is nothing to draw.
func (l Lines) scale(p *plot.Plot, curves []curve, bands []seriesBand) bool {
	left, right, low, high := math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for _, c := range curves {
		for _, at := range c.points {
			left, right, low, high = min(left, at.X), max(right, at.X), min(low, at.Y), max(high, at.Y)
		}
	}
	if left > right {
		return false
	}
	for _, b := range bands {
		for i := range b.lower {
			low, high = min(low, b.lower[i].Y), max(high, b.upper[i].Y)
		}
	}
	switch {
	case l.LogX:
		p.X.Tick.Marker = decadeTicks{logscale.Scale{Low: int(math.Floor(left)), High: int(math.Ceil(right))}}
	case l.counts():
		p.X.Tick.Marker = countTicks{}
	}
	margin := max(0.02*(right-left), 1e-9)
	p.X.Min, p.X.Max = left-margin, right+margin
	if l.Log {
		if l.Low > 0 && l.High > 0 {
			low, high = stat.Log10(l.Low), stat.Log10(l.High)
		}
		s := logscale.Scale{Low: int(math.Floor(low)), High: int(math.Ceil(high))}
		s.High = max(s.High, s.Low+1)
		p.Y.Min, p.Y.Max, p.Y.Tick.Marker = float64(s.Low), float64(s.High), decadeTicks{s}
		p.Add(decadeGrid{s})
		return true
	}
	if l.Low != 0 || l.High != 0 {
		low, high = l.Low, l.High
	}
	p.Y.Min, p.Y.Max = low, max(high, low+1e-9)
	grid := plotter.NewGrid()
	grid.Vertical = draw.LineStyle{}
	grid.Horizontal = draw.LineStyle{Color: pale, Width: vg.Points(0.6)}
	p.Add(grid)
	return true
}

// counts tells whether all X are whole numbers.
func (l Lines) counts() bool {
	for _, s := range l.Series {
		if slices.ContainsFunc(s.X, func(x float64) bool { return x != math.Trunc(x) }) {
			return false
		}
	}
	return true
}

// A seriesBand is the area between the lower and the upper numbers of a series.
type seriesBand struct {
	lower, upper []plotter.XY
	color        color.RGBA
}

func (l Lines) band(s Series, c curve) seriesBand {
	b := seriesBand{color: c.line.Color.(color.RGBA)}
	for i, x := range s.X {
		low, lowOK := l.point(x, s.Low[i])
		high, highOK := l.point(x, s.High[i])
		if lowOK && highOK {
			b.lower, b.upper = append(b.lower, low), append(b.upper, high)
		}
	}
	return b
}

// Plot implements plot.Plotter.
func (b seriesBand) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var around []vg.Point
	for _, at := range b.upper {
		around = append(around, vg.Point{X: x(at.X), Y: y(at.Y)})
	}
	for i := range b.lower {
		at := b.lower[len(b.lower)-1-i]
		around = append(around, vg.Point{X: x(at.X), Y: y(at.Y)})
	}
	if len(around) > 0 {
		c.FillPolygon(color.NRGBA{b.color.R, b.color.G, b.color.B, 0x2e}, c.ClipPolygonXY(around))
	}
}
