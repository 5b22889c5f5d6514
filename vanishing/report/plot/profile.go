package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// Profile draws how the gradient fares on its way through one or several networks: a line for each over the depth,
// at the layers' median DeltaRMS, on a logarithmic axis. A straight line is a gradient that changes by the same factor
// from layer to layer; level is healthy.
//
// Where a profile has a prediction of theory, it is drawn from the last hidden layer on: a dotted line in a band of two
// standard deviations to either side. Theory speaks of the initialisation; to compare with it, cut the profile to its first
// record.
//
// Of more than 12 networks it draws the first 12, which leaves room for the legend, and the title tells how many there are.
//
// Layers whose gradient is exactly zero have no place on such an axis and are marked as triangles on its lower end.
// Projections on skips are left out. It is an error if there is no layer to draw.
func Profile(profiles ...vanishing.Profile) (*Figure, error) {
	profiles, err := present.Printable(profiles...)
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	title := "How the gradient fares on its way back through the layers"
	if len(profiles) > maxCurves {
		title += fmt.Sprintf(": %d of %d networks", maxCurves, len(profiles))
		profiles = profiles[:maxCurves]
	}
	curves := make([]curve, len(profiles))
	medians := make([][]float64, len(profiles))
	var bands []*band
	for i, p := range profiles {
		all := p.MedianDeltaRMS()
		curves[i], medians[i] = newCurve(p, all, i), present.OnPath(p, all)
		if b := newBand(p, all, i); b != nil {
			bands, medians[i] = append(bands, b), append(medians[i], b.ends()...)
		}
	}
	p := newPlot("layer, from input to output", "size of the gradient dL/dz (RMS)")
	s := logscale.Of(medians...)
	p.Y.Min, p.Y.Max = float64(s.Low), float64(s.High)
	p.Y.Tick.Marker = decadeTicks{s}
	p.Add(decadeGrid{s})
	for _, b := range bands {
		p.Add(b)
	}
	depth := 0.0
	zeros := false
	for _, c := range curves {
		p.Add(c)
		zeros = zeros || len(c.zeros) > 0
		for _, point := range slices.Concat(c.points, c.zeros) {
			depth = max(depth, point.X)
		}
	}
	if depth == 0 {
		return nil, errors.New("plot: there is no gradient to plot: no finite step was recorded")
	}
	p.X.Min, p.X.Max = 0.5, depth+0.5
	p.X.Tick.Marker = countTicks{}
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		c = heading(c, title, curves)
		if zeros {
			zeroNote(c)
		}
		if len(bands) > 0 {
			bandNote(c)
		}
		p.Draw(c)
	}}, nil
}

// A curve is what the plot shows of one network.
type curve struct {
	name   string
	points plotter.XYs // depth and log10 of the gradient
	zeros  plotter.XYs // depths of layers with a gradient of exactly zero
	line   draw.LineStyle
	glyph  draw.GlyphStyle
}

// The dashes and markers, which tell networks apart where colours do not.
var (
	dashes = [][]vg.Length{nil, {7, 3}, {2, 2}, {7, 2, 2, 2}}
	glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, hollow{draw.CircleGlyph{}}, hollow{draw.BoxGlyph{}}}
)

// maxCurves is how many networks a plot has room for, with the longest names in the legend.
const maxCurves = 12

// maxGlyphs is the number of layers from which on not each has a marker.
const maxGlyphs = 40

func newCurve(p vanishing.Profile, medians []float64, i int) curve {
	c := curve{name: shortTitle(p)}
	colour := lineColors[i%len(lineColors)]
	c.line = draw.LineStyle{Color: colour, Width: vg.Points(1.6), Dashes: dashes[i%len(dashes)]}
	c.glyph = draw.GlyphStyle{Color: colour, Radius: vg.Points(2.6), Shape: glyphs[i%len(glyphs)]}
	for l, v := range medians {
		depth := float64(p.Layers[l].Depth)
		switch {
		case p.Layers[l].OnSkip:
		case logscale.Drawable(v):
			c.points = append(c.points, plotter.XY{X: depth, Y: logscale.Log10(v)})
		case v == 0:
			c.zeros = append(c.zeros, plotter.XY{X: depth})
		}
	}
	return c
}

