package train_test

import (
	"context"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// sequences are tokens of int with a label for each position, the last of which is padding.
func sequences(n, time int) *data.Dataset {
	tokens, labels := make([]int, n*time), make([]int, n*time)
	for i := range tokens {
		tokens[i], labels[i] = i%5, (i+1)%5
		if i%time == time-1 {
			labels[i] = -1
		}
	}
	table := func(values []int) *tensor.Dense {
		return tensor.New(tensor.WithShape(n, time), tensor.WithBacking(values))
	}
	return &data.Dataset{Columns: []data.Column{{Name: "tokens", Values: table(tokens)}}, Y: table(labels)}
}

// Tokens are the first input of a model, in training, evaluation and prediction, in batches of any size.
func TestSequencesOfTokens(t *testing.T) {
	set := sequences(7, 6)
	trainer := &train.Trainer{
		Model: transformer.GPT{Vocabulary: 5, Context: 6, Width: 16, Config: attention.Config{Layers: 1, Heads: 2}},
		Loss:  graph.CrossEntropy{Padded: true}, Epochs: 60, BatchSize: 7, Optimizer: &optim.Adam{LearningRate: 0.02},
	}
	ctx := context.Background()
	history, err := trainer.Fit(ctx, set, set)
	if err != nil {
		t.Fatal(err)
	}
	if s := history.Epochs[59].Val; s.Loss > 0.1 || s.Accuracy != 1 {
		t.Errorf("the loss is %.3f and the accuracy %.3f", s.Loss, s.Accuracy)
	}
	tokens := set.Column("tokens")
	whole, err := trainer.Predict(ctx, tokens)
	if err != nil {
		t.Fatal(err)
	}
	all, err := trainer.Evaluate(ctx, set)
	if err != nil {
		t.Fatal(err)
	}
	trainer.EvalBatchSize = 3
	parts, err := trainer.Predict(ctx, tokens)
	if err != nil {
		t.Fatal(err)
	}
	scores, err := trainer.Evaluate(ctx, set)
	if err != nil {
		t.Fatal(err)
	}
	// Products of matrices of other sizes sum in another order.
	for i, v := range parts.Float32s() {
		if d := v - whole.Float32s()[i]; d > 1e-4 || d < -1e-4 {
			t.Fatalf("output %d is %g in batches, %g at once", i, v, whole.Float32s()[i])
		}
	}
	if !slices.Equal(parts.Shape(), tensor.Shape{7, 6, 5}) || scores.Loss-all.Loss > 1e-5 || all.Loss-scores.Loss > 1e-5 {
		t.Errorf("outputs of shape %v, losses %g in batches and %g at once", parts.Shape(), scores.Loss, all.Loss)
	}
}
