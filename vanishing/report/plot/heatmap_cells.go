package plot

import (
	"image/color"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// The most columns and rows of a grid that can be told apart.
const (
	maxColumns = 160
	maxLines   = 200
)

// A grid has a column for each recorded step and a row for each layer, from input to output.
type grid struct {
	steps  []int
	layers int
	merged int         // layers in a cell
	cells  [][]float64 // by column and row
}

// newGrid makes a grid of a value for each layer of a record. Of more records than columns it takes every second, every third and
// so on. Of more layers than rows it merges neighbours.
func newGrid(p vanishing.Profile, column func(vanishing.Record) []float64, merge func([]float64) float64) grid {
	var g grid
	stride := 1 + (len(p.Records)-1)/maxColumns
	for i := 0; i < len(p.Records); i += stride {
		g.steps = append(g.steps, p.Records[i].Step)
		values := present.OnPath(p, column(p.Records[i]))
		g.layers, g.merged = len(values), 1+(len(values)-1)/maxLines
		var cells []float64
		for group := range slices.Chunk(values, g.merged) {
			cells = append(cells, merge(group))
		}
		g.cells = append(g.cells, cells)
	}
	return g
}

// axes is a plot with the axes of the grid.
func (g grid) axes() *plot.Plot {
	p := newPlot("step", "layer, from input to output")
	p.X.Min, p.X.Max = 0, float64(len(g.cells))
	p.Y.Min, p.Y.Max = 0.5, float64(g.layers)+0.5
	p.X.Tick.Marker, p.Y.Tick.Marker = g.stepTicks(), countTicks{}
	return p
}

// paint paints the cells. Each cell overlaps the next ones, which are painted over it, so that no gaps show between cells.
func (g grid) paint(c draw.Canvas, p *plot.Plot, colour func(float64) color.Color) {
	x, y := p.Transforms(&c)
	for i, column := range g.cells {
		for j, v := range column {
			paint(c, vg.Rectangle{
				Min: vg.Point{X: x(float64(i)), Y: y(float64(j*g.merged) + 0.5)},
				Max: vg.Point{X: min(x(float64(i+1))+1, c.Max.X), Y: min(y(float64((j+1)*g.merged)+0.5)+1, c.Max.Y)},
			}, colour(v))
		}
	}
}

// stepTicks labels equally spaced columns with their steps.
func (g grid) stepTicks() plot.ConstantTicks {
	var ticks []plot.Tick
	stride := logscale.Step(len(g.steps), 10, 1, 2, 5)
	for i := 0; i < len(g.steps); i += stride {
		ticks = append(ticks, plot.Tick{Value: float64(i) + 0.5, Label: strconv.Itoa(g.steps[i])})
	}
	return ticks
}
