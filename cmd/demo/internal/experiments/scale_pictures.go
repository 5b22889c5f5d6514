package experiments

import (
	"math"

	"github.com/gradflow/gradflow/internal/lang"
	"github.com/gradflow/gradflow/vanishing/report/plot"
	"github.com/gradflow/gradflow/vanishing/scale"
)

// widthPicture draws what an update does by the width in the first family: in the first layer, a hidden one and the output.
func widthPicture(r scaleResults) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "What one update does, by the width", X: "hidden units", Y: "(W-W0)x after a step (RMS)", Log: true, LogX: true,
		Note: "A level line is a layer that keeps its pace.",
	}
	for _, c := range r.Checks {
		if c.Rule.Depth || c.Family != r.Checks[0].Family {
			continue
		}
		hidden := false
		for _, l := range c.Check.Layers {
			if l.Class == scale.Input || l.Class == scale.Output || l.Class == scale.Hidden && !hidden {
				hidden = hidden || l.Class == scale.Hidden
				lines.Series = append(lines.Series, seriesOf(c, l, scale.Update))
			}
		}
	}
	return lines.Draw()
}

// depthPicture draws the change of the stream by the depth.
func depthPicture(r scaleResults) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "The change of the last residual stream after one step, by the depth", X: "residual blocks or layers", Y: "change of the stream (RMS)", Log: true, LogX: true,
		Note: "A level line is a change that does not depend on the depth.",
	}
	for _, c := range r.Checks {
		if c.Rule.Depth && len(c.Check.Layers) > 0 {
			lines.Series = append(lines.Series, seriesOf(c, c.Check.Layers[len(c.Check.Layers)-1], scale.Change))
		}
	}
	return lines.Draw()
}

// seriesOf is a quantity of a layer after one step.
func seriesOf(c scaleCheck, l scale.Layer, q scale.Quantity) plot.Series {
	s := plot.Series{Name: c.Family + " " + l.Name + ", " + c.Rule.name(lang.English)}
	if curve := l.Curve(q, 1); curve != nil {
		for i, size := range c.Check.Sizes {
			s.X, s.Y = append(s.X, float64(size)), append(s.Y, geometricMean(curve.Values[i]))
		}
	}
	return s
}

// ratesPicture draws the best rate by the size, each over that of the smallest network.
func ratesPicture(r scaleResults) (*plot.Figure, error) {
	lines := plot.Lines{
		Title: "The best learning rate, by the size", X: "doublings of the width or the depth", Y: "best rate, over the smallest network's", Log: true,
		Note: "A level line is a rate that can be found in a small network and used in a large one.",
	}
	for _, w := range r.Sweeps {
		s := plot.Series{Name: w.Family + " over the width, " + w.Rule.name(lang.English)}
		if w.Rule.Depth {
			s.Name = w.Family + " over the depth, " + w.Rule.name(lang.English)
		}
		for i, size := range w.Sizes {
			s.X, s.Y = append(s.X, math.Log2(float64(size)/float64(w.Sizes[0]))), append(s.Y, w.Best[i]/w.Best[0])
		}
		lines.Series = append(lines.Series, s)
	}
	return lines.Draw()
}
