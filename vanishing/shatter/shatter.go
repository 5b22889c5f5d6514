// Package shatter measures how alike the gradients of different inputs are (Balduzzi et al. 2017): in deep plain networks they have
// nothing in common, even those of neighbours, and look like white noise. A step that helps one input then tells nothing of the next.
// Gradients may keep their size and shatter all the same.
//
//	curves, err := shatter.Measure(ctx, shatter.Config{Nets: shatter.Nets()})
//	for _, c := range curves {
//		fmt.Println(c.Net, c.Points[0].Unrelated, c.Net.Law(c.Points[0].Depth))
//	}
package shatter

import (
	"context"
	"math"
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A Config describes a measurement. The zero value of each field but Nets is a default.
type Config struct {
	Nets   []Net
	Depths []int // numbers of blocks; nil means 1 to 48
	Width  int   // of layers and inputs; 0 means 200
	Inputs int   // at least 8; 0 means 64
	Seeds  int   // networks whose correlations are averaged; 0 means 4
	Seed   uint64
}

func (c Config) withDefaults() (Config, error) {
	if c.Depths == nil {
		c.Depths = []int{1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48}
	}
	for i, otherwise := range []int{200, 64, 4} {
		if field := []*int{&c.Width, &c.Inputs, &c.Seeds}[i]; *field == 0 {
			*field = otherwise
		}
	}
	if len(c.Nets) == 0 || c.Width < 1 || c.Inputs < 8 || c.Seeds < 1 {
		return c, errors.Errorf("shatter: got %d Nets, Width %d, Inputs %d and Seeds %d, want positive numbers and at least 8 Inputs",
			len(c.Nets), c.Width, c.Inputs, c.Seeds)
	}
	return c, nil
}

// A Curve is the correlation over the depth in one kind of network.
type Curve struct {
	Net    Net
	Points []Point // by depth
}

// A Point is the correlation of the gradients dy/dx of the output with respect to the input, for two inputs: the expectation of the
// product, over that of the squares. It is uncentred, and estimated from several networks with new weights.
type Point struct {
	Depth      int
	Unrelated  float64 // of inputs with independent random elements
	Neighbours float64 // of inputs next to each other on a line, 1/(Inputs-1) of it apart
	Line       float64 // of inputs at least half the line apart
}

// Measure measures the curves of all nets. The inputs of a line are a + t·b for t from -2 to 2, with random a and b. Normalisation uses
// the statistics of all inputs, which count as constants in the gradient: otherwise it would make the mean gradient zero.
func Measure(ctx context.Context, c Config) ([]Curve, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	var curves []Curve
	for _, net := range c.Nets {
		curve := Curve{Net: net}
		for _, depth := range c.Depths {
			at, err := c.at(ctx, net, depth)
			if err != nil {
				return nil, err
			}
			curve.Points = append(curve.Points, at)
		}
		curves = append(curves, curve)
	}
	return curves, nil
}

// at measures one network at one depth.
func (c Config) at(ctx context.Context, net Net, depth int) (Point, error) {
	var unrelated, line products
	for i := range c.Seeds {
		if err := ctx.Err(); err != nil {
			return Point{}, errors.Wrapf(err, "shatter: stopped at depth %d", depth)
		}
		rng := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		on, _ := c.line(rng)
		for sums, x := range map[*products]*tensor.Dense{&unrelated: c.random(rng), &line: on} {
			g, err := c.gradients(net, depth, c.Seed+uint64(i), x)
			if err != nil {
				return Point{}, err
			}
			sums.add(g)
		}
	}
	return Point{
		Depth: depth, Unrelated: unrelated.correlation(1, c.Inputs),
		Neighbours: line.correlation(1, 2), Line: line.correlation(c.Inputs/2, c.Inputs),
	}, nil
}

// random are inputs with independent elements of variance 1.
func (c Config) random(rng *rand.Rand) *tensor.Dense {
	x := make([]float32, c.Inputs*c.Width)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return tensor.New(tensor.WithShape(c.Inputs, c.Width), tensor.WithBacking(x))
}

// line are the inputs a + t·b, and b.
func (c Config) line(rng *rand.Rand) (x *tensor.Dense, b []float64) {
	values := make([]float32, c.Inputs*c.Width)
	for k := range c.Width {
		a, slope := rng.NormFloat64(), rng.NormFloat64()
		b = append(b, slope)
		for i := range c.Inputs {
			values[i*c.Width+k] = float32(a + c.place(i)*slope)
		}
	}
	return tensor.New(tensor.WithShape(c.Inputs, c.Width), tensor.WithBacking(values)), b
}

// place is t of an input on the line.
func (c Config) place(i int) float64 { return -2 + 4*float64(i)/float64(c.Inputs-1) }

// gradients are dy/dx for each input x, a row each.
func (c Config) gradients(net Net, depth int, seed uint64, x *tensor.Dense) ([][]float64, error) {
	params, model := graph.NewParams(tensor.Float32, seed), net.model(depth, c.Width)
	if net.Norm { // a run in training mode sets the statistics
		p, err := graph.Build(graph.Config{Model: model, Params: params, Input: x.Shape()})
		if err != nil {
			return nil, errors.Wrap(err, "shatter")
		}
		defer p.Close()
		if err := p.Run(x, nil); err != nil {
			return nil, errors.Wrap(err, "shatter")
		}
	}
	return Gradients(model, params, x, seed)
}

// Trace is the derivative dy/dt of a network's output along a line of inputs, divided by its root mean square, at each t. It is what
// shattering looks like: a step in a shallow network, white noise in a deep plain one.
func (c Config) Trace(net Net, depth int) (t, derivative []float64, err error) {
	if c, err = c.withDefaults(); err != nil {
		return nil, nil, err
	}
	x, b := c.line(rand.New(rand.NewPCG(c.Seed, 0)))
	rows, err := c.gradients(net, depth, c.Seed, x)
	if err != nil {
		return nil, nil, err
	}
	square := 0.0
	for i, row := range rows {
		t, derivative = append(t, c.place(i)), append(derivative, dot(row, b))
		square += derivative[i] * derivative[i] / float64(len(rows))
	}
	for i := range derivative {
		derivative[i] /= math.Sqrt(square)
	}
	return t, derivative, nil
}
