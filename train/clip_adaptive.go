package train

import (
	"cmp"
	"math"
	"regexp"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/matching"
)

// ClipAdaptive is a callback that scales the gradient of each unit whose norm is large next to that of the unit's weights (adaptive
// gradient clipping: Brock et al. 2021, eq. 3):
//
//	g = g·Max·max(||w||, Epsilon)/||g||   if that factor is below 1
//
// A unit is a column of a weight (in, out); all elements at one index of the first axis of a tensor with more axes, such as the
// weight (out, in, height, width) of a convolution; and a bias or another vector as a whole. Units with a NaN or an infinity are not
// scaled.
type ClipAdaptive struct {
	Base
	Max     float64 // largest ratio of the norms, the paper's λ; 0 means 0.01
	Epsilon float64 // least norm of a unit's weights; 0 means 0.001
	Exclude string  // regular expression for names of parameters to leave alone, as the last layer in the paper; empty excludes none

	Share   float64 // of all units that were scaled in the last step
	Clipped int     // steps so far in which a unit was scaled

	exclude *regexp.Regexp // nil excludes none
	squares [2][]float64   // sums over each unit's weights and gradients
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

// Compiled checks that Exclude names a parameter.
func (c *ClipAdaptive) Compiled(_ *Run, p *graph.Program) error {
	if c.exclude == nil {
		return nil
	}
	var names []string
	for _, w := range p.Weights {
		names = append(names, w.Name)
	}
	return errors.Wrap(matching.Check(c.exclude, names), "train: ClipAdaptive.Exclude")
}

// BeforeUpdate scales the gradients of the units.
func (c *ClipAdaptive) BeforeUpdate(r *Run) error {
	before, scaled, units := c.measure(r), 0, 0
	gradients(r, func(i int, g *tensor.Dense) {
		p := r.Program.Weights[i].Param
		if c.exclude != nil && c.exclude.MatchString(p.Name) {
			return
		}
		u := unitsOf(p)
		units += u.count
		if g.Dtype() == tensor.Float32 {
			scaled += clipUnits(c, p.Value.Float32s(), g.Float32s(), u)
		} else {
			scaled += clipUnits(c, p.Value.Float64s(), g.Float64s(), u)
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

// unitLayout says which elements belong to which unit of a parameter: element i is of unit i / run % count.
type unitLayout struct {
	count int // units
	run   int // neighbours of one unit
}

// unitsOf is the layout of a parameter's units.
func unitsOf(p *graph.Param) unitLayout {
	switch shape := p.Value.Shape(); len(shape) {
	case 0, 1:
		return unitLayout{count: 1, run: p.Size()}
	case 2:
		return unitLayout{count: shape[1], run: 1}
	default:
		return unitLayout{count: shape[0], run: p.Size() / shape[0]}
	}
}

// clipUnits scales the units of g, and counts those that it scaled.
func clipUnits[T kernel.Float](c *ClipAdaptive, w, g []T, u unitLayout) int {
	c.squares[0] = addSquares(c.squares[0], w, u)
	c.squares[1] = addSquares(c.squares[1], g, u)
	factors, scaled := c.squares[1], 0
	for j, squares := range factors {
		size := max(math.Sqrt(c.squares[0][j]), cmp.Or(c.Epsilon, 1e-3))
		factor := cmp.Or(c.Max, 0.01) * size / math.Sqrt(squares)
		if factors[j] = 1; factor < 1 && !math.IsInf(squares, 0) {
			factors[j] = factor
			scaled++
		}
	}
	if scaled == 0 {
		return 0
	}
	for i := 0; i < len(g); {
		for _, factor := range factors {
			for end := i + u.run; i < end; i++ {
				g[i] *= T(factor)
			}
		}
	}
	return scaled
}

// addSquares gives the sum of the squares of each unit, in the memory of sums if it is large enough.
func addSquares[T kernel.Float](sums []float64, x []T, u unitLayout) []float64 {
	if cap(sums) < u.count {
		sums = make([]float64, u.count)
	}
	sums = sums[:u.count]
	clear(sums)
	for i := 0; i < len(x); {
		for j := range sums {
			for end := i + u.run; i < end; i++ {
				sums[j] += float64(x[i]) * float64(x[i])
			}
		}
	}
	return sums
}
