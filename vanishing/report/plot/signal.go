package plot

import (
	"fmt"
	"image/color"
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// signalPanels are the quantities of [Signal], each with a panel of its own.
var signalPanels = []struct {
	title string
	of    func(profile.BlockSignal) profile.Number
}{
	{"variance", func(s profile.BlockSignal) profile.Number { return s.Variance }},
	{"variance of the branch", func(s profile.BlockSignal) profile.Number { return s.BranchVariance }},
	{"squared mean", func(s profile.BlockSignal) profile.Number { return s.SquaredMean }},
}

// negligible is the ratio to the largest variance below which a squared mean is the rounding error of 0.
const negligible = 1e-9

// linearRange is the largest ratio of two values up to which an axis is linear: growth in proportion to the depth is then a line.
const linearRange = 50

// Signal draws the signal-propagation plots of a residual network (Brock et al. 2021): for each block the average variance of a channel,
// that of the end of the branch, and the average squared mean of a channel. It draws the first and the last record that have them, and
// the prediction of theory at initialisation. The error is [ErrEmpty] if the profile has no such record.
func Signal(diagnosis vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnosis)
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	p := diagnoses[0].Profile
	rows := signalRows(p)
	if len(rows) == 0 {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s has no signal of residual blocks", present.Title(p))
	}
	keys := make([]curve, len(rows))
	for i, r := range rows {
		keys[i] = curve{name: r.name, line: r.line, glyph: r.glyph}
	}
	return &Figure{11 * vg.Inch, 4.2 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		c = heading(c, "The signal at the blocks: "+shortTitle(p), keys)
		const gap = 14
		width := (c.Max.X - c.Min.X - 2*gap) / 3
		for i, panel := range signalPanels {
			left := vg.Length(i) * (width + gap)
			signalPanel(panel.title, panel.of, rows, len(p.Blocks), largestVariance(rows)).Draw(draw.Crop(c, left, left+width-(c.Max.X-c.Min.X), 0, 0))
		}
	}}, nil
}

// A signalRow is the signal at all blocks at one time.
type signalRow struct {
	name   string
	values []profile.BlockSignal
	line   draw.LineStyle
	glyph  draw.GlyphStyle
}

// signalRows are those of the first and the last record with a signal, and the expected one.
func signalRows(p vanishing.Profile) (list []signalRow) {
	add := func(name string, values []profile.BlockSignal, style int) {
		list = append(list, signalRow{
			name, values, draw.LineStyle{Color: lineColors[style], Width: vg.Points(1.6), Dashes: dashes[style]},
			draw.GlyphStyle{Color: lineColors[style], Radius: vg.Points(2.6), Shape: glyphs[style]},
		})
	}
	var last *profile.Record
	for i := range p.Records {
		r := &p.Records[i]
		if len(r.Signal) == 0 {
			continue
		}
		if last == nil {
			add(fmt.Sprintf("step %d", r.Step), r.Signal, 0)
		}
		last = r
	}
	if last == nil {
		return nil
	}
	if fmt.Sprintf("step %d", last.Step) != list[0].name {
		add(fmt.Sprintf("step %d", last.Step), last.Signal, 3)
	}
	if p.Theory != nil && len(p.Theory.Signal) > 0 {
		add("expected at initialisation", p.Theory.Signal, 1)
	}
	return list
}

// largestVariance is that of all rows; 0 if none can be drawn.
func largestVariance(rows []signalRow) float64 {
	largest := 0.0
	for _, r := range rows {
		for _, s := range r.values {
			if v := float64(s.Variance); logscale.Drawable(v) {
				largest = max(largest, v)
			}
		}
	}
	return largest
}

// signalPanel is the plot of one quantity, in a signal of a size.
func signalPanel(title string, of func(profile.BlockSignal) profile.Number, rows []signalRow, blocks int, size float64) *plot.Plot {
	p := newPlot("block, from input to output", title)
	p.X.Min, p.X.Max = 0.5, float64(blocks)+0.5
	p.X.Tick.Marker = countTicks{}
	low, high := math.Inf(1), 0.0
	for _, r := range rows {
		for _, s := range r.values {
			if v := float64(of(s)); logscale.Drawable(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high < negligible*size {
		low, high = size, size
	}
	logarithmic := high > linearRange*low
	if logarithmic {
		s := logscale.Scale{Low: int(math.Floor(stat.Log10(low))), High: int(math.Ceil(stat.Log10(high)))}
		p.Y.Min, p.Y.Max, p.Y.Tick.Marker = float64(s.Low), float64(s.High), decadeTicks{s}
		p.Add(decadeGrid{s})
	} else {
		if high == 0 {
			high = 1
		}
		p.Y.Min, p.Y.Max, p.Y.Tick.Marker = 0, 1.05*high, levelTicks{}
		p.Add(levelGrid{})
	}
	for _, r := range rows {
		c := curve{line: r.line, glyph: r.glyph}
		for i, s := range r.values {
			x, v := float64(i+1), float64(of(s))
			switch {
			case math.IsNaN(v) || math.IsInf(v, 0):
				c.broken = append(c.broken, plotter.XY{X: x})
			case logarithmic && v > 0:
				c.points = append(c.points, plotter.XY{X: x, Y: stat.Log10(v)})
			case logarithmic:
				c.zeros = append(c.zeros, plotter.XY{X: x})
			default:
				c.points = append(c.points, plotter.XY{X: x, Y: v})
			}
		}
		c.points, c.zeros, c.broken = extremes(c.points), extremes(c.zeros), extremes(c.broken)
		p.Add(c)
	}
	return p
}

// levelTicks labels a linear axis from 0 with up to six multiples of a round number.
type levelTicks struct{}

// Ticks implements plot.Ticker.
func (levelTicks) Ticks(_, high float64) []plot.Tick {
	size := math.Pow(10, math.Floor(math.Log10(high)))
	step := 0.1 * size
	for _, by := range []float64{0.2, 0.5, 1, 2} {
		if high/step > 6 {
			step = by * size
		}
	}
	var ticks []plot.Tick
	for i := 0; float64(i)*step <= high; i++ {
		ticks = append(ticks, plot.Tick{Value: float64(i) * step, Label: fmt.Sprintf("%.3g", float64(i)*step)})
	}
	return ticks
}

// levelGrid draws a thin line at each labelled tick of a linear axis.
type levelGrid struct{}

// Plot implements plot.Plotter.
func (levelGrid) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	for _, t := range p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max) {
		if t.Label != "" && t.Value > p.Y.Min {
			c.StrokeLine2(draw.LineStyle{Color: pale, Width: vg.Points(0.6)}, c.Min.X, y(t.Value), c.Max.X, y(t.Value))
		}
	}
}
