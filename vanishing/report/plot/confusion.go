package plot

import (
	"fmt"
	"image/color"
	"slices"
	"strconv"

	"github.com/pkg/errors"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/internal/printable"
	"github.com/gradflow/gradflow/train/metric"
)

// maxNamed is the largest number of classes whose names and counts are drawn. Of more, the axes have numbers.
const maxNamed = 30

// Confusion draws a confusion matrix: a row for each class, the first on top, and a column for each predicted one, with the number of
// samples in each cell, coloured by its share of the row. A last column "NaN" holds the samples without a predicted class, if there are
// any. The error is [ErrEmpty] if there is no class.
func Confusion(c *metric.Confusion) (*Figure, error) {
	if c == nil || len(c.Counts) == 0 {
		return nil, errors.Wrap(ErrEmpty, "plot: confusion matrix without a class")
	}
	m := newConfusionMap(c)
	p := m.axes()
	p.Add(m)
	return &Figure{8 * vg.Inch, 7 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = heading(draw.Crop(c, 16, -20, 14, -14), "Classes and predicted classes", nil)
		c = under(c, fmt.Sprintf("%d samples, %.1f%% on the diagonal. Colour: share of the samples of the class, from dark (none) to bright (all).",
			m.samples, 100*m.accuracy))
		p.Draw(c)
	}}, nil
}

// A confusionMap is the matrix to draw.
type confusionMap struct {
	counts        [][]int // by class and predicted class; the last column may hold samples without one
	rows, columns []string
	samples       int
	accuracy      float64
}

func newConfusionMap(c *metric.Confusion) confusionMap {
	m := confusionMap{accuracy: c.Accuracy()}
	unknown := slices.ContainsFunc(c.Unknown, func(n int) bool { return n > 0 })
	for i, counts := range c.Counts {
		row := slices.Clone(counts)
		if unknown {
			row = append(row, c.Unknown[i])
		}
		m.counts = append(m.counts, row)
		m.samples += sum(row)
		name := strconv.Itoa(i)
		if i < len(c.Names) {
			name = fitting(printable.Text(c.Names[i]), sans(9, grey), vg.Points(90))
		}
		m.rows = append(m.rows, name)
	}
	m.columns = slices.Clone(m.rows)
	if unknown {
		m.columns = append(m.columns, "NaN")
	}
	return m
}

// axes is a plot with a place of size 1 for each class, around whole numbers.
func (m confusionMap) axes() *plot.Plot {
	p := newPlot("predicted class", "class")
	p.X.Min, p.X.Max = -0.5, float64(len(m.columns))-0.5
	p.Y.Min, p.Y.Max = -0.5, float64(len(m.rows))-0.5
	bottom := slices.Clone(m.rows)
	slices.Reverse(bottom)
	p.X.Tick.Marker, p.Y.Tick.Marker = namedTicks(m.columns), namedTicks(bottom)
	if len(m.columns) > 6 {
		p.X.Tick.Label.Rotation, p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = 0.7, draw.XRight, draw.YTop
	}
	return p
}

// namedTicks are ticks at 0, 1, ..., all of them or, of many, evenly spaced ones.
type namedTicks []string

// Ticks implements plot.Ticker.
func (names namedTicks) Ticks(_, _ float64) (ticks []plot.Tick) {
	stride := 1 + (len(names)-1)/maxNamed
	for i := 0; i < len(names); i += stride {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: names[i]})
	}
	return ticks
}

// Plot implements plot.Plotter. Each cell reaches a little under the next ones.
func (m confusionMap) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	for i, row := range m.counts {
		middle, all := float64(len(m.rows)-1-i), max(sum(row), 1)
		for j, n := range row {
			at, share := float64(j), float64(n)/float64(all)
			paint(c, vg.Rectangle{
				Min: vg.Point{X: x(at - 0.5), Y: y(middle - 0.5)},
				Max: vg.Point{X: min(x(at+0.5)+1, c.Max.X), Y: min(y(middle+0.5)+1, c.Max.Y)},
			}, heat(share))
			if len(m.columns) <= maxNamed {
				c.FillText(countStyle(share), vg.Point{X: x(at), Y: y(middle)}, strconv.Itoa(n))
			}
		}
	}
}

// countStyle is the style of a count on the colour of a share.
func countStyle(share float64) text.Style {
	s := sans(8, color.White)
	if share > 0.6 {
		s.Color = ink
	}
	s.XAlign, s.YAlign = draw.XCenter, draw.YCenter
	return s
}

func sum(values []int) (n int) {
	for _, v := range values {
		n += v
	}
	return n
}
