package train

import (
	"cmp"
	"math"
	"regexp"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
)

// ClipAdaptive is a callback that scales the gradient of each unit whose norm is large next to that of the unit's weights (adaptive
// gradient clipping: Brock et al. 2021, eq. 3):
//
//	g = g·Max·max(||w||, Epsilon)/||g||   if that factor is below 1
//
// A unit is a column of a weight (in, out), or of the last axis of a tensor with more axes; a bias or another vector is one unit.
// Units with a NaN or an infinity are not scaled.
type ClipAdaptive struct {
	Base
	Max     float64 // largest ratio of the norms, the paper's λ; 0 means 0.01
	Epsilon float64 // least norm of a unit's weights; 0 means 0.001
	Exclude string  // regular expression for names of parameters to leave alone, as the last layer in the paper; empty excludes none

	Share   float64 // of all units that were scaled in the last step
	Clipped int     // steps so far in which a unit was scaled

	exclude *regexp.Regexp // nil excludes none
	columns [2][]float64   // squares of the units' weights and gradients
	clipping
}

var _ Callback = (*ClipAdaptive)(nil)

// Begin checks the configuration.
func (c *ClipAdaptive) Begin(*Run) error {
	if !(c.Max >= 0) || !(c.Epsilon >= 0) {
		return errors.Errorf("train: ClipAdaptive: got Max %g and Epsilon %g, want positive numbers, or 0 for the defaults", c.Max, c.Epsilon)
	}
	c.exclude = nil
	if c.Exclude != "" {
		exclude, err := regexp.Compile(c.Exclude)
		if err != nil {
			return errors.Wrapf(err, "train: ClipAdaptive.Exclude: got %q, want a regular expression", c.Exclude)
		}
		c.exclude = exclude
	}
	c.Share, c.Clipped = 0, 0
	return nil
}

// BeforeUpdate scales the gradients of the units.
func (c *ClipAdaptive) BeforeUpdate(r *Run) error {
	before, scaled, units := c.measure(r), 0, 0
	gradients(r, func(i int, g *tensor.Dense) {
		p := r.Program.Weights[i].Param
		if c.exclude != nil && c.exclude.MatchString(p.Name) {
			return
		}
		width := unitsOf(p)
		units += width
		if g.Dtype() == tensor.Float32 {
			scaled += clipUnits(c, p.Value.Float32s(), g.Float32s(), width)
		} else {
			scaled += clipUnits(c, p.Value.Float64s(), g.Float64s(), width)
		}
	})
	c.Share = float64(scaled) / float64(max(1, units))
	if scaled == 0 {
		return nil
	}
	c.Clipped++
	r.Uneven = true
	c.acted(r, commonNorm(r)/before)
	return nil
}

// unitsOf is the number of units of a parameter.
func unitsOf(p *graph.Param) int {
	shape := p.Value.Shape()
	if len(shape) < 2 {
		return 1
	}
	return shape[len(shape)-1]
}

// clipUnits scales the columns of g, and counts those that it scaled.
func clipUnits[T kernel.Float](c *ClipAdaptive, w, g []T, width int) int {
	c.columns[0] = addSquares(c.columns[0], w, width)
	c.columns[1] = addSquares(c.columns[1], g, width)
	factors, scaled := c.columns[1], 0
	for j, squares := range factors {
		size := max(math.Sqrt(c.columns[0][j]), cmp.Or(c.Epsilon, 1e-3))
		factor := cmp.Or(c.Max, 0.01) * size / math.Sqrt(squares)
		if factors[j] = 1; factor < 1 && !math.IsInf(squares, 0) {
			factors[j] = factor
			scaled++
		}
	}
	if scaled == 0 {
		return 0
	}
	for i := 0; i < len(g); i += width {
		for j, factor := range factors {
			g[i+j] *= T(factor)
		}
	}
	return scaled
}

// addSquares gives the sum of the squares of each column, in the memory of sums if it is large enough.
func addSquares[T kernel.Float](sums []float64, x []T, width int) []float64 {
	if cap(sums) < width {
		sums = make([]float64, width)
	}
	sums = sums[:width]
	clear(sums)
	for i := 0; i < len(x); i += width {
		for j := range sums {
			sums[j] += float64(x[i+j]) * float64(x[i+j])
		}
	}
	return sums
}
