package plot

import (
	"image/color"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
)

// A curve is the line of one network.
type curve struct {
	name   string
	points plotter.XYs // depth and log10 of the gradient
	zeros  plotter.XYs // depths of layers with a gradient of exactly zero
	broken plotter.XYs // depths of layers with a gradient of NaN or infinity
	line   draw.LineStyle
	glyph  draw.GlyphStyle
}

// The dashes and markers, which tell networks apart without colours.
var (
	dashes = [][]vg.Length{nil, {7, 3}, {2, 2}, {7, 2, 2, 2}}
	glyphs = []draw.GlyphDrawer{draw.CircleGlyph{}, draw.BoxGlyph{}, draw.PyramidGlyph{}, hollow{draw.CircleGlyph{}}, hollow{draw.BoxGlyph{}}}
)

// maxGlyphs is the number of layers up to which each has a marker.
const maxGlyphs = 40

func newCurve(d vanishing.Diagnosis, i int) curve {
	p := d.Profile
	c := curve{name: shortTitle(p)}
	colour := lineColors[i%len(lineColors)]
	c.line = draw.LineStyle{Color: colour, Width: vg.Points(1.6), Dashes: dashes[i%len(dashes)]}
	c.glyph = draw.GlyphStyle{Color: colour, Radius: vg.Points(2.6), Shape: glyphs[i%len(glyphs)]}
	for l, v := range sizes(d) {
		depth := float64(p.Layers[l].Depth)
		switch {
		case p.Layers[l].OnSkip:
		case logscale.Drawable(v):
			c.points = append(c.points, plotter.XY{X: depth, Y: stat.Log10(v)})
		case v == 0:
			c.zeros = append(c.zeros, plotter.XY{X: depth})
		case len(p.Records) > 0:
			c.broken = append(c.broken, plotter.XY{X: depth})
		}
	}
	c.points, c.zeros, c.broken = extremes(c.points), extremes(c.zeros), extremes(c.broken)
	return c
}

// maxPoints is the most points of a line. More cannot be told apart.
const maxPoints = 4000

// extremes are the points or, of more than maxPoints, the lowest and the highest of each few neighbours.
func extremes(points plotter.XYs) plotter.XYs {
	if len(points) <= maxPoints {
		return points
	}
	var kept plotter.XYs
	for group := range slices.Chunk(points, 1+2*len(points)/maxPoints) {
		low, high := 0, 0
		for i, point := range group {
			if point.Y < group[low].Y {
				low = i
			}
			if point.Y > group[high].Y {
				high = i
			}
		}
		kept = append(kept, group[min(low, high)])
		if low != high {
			kept = append(kept, group[max(low, high)])
		}
	}
	return kept
}

// sizes are the gradients to draw: the median of each layer or, if no record is finite, the first record.
func sizes(d vanishing.Diagnosis) []float64 {
	if records := d.Profile.Records; d.Records == 0 && len(records) > 0 {
		return present.Deltas(records[0])
	}
	return d.DeltaRMS
}

// Plot implements plot.Plotter.
func (c curve) Plot(canvas draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&canvas)
	line := make([]vg.Point, len(c.points))
	for i, point := range c.points {
		line[i] = vg.Point{X: x(point.X), Y: y(point.Y)}
	}
	canvas.StrokeLines(c.line, line)
	stride := 1 + len(line)/maxGlyphs
	for i, at := range line {
		if i%stride == 0 {
			canvas.DrawGlyphNoClip(c.glyph, at)
		}
	}
	for _, zero := range c.zeros {
		zeroMark(canvas, c.glyph, vg.Point{X: x(zero.X), Y: canvas.Min.Y})
	}
	for _, broken := range c.broken {
		brokenMark(canvas, c.glyph, vg.Point{X: x(broken.X), Y: canvas.Max.Y})
	}
}

// hollow is a marker with a white centre.
type hollow struct{ draw.GlyphDrawer }

// DrawGlyph implements draw.GlyphDrawer.
func (h hollow) DrawGlyph(c *draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	h.GlyphDrawer.DrawGlyph(c, s, at)
	c.SetColor(color.White)
	s.Radius *= 0.6
	h.GlyphDrawer.DrawGlyph(c, s, at)
}

// zeroMark draws the marker of a gradient of zero: a hollow triangle on its tip.
func zeroMark(c draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	w, h := s.Radius, 2*s.Radius
	var path vg.Path
	path.Move(at)
	path.Line(at.Add(vg.Point{X: -w, Y: h}))
	path.Line(at.Add(vg.Point{X: w, Y: h}))
	path.Close()
	c.SetLineStyle(draw.LineStyle{Color: s.Color, Width: vg.Points(0.9)})
	c.Stroke(path)
}

// brokenMark draws the marker of a gradient of NaN or infinity: a cross below the upper end.
func brokenMark(c draw.Canvas, s draw.GlyphStyle, at vg.Point) {
	r := s.Radius
	style := draw.LineStyle{Color: s.Color, Width: vg.Points(0.9)}
	c.StrokeLine2(style, at.X-r, at.Y-2*r, at.X+r, at.Y)
	c.StrokeLine2(style, at.X-r, at.Y, at.X+r, at.Y-2*r)
}

// markNotes explains the markers of zero, of NaN and of infinity that occur, at the lower right end.
func markNotes(c draw.Canvas, curves []curve) {
	zeros, broken := false, false
	for _, curve := range curves {
		zeros, broken = zeros || len(curve.zeros) > 0, broken || len(curve.broken) > 0
	}
	small := sans(9, grey)
	glyph := draw.GlyphStyle{Color: grey, Radius: vg.Points(2.6)}
	right := c.Max.X
	note := func(text string, mark func(vg.Point)) {
		at := vg.Point{X: right - small.Width(text), Y: c.Min.Y}
		c.FillText(small, at, text)
		mark(at.Add(vg.Point{X: -7, Y: 0.5}))
		right = at.X - 24
	}
	if zeros {
		note("exactly zero", func(at vg.Point) { zeroMark(c, glyph, at) })
	}
	if broken {
		note("NaN or infinite", func(at vg.Point) { brokenMark(c, glyph, at.Add(vg.Point{Y: 2 * glyph.Radius})) })
	}
}
