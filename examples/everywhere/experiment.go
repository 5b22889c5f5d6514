package main

import (
	"fmt"
	"io"
	"math"

	"gonum.org/v1/gonum/stat"

	"github.com/gradflow/gradflow/graph/attention"
)

// An experiment measures the gradients of Transformers by their depth.
type experiment struct {
	width, networks int
	layers          []int
	batch           task
}

// layerNorm is the experiment of docs/experiments/layer-norm.md.
var layerNorm = experiment{width: 64, networks: 5, layers: []int{2, 4, 8, 16, 32, 48}, batch: randomSequences(8)}

// A trend is one layer's gradient over the depth: the geometric mean of the networks for each depth, and the exponent e of the power
// layers^e that fits it best, with its standard deviation over the networks.
type trend struct {
	gradient            []float64
	exponent, deviation float64
}

// run prints the gradients of the first and of the last layer.
func (e experiment) run(w io.Writer) error {
	trends := make(map[string][2]trend)
	for _, p := range placements {
		first, last, err := e.measure(p.placement)
		if err != nil {
			return err
		}
		trends[p.name] = [2]trend{first, last}
	}
	fmt.Fprintf(w, "width %d, %d networks\n", e.width, e.networks)
	for i, title := range []string{"gradient of the first layer", "gradient of the last layer"} {
		fmt.Fprintln(w)
		heading(w, title, "layers", e.layers)
		for _, p := range placements {
			fmt.Fprintf(w, "%-20s", p.name)
			t := trends[p.name][i]
			for _, g := range t.gradient {
				fmt.Fprintf(w, "%9.4f", g)
			}
			fmt.Fprintf(w, "   as layers^%.2f ± %.2f\n", t.exponent, t.deviation)
		}
	}
	return nil
}

// measure follows the second map of the feed-forward networks of the first and the last layer.
func (e experiment) measure(placement attention.Placement) (first, last trend, err error) {
	logs := make([][2][]float64, e.networks) // by network, first or last layer, and depth
	for k := range logs {
		for _, layers := range e.layers {
			model := languageModel(placement, layers)
			model.Width = e.width
			g, err := e.batch.look(model, uint64(1+k), []string{"/ff/linear2/weight"})
			if err != nil {
				return first, last, err
			}
			logs[k][0] = append(logs[k][0], math.Log(g[0]))
			logs[k][1] = append(logs[k][1], math.Log(g[len(g)-1]))
		}
	}
	return e.trend(logs, 0), e.trend(logs, 1), nil
}

// trend fits the logarithms of the first (0) or last (1) layer's gradients.
func (e experiment) trend(logs [][2][]float64, layer int) trend {
	depths, sums := make([]float64, len(e.layers)), make([]float64, len(e.layers))
	for i, n := range e.layers {
		depths[i] = math.Log(float64(n))
	}
	var exponents []float64
	for _, network := range logs {
		for i, g := range network[layer] {
			sums[i] += g
		}
		_, exponent := stat.LinearRegression(depths, network[layer], nil, false)
		exponents = append(exponents, exponent)
	}
	for i := range sums {
		sums[i] = math.Exp(sums[i] / float64(len(logs)))
	}
	mean, deviation := stat.MeanStdDev(exponents, nil)
	return trend{sums, mean, deviation}
}
