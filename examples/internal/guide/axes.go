package guide

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// setFonts makes all text of a plot sans serif and of a readable size.
func setFonts(p *plot.Plot) {
	for _, axis := range []*plot.Axis{&p.X, &p.Y} {
		axis.Label.TextStyle.Font.Variant, axis.Label.TextStyle.Font.Size = "Sans", vg.Points(12)
		axis.Tick.Label.Font.Variant, axis.Tick.Label.Font.Size = "Sans", vg.Points(11)
		axis.Label.Padding = vg.Points(4)
		axis.LineStyle.Width = vg.Points(0.8)
	}
}

func (f Figure) setAxes(p *plot.Plot) {
	if f.YMin != f.YMax {
		p.Y.Min, p.Y.Max = f.YMin, f.YMax
	}
	if f.LogX {
		p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, decades{}
	}
	if f.LogY {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, decades{}
	}
	if f.XTicks != nil {
		p.X.Tick.Marker = ticksAt(f.XTicks)
	}
	if f.YTicks != nil {
		p.Y.Tick.Marker = ticksAt(f.YTicks)
	}
}

// decades marks powers of ten, at most maxLabels of them.
type decades struct{}

const maxLabels = 8

// Ticks implements plot.Ticker.
func (decades) Ticks(min, max float64) []plot.Tick {
	first, last := int(math.Ceil(math.Log10(min)-1e-9)), int(math.Floor(math.Log10(max)+1e-9))
	step := 1
	for _, step = range []int{1, 2, 5, 10, 20, 50, 100} {
		if (last-first)/step < maxLabels {
			break
		}
	}
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		if e%step == 0 {
			ticks = append(ticks, plot.Tick{Value: math.Pow10(e), Label: power(e)})
		}
	}
	return ticks
}

// power writes a power of ten.
func power(exponent int) string {
	if -3 <= exponent && exponent <= 3 {
		return fmt.Sprintf("%g", math.Pow10(exponent))
	}
	return fmt.Sprintf("1e%d", exponent)
}

// ticksAt labels the given values.
type ticksAt []float64

// Ticks implements plot.Ticker.
func (t ticksAt) Ticks(_, _ float64) []plot.Tick {
	var ticks []plot.Tick
	for _, v := range t {
		ticks = append(ticks, plot.Tick{Value: v, Label: fmt.Sprintf("%g", v)})
	}
	return ticks
}
