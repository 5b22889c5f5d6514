package scale

import (
	"cmp"
	"context"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train/optim"
)

// A Config describes a check. Family, X, Y and several Widths or several Depths are needed.
type Config struct {
	Family Family
	Widths []int // one, if there are several Depths
	Depths []int // one, if there are several Widths

	X, Y      *tensor.Dense          // the batch of all steps: the input of the model and the target of Loss
	Loss      graph.Loss             // nil means graph.CrossEntropy{}
	Optimizer func() optim.Optimizer // a new optimiser, with its rate; nil means Adam with the rate 0.001
	Steps     int                    // 0 means 3
	Seeds     int                    // networks of each size; 0 means 3
	Seed      uint64                 // of the first network
}

// A Check is the result of a check: how what was measured grows with the width or the depth.
type Check struct {
	Depth bool // whether the depth varies, and not the width
	Sizes []int
	Steps int
	Adam  bool // whether the optimiser scales each element, as Adam; otherwise its step is in proportion to the gradient
	// BlockMaps is the largest number of linear maps on the path through a residual block; 0 without blocks.
	BlockMaps int
	Layers    []Layer // in forward order; the stream of a residual network is the last
}

// A Layer is a linear map, or all maps at the same place of residual blocks or of layers between input and output, if the depth varies.
type Layer struct {
	Name   string // as "dense2" or, of all blocks together, "block*/dense1"
	Class  Class
	Branch bool // whether it is in a branch of residual blocks
	Curves []Curve
}

// A Curve is one quantity over the sizes.
type Curve struct {
	Quantity Quantity
	Step     int         // number of steps before it was measured
	Values   [][]float64 // by size and seed
	Fit
}

// Measure makes a coordinate check (Yang et al. 2022, app. D.1): it trains networks of several widths or depths for a few steps on one
// batch, and fits exponents to the sizes of what flows in them.
func Measure(ctx context.Context, c Config) (*Check, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	check := &Check{Depth: len(c.Depths) > 1, Sizes: c.Widths, Steps: c.Steps}
	switch o := c.Optimizer().(type) {
	case *optim.SGD:
	case *optim.Adam, *optim.AdamW, *optim.AdaGrad, *optim.RMSProp, *optim.Lion:
		check.Adam = true
	default:
		return nil, errors.Errorf("scale: Optimizer: got %v, want SGD or one that scales each element, such as Adam", o)
	}
	if check.Depth {
		check.Sizes = c.Depths
	}
	measured := make([][]*probe, len(check.Sizes)) // by size and seed
	for i := range check.Sizes {
		for seed := range uint64(c.Seeds) {
			width, depth := at(c.Widths, i), at(c.Depths, i)
			if err := ctx.Err(); err != nil {
				return nil, errors.Wrapf(err, "scale: stopped at width %d, depth %d", width, depth)
			}
			p, err := c.measure(width, depth, c.Seed+seed)
			if err != nil {
				return nil, errors.Wrapf(err, "scale: width %d, depth %d, seed %d", width, depth, c.Seed+seed)
			}
			measured[i] = append(measured[i], p)
		}
	}
	if check.Layers, err = layersOf(measured, check.Depth); err != nil {
		return nil, err
	}
	check.BlockMaps = measured[0][0].blockMaps
	for i := range check.Layers {
		check.Layers[i].fit(measured, check.Sizes, c.Steps)
	}
	return check, nil
}

func (c Config) withDefaults() (Config, error) {
	if c.Loss == nil {
		c.Loss = graph.CrossEntropy{}
	}
	if c.Optimizer == nil {
		c.Optimizer = func() optim.Optimizer { return &optim.Adam{} }
	}
	c.Steps, c.Seeds = cmp.Or(c.Steps, 3), cmp.Or(c.Seeds, 3)
	switch {
	case c.Family == nil || c.X == nil || c.Y == nil:
		return c, errors.New("scale: Family, X or Y is missing: got nil, want all three")
	case c.Steps < 1 || c.Seeds < 1:
		return c, errors.Errorf("scale: got %d Steps and %d Seeds, want positive numbers, or 0 for the default", c.Steps, c.Seeds)
	}
	return c, checkSizes(c.Widths, c.Depths)
}

func checkSizes(widths, depths []int) error {
	switch {
	case len(widths) == 0 || len(depths) == 0 || (len(widths) > 1) == (len(depths) > 1):
		return errors.Errorf("scale: got %d Widths and %d Depths, want several of one and one of the other", len(widths), len(depths))
	case slices.Min(widths) < 1 || slices.Min(depths) < 1:
		return errors.Errorf("scale: got the Widths %v and the Depths %v, want positive numbers", widths, depths)
	}
	return nil
}

// at is an element of a list, or the only one.
func at(list []int, i int) int {
	if len(list) == 1 {
		return list[0]
	}
	return list[i]
}
