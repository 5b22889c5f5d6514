package main

import (
	"context"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/train"
)

// probability is the predicted probability that a T-shirt becomes a best-seller.
func probability(trainer *train.Trainer, moments data.Moments, shirt []float64) (float64, error) {
	row := make([]float64, len(shirt))
	for i, v := range shirt {
		row[i] = (v - moments.Mean[i]) / moments.Std[i]
	}
	x, err := tensors.FromSlice(tensor.Float32, row, 1, len(row))
	if err != nil {
		return 0, err
	}
	logit, err := trainer.Predict(context.Background(), x)
	if err != nil {
		return 0, err
	}
	return graph.Sigmoid.Eval(float64(logit.Float32s()[0])), nil
}
