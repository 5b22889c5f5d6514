package transformer_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/sequences"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/models/transformer"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

// fit trains a model and gives the scores of the last epoch.
func fit(t *testing.T, m graph.Model, set *data.Dataset, epochs int, rate float64) train.Scores {
	t.Helper()
	trainer := train.Trainer{
		Model: m, Loss: graph.CrossEntropy{}, Epochs: epochs, BatchSize: 16, Seed: 1,
		Optimizer: &optim.Adam{LearningRate: rate}, Callbacks: []train.Callback{&train.ClipNorm{Max: 1}},
	}
	history, err := trainer.Fit(context.Background(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	return history.Epochs[len(history.Epochs)-1].Train
}

const verse = `Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
`

// A language model of two layers learns a verse by heart. The characters that no model can know are those at the beginning of a window: 6 %
// of all at a window of 16.
func TestGPTOverfits(t *testing.T) {
	corpus, err := text.New(verse)
	if err != nil {
		t.Fatal(err)
	}
	set, err := corpus.Windows(text.Windows{Length: 16, Stride: 4})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []attention.Config{
		{Layers: 2, Heads: 4, Activation: graph.GELU},
		{Layers: 2, Heads: 4, Placement: attention.DeepNorm},
		{Layers: 2, Heads: 4, SwiGLU: true, Norm: attention.RMS, QKNorm: true, Rotary: true},
	} {
		m := transformer.GPT{Vocabulary: corpus.Size(), Context: 16, Width: 32, Config: c}
		if c.Rotary {
			m.Positions = attention.Rotary
		}
		if s := fit(t, m, set, 100, 0.01); s.Loss > 0.3 || s.Accuracy < 0.9 {
			t.Errorf("%v: the loss is %.3f and the accuracy %.3f", c.Placement, s.Loss, s.Accuracy)
		}
	}
}

// An encoder-decoder learns to copy: each position attends to the same position of the source.
func TestEncoderDecoderCopies(t *testing.T) {
	problem := sequences.Copy{Lag: 3, Length: 4, Symbols: 5, Seed: 1}
	set, err := problem.Pairs(400)
	if err != nil {
		t.Fatal(err)
	}
	m := transformer.EncoderDecoder{Source: problem.Vocabulary(), Context: 8, Width: 32, Config: attention.Config{Layers: 1, Heads: 2, Activation: graph.GELU}}
	if s := fit(t, m, set, 15, 0.005); s.Accuracy < 0.95 {
		t.Errorf("the loss is %.3f and the accuracy %.3f", s.Loss, s.Accuracy)
	}
}

func ExampleGPT() {
	corpus, err := text.Opticks()
	if err != nil {
		fmt.Println(err)
		return
	}
	model := transformer.GPT{
		Vocabulary: corpus.Size(), Context: 128, Width: 128,
		Config: attention.Config{Layers: 4, Heads: 4, Activation: graph.GELU, Placement: attention.PreLN},
	}
	fmt.Println(model.Validate(), model.Size())
	// Output:
	// <nil> 821376
}
