package plot

import (
	"fmt"
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

// pathDecades is the height of the axis of shares. Smaller shares are not drawn.
const pathDecades = 8

// Paths draws the path-length spectrum of a residual network: the share of the gradient that came through paths of k branches
// and skips past all others. It draws the first and the last measured spectrum of the profile, and the prediction of theory at
// initialisation. The axis is logarithmic, over the 8 decades below the largest share. The error is [ErrEmpty] if the profile has
// no spectrum.
func Paths(diagnosis vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnosis)
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	profile := diagnoses[0].Profile
	curves := spectra(profile)
	if len(curves) == 0 {
		return nil, errors.Wrapf(ErrEmpty, "plot: %s has no path-length spectrum", present.Title(profile))
	}
	top, longest := math.Inf(-1), 0.0
	for _, c := range curves {
		for _, point := range c.points {
			top, longest = max(top, point.Y), max(longest, point.X)
		}
	}
	s := logscale.Scale{Low: int(math.Ceil(top)) - pathDecades, High: int(math.Ceil(top))}
	for i := range curves {
		curves[i].points = above(curves[i].points, float64(s.Low))
	}
	p := newPlot("branches that a path passes", "share of the squared gradient")
	p.X.Min, p.X.Max = -0.5, longest+0.5
	p.Y.Min, p.Y.Max = float64(s.Low), float64(s.High)
	p.X.Tick.Marker, p.Y.Tick.Marker = countTicks{}, decadeTicks{s}
	p.Add(decadeGrid{s})
	for _, c := range curves {
		p.Add(c)
	}
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		c = heading(c, "The paths of the gradient: "+shortTitle(profile), curves)
		p.Draw(c)
	}}, nil
}

// spectra are the curves of the first and the last measured spectrum, and of the expected one.
func spectra(p vanishing.Profile) []curve {
	var list []curve
	add := func(name string, shares []profile.Number) {
		c := curve{name: name}
		for k, n := range shares {
			if share := float64(n); logscale.Drawable(share) {
				c.points = append(c.points, plotter.XY{X: float64(k), Y: stat.Log10(share)})
			}
		}
		if len(c.points) == 0 {
			return
		}
		i := len(list)
		c.line = draw.LineStyle{Color: lineColors[i], Width: vg.Points(1.6), Dashes: dashes[i]}
		c.glyph = draw.GlyphStyle{Color: lineColors[i], Radius: vg.Points(2.6), Shape: glyphs[i]}
		list = append(list, c)
	}
	for i, s := range p.Paths {
		if i == 0 || i == len(p.Paths)-1 {
			add(fmt.Sprintf("step %d, %.1f branches on average", s.Step, s.Mean), s.Shares)
		}
	}
	if len(p.Paths) > 0 {
		add("expected at initialisation", p.Paths[0].Expected)
	}
	return list
}

// above keeps the points from a height up.
func above(points plotter.XYs, low float64) plotter.XYs {
	var kept plotter.XYs
	for _, point := range points {
		if point.Y >= low {
			kept = append(kept, point)
		}
	}
	return kept
}
