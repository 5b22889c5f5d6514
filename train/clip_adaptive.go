package train

import (
	"cmp"
	"math"
	"regexp"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/internal/matching"
)

// ClipAdaptive is a callback that scales the gradient of each unit whose norm is large next to that of the unit's weights (adaptive
// gradient clipping: Brock et al. 2021, eq. 3):
//
//	g = g·Max·max(||w||, Epsilon)/||g||   if that factor is below 1
//
// A unit of a weight is an output of its layer: a column of a weight (in, out), a row of a weight (out, in) as recurrent layers have it, an
// output channel of a convolution. [graph.Param.Layout] tells how they are found. A bias or another vector is one unit. Units with a NaN or
// an infinity are not scaled.
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
		u := p.Layout()
		units += u.Blocks * u.Count
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

// clipUnits scales the units of g, and counts those that it scaled.
func clipUnits[T kernel.Float](c *ClipAdaptive, w, g []T, u structure.Units) int {
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
	for b := range u.Blocks {
		part, factors := g[b*len(g)/u.Blocks:(b+1)*len(g)/u.Blocks], factors[b*u.Count:(b+1)*u.Count]
		for i := 0; i < len(part); {
			for _, factor := range factors {
				for end := i + u.Run; i < end; i++ {
					part[i] *= T(factor)
				}
			}
		}
	}
	return scaled
}

// addSquares gives the sum of the squares of each unit, in the memory of sums if it is large enough.
func addSquares[T kernel.Float](sums []float64, x []T, u structure.Units) []float64 {
	n := u.Blocks * u.Count
	if cap(sums) < n {
		sums = make([]float64, n)
	}
	sums = sums[:n]
	clear(sums)
	for b := range u.Blocks {
		part, sums := x[b*len(x)/u.Blocks:(b+1)*len(x)/u.Blocks], sums[b*u.Count:(b+1)*u.Count]
		for i := 0; i < len(part); {
			for j := range sums {
				for end := i + u.Run; i < end; i++ {
					sums[j] += float64(part[i]) * float64(part[i])
				}
			}
		}
	}
	return sums
}
