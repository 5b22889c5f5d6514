package plot

import (
	"image/color"
	"math"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
	"github.com/gradflow/gradflow/vanishing/internal/stat"
	"github.com/gradflow/gradflow/vanishing/profile"
)

// Sharpness draws the largest eigenvalue of the loss's Hessian by step, with the limit of the optimiser's steps and the eigenvalue of the
// sharpest layer alone. The axis is logarithmic. The error is [ErrEmpty] if the profile has no measurement above zero.
func Sharpness(diagnosis vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnosis)
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	p := diagnoses[0].Profile
	curves := sharpnessCurves(p)
	if len(curves) == 0 {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s has no sharpness", present.Title(p))
	}
	low, high := math.Inf(1), math.Inf(-1)
	for _, c := range curves {
		for _, point := range c.points {
			low, high = min(low, point.Y), max(high, point.Y)
		}
	}
	s := logscale.Scale{Low: int(math.Floor(low)), High: int(math.Ceil(high + 1e-9))}
	axes := newPlot("step", "largest eigenvalue")
	axes.X.Min, axes.X.Max = 0, float64(max(p.Sharpness[len(p.Sharpness)-1].Step, 1))
	axes.Y.Min, axes.Y.Max = float64(s.Low), float64(s.High)
	axes.X.Tick.Marker, axes.Y.Tick.Marker = countTicks{}, decadeTicks{s}
	axes.Add(decadeGrid{s})
	for _, c := range curves {
		axes.Add(c)
	}
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		axes.Draw(heading(c, "The sharpness of the loss: "+shortTitle(p), curves))
	}}, nil
}

// sharpnessCurves are the curves of what is known.
func sharpnessCurves(p vanishing.Profile) []curve {
	var list []curve
	add := func(name string, of func(profile.Sharpness) profile.Number) {
		i := len(list)
		c := curve{
			name: name, line: draw.LineStyle{Color: lineColors[i], Width: vg.Points(1.6), Dashes: dashes[i]},
			glyph: draw.GlyphStyle{Color: lineColors[i], Radius: vg.Points(2.6), Shape: glyphs[i]},
		}
		for _, s := range p.Sharpness {
			if v := float64(of(s)); logscale.Drawable(v) {
				c.points = append(c.points, plotter.XY{X: float64(s.Step), Y: stat.Log10(v)})
			}
		}
		if len(c.points) > 0 {
			list = append(list, c)
		}
	}
	add("network", func(s profile.Sharpness) profile.Number { return s.Value })
	add("sharpest layer alone", func(s profile.Sharpness) profile.Number {
		largest := profile.Number(math.NaN())
		for _, v := range s.Layers {
			if !(v <= largest) && v == v {
				largest = v
			}
		}
		return largest
	})
	add("limit of the steps", func(s profile.Sharpness) profile.Number { return s.Limit })
	return list
}
