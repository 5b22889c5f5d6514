package plot

import (
	"fmt"
	"image/color"
	"slices"

	"github.com/pkg/errors"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/gradflow/gradflow/vanishing"
	"github.com/gradflow/gradflow/vanishing/internal/logscale"
	"github.com/gradflow/gradflow/vanishing/internal/present"
)

// maxCurves is the number of networks that a plot has room for, with the longest names in the legend.
const maxCurves = 12

// Profile draws the gradient over the depth of one or several networks: a line for each through the layers' median DeltaRMS, on
// a logarithmic axis. A straight line is a gradient that changes by the same factor from layer to layer; a level one is healthy.
//
// The prediction of theory, if a profile has one, starts at the last hidden layer: a dotted line in a band of two standard
// deviations to either side. Theory predicts the initialised network; to compare with it, cut the profile to its first record.
//
// Of more than 12 networks it draws the first 12, which leaves room for the legend. The title then has their number.
//
// Gradients without a place on a logarithmic axis are marked at its ends: those that are exactly zero by triangles at the lower
// end, and those that are NaN or infinite by crosses at the upper one. If no recorded step was finite, the picture shows the first
// one. Projections on skips are left out. The error is [ErrEmpty] if there is no record or no layer to draw.
func Profile(diagnoses ...vanishing.Diagnosis) (*Figure, error) {
	diagnoses, err := present.Diagnoses(diagnoses...)
	if err != nil {
		return nil, errors.Wrap(err, "plot")
	}
	title := "How the gradient fares on its way back through the layers"
	if len(diagnoses) > maxCurves {
		title += fmt.Sprintf(": %d of %d networks", maxCurves, len(diagnoses))
		diagnoses = diagnoses[:maxCurves]
	}
	curves := make([]curve, len(diagnoses))
	medians := make([][]float64, len(diagnoses))
	var bands []*band
	for i, d := range diagnoses {
		curves[i], medians[i] = newCurve(d, i), present.OnPath(d.Profile, sizes(d))
		if b := newBand(d, i); b != nil {
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
	for _, c := range curves {
		p.Add(c)
		for _, point := range slices.Concat(c.points, c.zeros, c.broken) {
			depth = max(depth, point.X)
		}
	}
	if depth == 0 {
		return nil, errors.Wrap(ErrEmpty, "plot: no step was recorded")
	}
	p.X.Min, p.X.Max = 0.5, depth+0.5
	p.X.Tick.Marker = countTicks{}
	return &Figure{8 * vg.Inch, 5 * vg.Inch, func(c draw.Canvas) {
		paint(c, c.Rectangle, color.White)
		c = draw.Crop(c, 16, -20, 14, -14)
		c = heading(c, title, curves)
		markNotes(c, curves)
		if len(bands) > 0 {
			bandNote(c)
		}
		p.Draw(c)
	}}, nil
}
