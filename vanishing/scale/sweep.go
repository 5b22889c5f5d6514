package scale

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// A SweepConfig describes a search for the best learning rate at several widths or depths. Family, Data, Rates, and several Widths or
// Depths are needed.
type SweepConfig struct {
	Family Family
	Widths []int     // one, if there are several Depths
	Depths []int     // one, if there are several Widths
	Rates  []float64 // at least 3, each larger than the one before

	Data      *data.Dataset
	Loss      graph.Loss                         // nil means graph.CrossEntropy{}
	Optimizer func(rate float64) optim.Optimizer // a new optimiser; nil means Adam
	Epochs    int                                // 0 means 1
	BatchSize int                                // 0 means 64
	Seeds     int                                // networks of each size and rate; 0 means 3
	Seed      uint64                             // of the first network
	Progress  func(size int, rate, loss float64) // is called after each training; may be nil
}

// A Sweep is the result of a search.
type Sweep struct {
	Depth  bool // whether the depth varies, and not the width
	Sizes  []int
	Rates  []float64
	Losses [][][]float64 // by size, rate and seed: the mean loss in the last quarter of the steps; infinite if the training diverged
	Best   [][]float64   // by size and seed: the best rate
	Edge   []bool        // by size: whether a best rate is the first or the last of Rates, so that a better one may lie beyond
	Fit                  // of the best rates: 0 if they do not depend on the size
}

// FindRates trains networks of each size at each rate. The best rate of a size and seed is where a parabola through the lowest loss and its
// neighbours, over the logarithm of the rate, is lowest.
func FindRates(ctx context.Context, c SweepConfig) (*Sweep, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	s := &Sweep{Depth: len(c.Depths) > 1, Sizes: c.Widths, Rates: c.Rates}
	if s.Depth {
		s.Sizes = c.Depths
	}
	for i, size := range s.Sizes {
		losses := make([][]float64, len(c.Rates))
		for k, rate := range c.Rates {
			for seed := range uint64(c.Seeds) {
				loss, err := c.train(ctx, c.Family(at(c.Widths, i), at(c.Depths, i)), rate, c.Seed+seed)
				if err != nil {
					return nil, errors.Wrapf(err, "scale: size %d, rate %g, seed %d", size, rate, c.Seed+seed)
				}
				losses[k] = append(losses[k], loss)
				if c.Progress != nil {
					c.Progress(size, rate, loss)
				}
			}
		}
		s.add(losses)
	}
	s.Fit = fitPower(s.Sizes, s.Best)
	return s, nil
}

func (c SweepConfig) withDefaults() (SweepConfig, error) {
	if c.Loss == nil {
		c.Loss = graph.CrossEntropy{}
	}
	if c.Optimizer == nil {
		c.Optimizer = func(rate float64) optim.Optimizer { return &optim.Adam{LearningRate: rate} }
	}
	c.Epochs, c.BatchSize, c.Seeds = cmp.Or(c.Epochs, 1), cmp.Or(c.BatchSize, 64), cmp.Or(c.Seeds, 3)
	falls := func(rate, before float64) int { return map[bool]int{true: -1, false: 1}[!(rate > before)] }
	switch {
	case c.Family == nil || c.Data == nil:
		return c, errors.New("scale: Family or Data is missing: got nil, want both")
	case len(c.Rates) < 3 || !(c.Rates[0] > 0) || !slices.IsSortedFunc(c.Rates, falls):
		return c, errors.Errorf("scale: Rates: got %v, want at least 3 positive numbers, each larger than the one before", c.Rates)
	}
	return c, checkSizes(c.Widths, c.Depths)
}

// train trains one network.
func (c SweepConfig) train(ctx context.Context, model graph.Model, rate float64, seed uint64) (float64, error) {
	t := train.Trainer{
		Model: model, Loss: c.Loss, Optimizer: c.Optimizer(rate), Epochs: c.Epochs, BatchSize: c.BatchSize, DropLast: true, Seed: seed,
	}
	history, err := t.Fit(ctx, c.Data, nil)
	if err != nil {
		return 0, err
	}
	last := history.Losses[3*len(history.Losses)/4:]
	if loss := mean(last); !math.IsNaN(loss) {
		return loss, nil
	}
	return math.Inf(1), nil
}

// add takes the losses of the next size, by rate and seed.
func (s *Sweep) add(losses [][]float64) {
	var best []float64
	edge := false
	for seed := range losses[0] {
		lowest := 0
		for k := range losses {
			if losses[k][seed] < losses[lowest][seed] {
				lowest = k
			}
		}
		if lowest == 0 || lowest == len(losses)-1 {
			edge = true
			best = append(best, s.Rates[lowest])
			continue
		}
		var x, y [3]float64
		for i := range x {
			x[i], y[i] = math.Log(s.Rates[lowest-1+i]), losses[lowest-1+i][seed]
		}
		best = append(best, math.Exp(vertex(x, y)))
	}
	s.Losses, s.Best, s.Edge = append(s.Losses, losses), append(s.Best, best), append(s.Edge, edge)
}

// vertex is the place of the lowest point of the parabola through three points, of which the second is the lowest; that one if a
// neighbour is infinite.
func vertex(x, y [3]float64) float64 {
	left, right := (y[1]-y[0])/(x[1]-x[0]), (y[2]-y[1])/(x[2]-x[1]) // slopes, at most 0 and at least 0
	curvature := right - left
	if math.IsInf(curvature, 0) || curvature == 0 {
		return x[1]
	}
	middle, next := (x[0]+x[1])/2, (x[1]+x[2])/2 // where the parabola has these slopes
	return middle - left*(next-middle)/curvature
}

// Loss is the mean loss over the seeds at a size and a rate, by their index.
func (s *Sweep) Loss(size, rate int) float64 { return mean(s.Losses[size][rate]) }

// BestRate is the geometric mean of the best rates over the seeds at a size, by its index.
func (s *Sweep) BestRate(size int) float64 {
	sum := 0.0
	for _, rate := range s.Best[size] {
		sum += math.Log(rate) / float64(len(s.Best[size]))
	}
	return math.Exp(sum)
}
