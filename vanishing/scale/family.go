package scale

import (
	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
)

// A Family makes models of one architecture. What width and depth mean is up to the family: widths must be those of hidden layers, and
// depth the number of layers or residual blocks.
type Family func(width, depth int) graph.Model

// MuP is the family in the maximal update parametrisation, see [graph.MuP], over a width and a depth at which it is the family itself.
// Alpha is the power of the depth by which residual branches are divided: 1/2, 1, or 0 for none.
func (f Family) MuP(width, depth int, alpha float64) Family {
	return func(w, d int) graph.Model {
		return graph.MuP{Model: f(w, d), Base: f(width, d), Blocks: float64(d) / float64(depth), Alpha: alpha}
	}
}

// smallLogits draws the weight of an output. Logits far below 1 give all networks nearly the same gradient of the loss, whatever their size.
var smallLogits = initializer.Scaled{By: initializer.LeCunNormal{}, Factor: 0.25}

// MLP is the family of multilayer perceptrons with ReLU and He's first values; depth is the number of hidden layers.
func MLP(output int) Family {
	return func(width, depth int) graph.Model {
		var layers graph.Sequential
		for range depth {
			layers = append(layers, graph.Dense{Units: width, Init: initializer.HeNormal{}}, graph.ReLU)
		}
		return append(layers, graph.Dense{Units: output, Init: smallLogits})
	}
}

// ResidualMLP is the family x + W·relu(norm(x)) of residual networks of rows, or x + W2·relu(W1·norm(x)) with two maps in a block. Depth
// is the number of blocks; a linear map is before them, and normalisation and another one after them.
func ResidualMLP(output, maps int) Family {
	return func(width, depth int) graph.Model {
		branch := graph.Sequential{graph.LayerNorm{}}
		for i := range maps {
			if i > 0 || maps == 1 {
				branch = append(branch, graph.ReLU)
			}
			branch = append(branch, graph.Dense{Units: width, Init: initializer.HeNormal{}})
		}
		layers := graph.Sequential{graph.Dense{Units: width, Init: initializer.LeCunNormal{}}}
		for range depth {
			layers = append(layers, graph.Residual{Branch: branch})
		}
		return append(layers, graph.LayerNorm{}, graph.Dense{Units: output, Init: smallLogits})
	}
}

// GPT is the family of causal Transformers of 4 heads with Pre-LN (Radford et al. 2019): tokens (batch, time) of int give logits of the next
// ones. Depth is the number of layers, of two branches each. Weights have the variance 1/in at first, that of the output included, which is not
// the embedding.
func GPT(vocabulary, context int) Family {
	return func(width, depth int) graph.Model {
		return graph.Sequential{
			attention.Embedding{Rows: vocabulary, Width: width}, attention.LearnedPositions{Max: context},
			attention.Encoder{Config: attention.Config{Layers: depth, Heads: 4, Causal: true, Activation: graph.GELU, Init: initializer.LeCunNormal{}}},
			graph.Named("head", graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
				head := graph.Param{Name: "weight", Fan: initializer.Fan{In: width, Out: vocabulary}, Init: smallLogits}
				return attention.Logits(b, x, b.Param(head, vocabulary, width))
			})),
		}
	}
}