// Plot implements plot.Plotter.
func (c curve) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	line := make([]vg.Point, len(c.points))
	for i, point := range c.points {
		line[i] = vg.Point{X: x(point.X), Y: y(point.Y)}
	}
	canvas.StrokeLines(c.line, line)
	every := 1 + len(line)/maxGlyphs
	for i, at := range line {
		if i%every == 0 {
			canvas.DrawGlyphNoClip(c.glyph, at)
		}
	}
	for _, zero := range c.zeros {
		fallen(canvas, c.glyph, vg.Point{X: x(zero.X), Y: canvas.Min.Y})
	}
}

// hollow is a marker with a white heart.
type hollow struct{ draw.GlyphDrawer }

// DrawGlyph implements draw.GlyphDrawer.
func (h hollow) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	h.GlyphDrawer.DrawGlyph(c, s, at)
	c.SetColor(color.White)
	s.Radius *= 0.6
	h.GlyphDrawer.DrawGlyph(c, s, at)
}

// fallen draws the marker of a gradient of zero: a hollow triangle that stands on its tip.
func fallen(c draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	w, h := s.Radius, 2*s.Radius
	var path vg.Path
	path.Move(at)
	path.Line(at.Add(vg.Point{X: -w, Y: h}))
	path.Line(at.Add(vg.Point{X: w, Y: h}))
	path.Close()
	c.SetLineStyle(draw.LineStyle{Color: s.Color, Width: vg.Points(0.9)})
	c.Stroke(path)
}

// zeroNote explains the fallen triangles, at the lower right end.
func zeroNote(c draw.Canvas) {
	const note = "exactly zero"
	small := sans(9, grey)
	at := vg.Point{X: c.Max.X - small.Width(note), Y: c.Min.Y}
	c.FillText(small, at, note)
	fallen(c, draw.GlyphStyle{Color: grey, Radius: vg.Points(2.6)}, at.Add(vg.Point{X: -7, Y: 0.5}))
}

// heading draws title and legend on top of a canvas and gives the rest.
func heading(c draw.Canvas, title string, curves []curve) draw.Canvas {
	large := sans(13, ink)
	top := c.Max.Y - large.Height(title)
	c.FillText(large, vg.Point{X: c.Min.X, Y: top}, title)
	bottom := legend(draw.Crop(c, 0, 0, 0, top-c.Max.Y-vg.Points(10)), curves)
	return draw.Crop(c, 0, 0, 0, bottom-c.Max.Y-vg.Points(12))
}

// legend names the curves from left to right, at least two in a line, and gives the height at which it ends.
func legend(c draw.Canvas, curves []curve) vg.Length {
	style := sans(10, ink)
	const sample, gap, between = 26, 6, 22
	x, y := c.Min.X, c.Max.Y-style.Height("X")
	for _, curve := range curves {
		name := fitting(curve.name, style, (c.Max.X-c.Min.X-between)/2-sample-gap)
		width := sample + gap + style.Width(name)
		if x > c.Min.X && x+width > c.Max.X {
			x, y = c.Min.X, y-1.6*style.Height("X")
		}
		middle := y + style.Height("X")/3
		c.StrokeLine2(curve.line, x, middle, x+sample, middle)
		c.DrawGlyphNoClip(curve.glyph, vg.Point{X: x + sample/2, Y: middle})
		c.FillText(style, vg.Point{X: x + sample + gap, Y: y}, name)
		x += width + between
	}
	return y
}

// fitting is the end of a text that is no wider than a length.
func fitting(s string, style text.Style, most vg.Length) string {
	runes := []rune(s)
	for first := 1; style.Width(s) > most && first < len(runes); first++ {
		s = "…" + string(runes[first:])
	}
	return s
}

// decadeTicks labels a logarithmic axis: few powers of ten, at equal steps.
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

// countTicks labels an axis of things counted from a first one on, at whole numbers only.
type countTicks struct{}

// Ticks implements plot.Ticker.
func (countTicks) Ticks(low, high float64) []plot.Tick {
	first, last := int(math.Ceil(low)), int(math.Floor(high))
	step := logscale.Step(last-first, 12, 1, 2, 5)
	ticks := []plot.Tick{{Value: float64(first), Label: fmt.Sprint(first)}}
	for n := (first/step + 1) * step; n <= last; n += step {
		if step == 1 || n-first > step/2 {
			ticks = append(ticks, plot.Tick{Value: float64(n), Label: fmt.Sprint(n)})
		}
	}
	return ticks
}
