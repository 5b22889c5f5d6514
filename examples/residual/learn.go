package main

import (
	"context"
	"fmt"
	"io"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/vanishing"
)

// learn trains networks of 31 hidden layers on 2000 images for five epochs, and records every tenth step.
func learn(w io.Writer) error {
	images, err := guide.Images(2500)
	if err != nil {
		return err
	}
	known, err := images.Slice(0, 2000)
	if err != nil {
		return err
	}
	fresh, err := images.Slice(2000, 2500)
	if err != nil {
		return err
	}
	fmt.Fprintln(w, "\n31 hidden layers, five epochs        first loss   last loss   accuracy on new images   gradient, first/last")
	for _, n := range []struct {
		name  string
		model resnet.Model
	}{
		{"N(0, 0.05²), plain", resnet.Model{Init: initializer.Normal{Std: 0.05}, BranchScale: 1, NoSkip: true}},
		{"He, plain", resnet.Model{BranchScale: 1, NoSkip: true}},
		{"N(0, 0.05²), residual", resnet.Model{Init: initializer.Normal{Std: 0.05}, BranchScale: 1}},
		{"He, residual, branches as they are", resnet.Model{BranchScale: 1}},
		{"He, residual, scaled branches", resnet.Model{}},
	} {
		n.model.Input, n.model.Output, n.model.Width, n.model.Blocks = 784, 10, 50, 15
		recorder := &vanishing.Recorder{Steps: vanishing.Every(10)}
		trainer := &train.Trainer{
			Model:     n.model,
			Loss:      graph.CrossEntropy{},
			Dtype:     tensor.Float64,
			Epochs:    5,
			Seed:      1,
			Callbacks: []train.Callback{recorder},
		}
		history, err := trainer.Fit(context.Background(), known, fresh)
		if err != nil {
			return err
		}
		gradient := vanishing.Diagnose(recorder.Profile())
		last := history.Epochs[len(history.Epochs)-1]
		fmt.Fprintf(w, "%-36s %10.2f %11.2f %23.0f%%   %.1e, %v\n",
			n.name, history.Losses[0], last.Train.Loss, 100*last.Val.Accuracy, gradient.Ratio, gradient.Verdict)
	}
	return nil
}
