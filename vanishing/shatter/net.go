package shatter

import (
	"math"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/vanishing/theory"
)

// A Net is a kind of network: a linear stem, equal blocks and one linear output. A block is W relu(x), or x + W relu(x) if it is
// residual, with He's weights. With Norm, batch normalisation comes before the ReLU.
type Net struct{ Residual, Norm bool }

// Nets are all kinds.
func Nets() []Net { return []Net{{false, false}, {false, true}, {true, false}, {true, true}} }

// String is as "residual + bn".
func (n Net) String() string {
	name := "plain"
	if n.Residual {
		name = "residual"
	}
	if n.Norm {
		name += " + bn"
	}
	return name
}

// model is the network of a depth, which is the number of blocks.
func (n Net) model(depth, width int) graph.Model {
	he := graph.Dense{Units: width, Init: initializer.HeNormal{}, NoBias: true}
	model := graph.Sequential{graph.Dense{Units: width, Init: initializer.LeCunNormal{}, NoBias: true}}
	for range depth {
		var branch graph.Sequential
		if n.Norm {
			branch = append(branch, graph.BatchNorm{Momentum: 1}) // evaluation then has the statistics of the last batch
		}
		model = append(model, graph.Residual{Branch: append(branch, graph.ReLU, he), NoSkip: !n.Residual})
	}
	return append(model, graph.Dense{Units: 1, NoBias: true})
}

// Law is the correlation that Balduzzi et al. 2017 expect of unrelated inputs at a depth, if units are active independently for any two
// inputs: 2^-L in plain networks, (3/4)^L in residual ones, and with batch normalisation the product of (1 + 1/2l)/(1 + 1/l) over the
// blocks, which falls like L^-1/2.
func (n Net) Law(depth int) float64 {
	switch {
	case !n.Residual:
		return math.Pow(0.5, float64(depth))
	case !n.Norm:
		return math.Pow(0.75, float64(depth))
	}
	return normed(depth, 1)
}

// Wide is the correlation of unrelated inputs in networks of infinite width, for any number of inputs, without the assumption of
// [Net.Law]. Without normalisation the mean of a ReLU, which is positive, makes the inputs of deeper layers alike, and the correlation
// falls like a power of the depth in the end. Normalisation subtracts that mean, 1/pi of the mean square of a ReLU: the
// variance of a residual network then grows by 1 - 1/pi per block, not by 1, and the correlation falls like L^-0.73.
func (n Net) Wide(depth int) float64 {
	switch {
	case n.Norm && n.Residual:
		return normed(depth, 1-1/math.Pi)
	case n.Norm:
		return math.Pow(0.5, float64(depth))
	case n.Residual:
		return theory.ShortResidualShattering(1, 0, depth)
	}
	return theory.ReLUShattering(0, depth)
}

// normed is the correlation in a residual network whose branches read inputs of variance 1: each block adds a variance of the given
// size to the signal, and divides by it what the branch passes back.
func normed(depth int, growth float64) float64 {
	correlation, variance := 1.0, 1.0
	for range depth {
		correlation *= (1 + 0.5/variance) / (1 + 1/variance)
		variance += growth
	}
	return correlation
}
