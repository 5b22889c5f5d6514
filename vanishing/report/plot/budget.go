package plot

import (
	"image/color"
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/diagnose"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Budget draws where the gradient's size goes: one bar for each layer, in decades (factors of ten) on the way back from the next
// layer. A bar is stacked from the parts of the layer's [profile.Gains]: gains go up, losses go down, and a dot marks the sum.
// The text is English, as the font has no Chinese characters. The error is [ErrEmpty] for a profile without gains, such as one
// without details.
func Budget(diagnosis vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnosis.In(vanishing.English))
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	profile, budget := diagnoses[0].Profile, diagnoses[0].Budget
	if !budget.Known() {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s has no gains (record details of two hidden layers or more)", present.Title(profile))
	}
	bars := newBudgetBars(profile, budget)
	p := newPlot("layer, from input to output", "decades gained (up) and lost (down)")
	p.X.Min, p.X.Max = 0.5, bars.last+0.5
	p.Y.Min, p.Y.Max = bars.low, bars.high
	p.X.Tick.Marker, p.Y.Tick.Marker = countTicks{}, plot.DefaultTicks{}
	p.Add(bars)
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		c = heading(c, "Where the gradient's size goes: "+shortTitle(profile), bars.legend())
		p.Draw(under(c, budget.String()))
	}}, nil
}

// budgetParts are the parts of a bar, in stacking order.
var budgetParts = []struct {
	name  string
	color color.RGBA
	of    func(*profile.Gains) float64
}{
	{"activation", lineColors[0], func(g *profile.Gains) float64 { return float64(g.Activation) }},
	{"weights", lineColors[1], func(g *profile.Gains) float64 { return float64(g.Weight) }},
	{"normalisation, scale", lineColors[2], func(g *profile.Gains) float64 { return float64(g.Norm) }},
	{"skips", lineColors[3], func(g *profile.Gains) float64 { return float64(g.Skip) }},
	{"other", lineColors[4], func(g *profile.Gains) float64 { return float64(g.Other) }},
}

// budgetBars are the bars to draw.
type budgetBars struct {
	depths          []float64
	gains           []*profile.Gains
	last, low, high float64
}

func newBudgetBars(p vanishing.Profile, budget diagnose.Budget) budgetBars {
	var b budgetBars
	for l, g := range budget.ByLayer {
		if g == nil || p.Layers[l].OnSkip || math.IsNaN(g.Total()) || math.IsInf(g.Total(), 0) {
			continue
		}
		b.depths, b.gains = append(b.depths, float64(p.Layers[l].Depth)), append(b.gains, g)
		up, down := 0.0, 0.0
		for _, part := range budgetParts {
			up, down = up+max(part.of(g), 0), down+min(part.of(g), 0)
		}
		b.low, b.high = min(b.low, down), max(b.high, up)
	}
	for _, l := range p.Layers {
		b.last = max(b.last, float64(l.Depth))
	}
	margin := 0.05 * max(b.high-b.low, 0.1)
	b.low, b.high = b.low-margin, b.high+margin
	return b
}

// Plot implements plot.Plotter.
func (b budgetBars) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for _, tick := range p.Y.Tick.Marker.Ticks(b.low, b.high) {
		if tick.Label != "" {
			c.StrokeLine2(draw.LineStyle{Color: pale, Width: vg.Points(0.6)}, c.Min.X, y(tick.Value), c.Max.X, y(tick.Value))
		}
	}
	half := 0.38 // of a bar's width, in layers
	if x(1)-x(0) < vg.Points(4) {
		half = 0.5
	}
	for i, g := range b.gains {
		up, down := 0.0, 0.0
		for _, part := range budgetParts {
			from, v := &up, part.of(g)
			if v < 0 {
				from = &down
			}
			bar := vg.Rectangle{
				Min: vg.Point{X: x(b.depths[i] - half), Y: y(min(*from, *from+v))},
				Max: vg.Point{X: x(b.depths[i] + half), Y: y(max(*from, *from+v))},
			}
			if *from += v; v != 0 {
				paint(c, bar, part.color)
			}
		}
	}
	c.StrokeLine2(draw.LineStyle{Color: grey, Width: vg.Points(0.8)}, c.Min.X, y(0), c.Max.X, y(0))
	dot := b.dot()
	dot.Radius = min(dot.Radius, max(0.4*(x(1)-x(0)), 0.7))
	for i, g := range b.gains {
		c.DrawGlyphNoClip(dot, vg.Point{X: x(b.depths[i]), Y: y(g.Total())})
	}
}

func (b budgetBars) dot() draw.GlyphStyle {
	return draw.GlyphStyle{Color: color.Black, Radius: vg.Points(2.6), Shape: hollow{draw.CircleGlyph{}}}
}

// legend names the parts that are not zero throughout, and the sum.
func (b budgetBars) legend() []curve {
	var list []curve
	for _, part := range budgetParts {
		for _, g := range b.gains {
			if part.of(g) != 0 {
				list = append(list, swatch(part.name, part.color))
				break
			}
		}
	}
	return append(list, curve{name: "sum", line: draw.LineStyle{Color: color.White}, glyph: b.dot()})
}
