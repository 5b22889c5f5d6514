package shatter

import (
	"math/rand/v2"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// Gradients are the gradients of a model's output with respect to each input x (inputs, ...), a row each, in evaluation mode. The output
// is a random combination of the model's outputs, the same for all inputs: it depends on the seed, and is the output itself if there is
// one.
func Gradients(model graph.Model, params *graph.Params, x *tensor.Dense, seed uint64) ([][]float64, error) {
	p, err := graph.Build(graph.Config{Model: model, Params: params, Input: x.Shape(), Mode: graph.Eval})
	if err != nil {
		return nil, errors.Wrap(err, "shatter")
	}
	defer p.Close()
	g, err := p.InputGradient(p.Output)
	if err != nil {
		return nil, errors.Wrap(err, "shatter")
	}
	defer g.Close()
	weights := combination(p.Output.Shape(), seed)
	if params.Dtype() == tensor.Float64 {
		err = g.Run(x, tensor.New(tensor.WithShape(p.Output.Shape()...), tensor.WithBacking(weights)))
	} else {
		err = g.Run(x, tensor.New(tensor.WithShape(p.Output.Shape()...), tensor.WithBacking(singles(weights))))
	}
	if err != nil {
		return nil, errors.Wrap(err, "shatter")
	}
	return rowsOf(g.Gradient()), nil
}

// combination is the same random row for each input; a single output has the weight 1.
func combination(shape tensor.Shape, seed uint64) []float64 {
	rng, n := rand.New(rand.NewPCG(seed, 7)), shape.TotalSize()/shape[0]
	row := []float64{1}
	if n > 1 {
		row = nil
		for range n {
			row = append(row, rng.NormFloat64())
		}
	}
	var all []float64
	for range shape[0] {
		all = append(all, row...)
	}
	return all
}

func singles(values []float64) []float32 {
	list := make([]float32, len(values))
	for i, v := range values {
		list[i] = float32(v)
	}
	return list
}

// rowsOf are the parts of a tensor along its first axis.
func rowsOf(t *tensor.Dense) [][]float64 {
	rows := make([][]float64, t.Shape()[0])
	n := t.Shape().TotalSize() / len(rows)
	for i := range rows {
		rows[i] = make([]float64, n)
		for k := range rows[i] {
			if t.Dtype() == tensor.Float64 {
				rows[i][k] = t.Float64s()[i*n+k]
			} else {
				rows[i][k] = float64(t.Float32s()[i*n+k])
			}
		}
	}
	return rows
}

// Correlation is the mean cosine between gradients whose places in the list differ by at least low and less than high: 1 and len(rows)
// for all pairs, 1 and 2 for neighbours.
func Correlation(rows [][]float64, low, high int) float64 {
	var p products
	p.add(rows)
	return p.correlation(low, high)
}
