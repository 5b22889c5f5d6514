package main

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/train"
)

// explain describes each hidden unit by its weights and by the idea in the data that it correlates with most.
func explain(w io.Writer, trainer *train.Trainer, shirts *tensor.Dense, truth [][3]bool) error {
	incoming := trainer.Params.Get("dense1/weight").Value.Float32s() // (4 inputs, units)
	outgoing := trainer.Params.Get("dense2/weight").Value.Float32s() // (units, 1)
	units := len(outgoing)
	hidden, err := activations(trainer.Params, units, shirts)
	if err != nil {
		return err
	}
	for unit, vote := range outgoing {
		fmt.Fprintf(w, "\nhidden unit %d votes %s (weight %+.1f)\n", unit+1, forOrAgainst(vote), vote)
		fmt.Fprintf(w, "  it switches on with %s\n", reasons(column(incoming, unit, units)))
		idea, r := closest(column(hidden, unit, units), truth)
		fmt.Fprintf(w, "  closest idea: %s, correlation %+.2f\n", ideas[idea], r)
	}
	return nil
}

// activations are the outputs of the hidden units. A separate model of the first half of the network computes them from the
// learnt parameters.
func activations(params *graph.Params, units int, x *tensor.Dense) ([]float32, error) {
	program, err := graph.Build(graph.Config{
		Model:  graph.Sequential{graph.Dense{Units: units}, graph.Sigmoid},
		Params: params,
		Input:  x.Shape(),
		Mode:   graph.Eval,
	})
	if err != nil {
		return nil, err
	}
	if err := program.Run(x, nil); err != nil {
		return nil, err
	}
	return program.OutputValue().Float32s(), nil
}

func forOrAgainst(vote float32) string {
	if vote < 0 {
		return "against a best-seller"
	}
	return "for a best-seller"
}

// reasons puts the weights of a unit into words, the largest first. Weights below a tenth of the largest are left out.
func reasons(weights []float64) string {
	order := []int{0, 1, 2, 3}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(weights[b]), math.Abs(weights[a])) })
	var words []string
	for _, i := range order {
		if math.Abs(weights[i]) < 0.1*math.Abs(weights[order[0]]) {
			break
		}
		size := "high"
		if weights[i] < 0 {
			size = "low"
		}
		words = append(words, fmt.Sprintf("%s %s (%+.1f)", size, inputs[i], weights[i]))
	}
	return strings.Join(words, ", ")
}

// closest finds the idea whose truth has the strongest correlation, of either sign, with a unit's activation.
func closest(hidden []float64, truth [][3]bool) (idea int, correlation float64) {
	for i := range ideas {
		holds := make([]float64, len(truth))
		for j := range truth {
			if truth[j][i] {
				holds[j] = 1
			}
		}
		if r := stat.Correlation(hidden, holds, nil); math.Abs(r) > math.Abs(correlation) {
			idea, correlation = i, r
		}
	}
	return idea, correlation
}

// column is one column of a matrix of the given width.
func column(matrix []float32, at, width int) []float64 {
	var values []float64
	for i := at; i < len(matrix); i += width {
		values = append(values, float64(matrix[i]))
	}
	return values
}
