package main

import (
	"math"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
)

// A task is one batch and the loss of a network on it.
type task struct {
	x, y *tensor.Dense
	loss graph.Loss
}

// networks is the number of networks, of seeds 1, 2 and so on, whose gradients are averaged.
const networks = 5

// gradients are the L2 norms of the gradient of the weights whose names end so, in forward order: the geometric means over some
// untrained networks.
func (t task) gradients(model graph.Model, ends ...string) ([]float64, error) {
	var sums []float64
	for seed := range uint64(networks) {
		norms, err := t.look(model, 1+seed, ends)
		if err != nil {
			return nil, err
		}
		if sums == nil {
			sums = make([]float64, len(norms))
		}
		for k, norm := range norms {
			sums[k] += math.Log(norm)
		}
	}
	for k := range sums {
		sums[k] = math.Exp(sums[k] / networks)
	}
	return sums, nil
}

// look runs the batch through one network.
func (t task) look(model graph.Model, seed uint64, ends []string) ([]float64, error) {
	program, err := graph.Build(graph.Config{
		Model:  model,
		Params: graph.NewParams(tensor.Float64, seed),
		Inputs: []graph.Input{{Name: "input", Shape: t.x.Shape(), Dtype: t.x.Dtype()}},
		Loss:   t.loss,
	})
	if err != nil {
		return nil, err
	}
	defer program.Close()
	var norms []float64
	for _, w := range program.Weights {
		for _, end := range ends {
			if strings.HasSuffix(w.Name, end) {
				at := len(norms)
				norms = append(norms, 0)
				program.Tap(w.Grad, func(v gorgonia.Value) { norms[at] = floats.Norm(v.Data().([]float64), 2) })
			}
		}
	}
	return norms, program.Run(t.x, t.y)
}
