package rnn_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/data"
	"github.com/gradflow/gradflow/data/sequences"
	"github.com/gradflow/gradflow/data/text"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/models/rnn"
	"github.com/gradflow/gradflow/train"
	"github.com/gradflow/gradflow/train/optim"
)

func build(t *testing.T, c graph.Config) *graph.Program {
	t.Helper()
	p, err := graph.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ints(values []int, shape ...int) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values))
}

// configs are small ones of each cell.
func configs() map[string]rnn.Config {
	return map[string]rnn.Config{
		"lstm": {Units: 6, ForgetBias: 1}, "gru": {Cell: rnn.GRU, Units: 6, Layers: 2, Residual: true},
		"rnn": {Cell: rnn.Tanh, Units: 6, Layers: 3}, "rnn-relu": {Cell: rnn.ReLU, Units: 6},
	}
}

func tokens() []graph.Input {
	return []graph.Input{{Name: "tokens", Shape: tensor.Shape{3, 5}, Dtype: tensor.Int}, {Name: "lengths", Shape: tensor.Shape{3}, Dtype: tensor.Int}}
}

func draw(n, bound int) []int {
	rng := rand.New(rand.NewPCG(3, 4))
	values := make([]int, n)
	for i := range values {
		values[i] = rng.IntN(bound)
	}
	return values
}

// Every model is differentiated, has the parameters that it says, all of them in its structure, begins with the loss of a guess, and takes
// steps without allocations.
func TestModels(t *testing.T) {
	inGo := strings.HasPrefix(kernel.Kernels(), "plain Go") // whose products of matrices allocate
	for name, c := range configs() {
		tied := rnn.LanguageModel{Vocabulary: 7, Config: c, Tied: true}
		narrow := rnn.LanguageModel{Vocabulary: 7, Width: 4, Config: c}
		classifier := rnn.Classifier{Outputs: 3, Vocabulary: 7, Config: c, Bidirectional: true}
		each := rnn.Classifier{Outputs: 3, Vocabulary: 7, Width: 4, Config: c, EveryStep: true}
		padded := classifier
		padded.Lengths = "lengths"
		for kind, m := range map[string]struct {
			graph.Model
			size, outputs int
			target        *tensor.Dense
		}{
			"tied": {tied, tied.Size(), 7, ints(draw(15, 7), 3, 5)}, "narrow": {narrow, narrow.Size(), 7, ints(draw(15, 7), 3, 5)},
			"classifier": {classifier, classifier.Size(0), 3, ints(draw(3, 3), 3)}, "each": {each, each.Size(0), 3, ints(draw(15, 3), 3, 5)},
			"padded": {padded, padded.Size(0), 3, ints(draw(3, 3), 3)},
		} {
			t.Run(name+" "+kind, func(t *testing.T) {
				p := build(t, graph.Config{Model: m.Model, Params: graph.NewParams(tensor.Float32, 1), Inputs: tokens(), Loss: graph.CrossEntropy{}})
				values := map[string]*tensor.Dense{"tokens": ints(draw(15, 7), 3, 5), "target": m.target}
				if p.Reads("lengths") {
					values["lengths"] = ints([]int{5, 2, 1}, 3)
				}
				step := func() {
					if err := p.RunNamed(values); err != nil {
						t.Fatal(err)
					}
				}
				if n := testing.AllocsPerRun(3, step); n > 0 && !inGo {
					t.Errorf("%g allocations", n)
				}
				guess := math.Log(float64(m.outputs))
				if loss := p.LossValue(); !(loss > 0.3*guess && loss < 3*guess) {
					t.Errorf("the loss is %g, that of a guess %g", loss, guess)
				}
				if got := p.Params.Size(); got != m.size {
					t.Errorf("%d parameters, want %d", got, m.size)
				}
				if net := p.Structure(); len(net.Unreached()) > 0 {
					t.Errorf("%d parameters are unreached\n%v", len(net.Unreached()), net)
				}
			})
		}
	}
}

// Dropout is at the embedding and at the output of each layer, in training alone.
func TestDropoutOfLanguageModel(t *testing.T) {
	m := rnn.LanguageModel{Vocabulary: 7, Config: rnn.Config{Units: 6, Layers: 3, Dropout: 0.5}}
	for mode, want := range map[graph.Mode]int{graph.Train: 4, graph.Eval: 0} {
		p := build(t, graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Mode: mode, Inputs: tokens()[:1]})
		masks := 0
		for _, n := range p.Graph.AllNodes() {
			if o, ok := n.Op().(*op.Op); ok && o.Spec().Kind == op.KindDropoutMask {
				masks++
			}
		}
		if masks != want {
			t.Errorf("mode %v: got %d masks, want %d", mode, masks, want)
		}
	}
}

// The numbers of parameters of PyTorch's nn.LSTM(100, 128, num_layers=2), nn.GRU and nn.RNN, beside an embedding and an output of 50.
func TestSizesOfPyTorch(t *testing.T) {
	for cell, want := range map[rnn.Cell]int{rnn.LSTM: 249_856, rnn.GRU: 187_392, rnn.Tanh: 62_464} {
		m := rnn.LanguageModel{Vocabulary: 50, Width: 100, Config: rnn.Config{Cell: cell, Units: 128, Layers: 2}}
		if got := m.Size() - 50*100 - 129*50; got != want {
			t.Errorf("%v has %d parameters, want %d", cell, got, want)
		}
	}
}

// A padded batch gives the same numbers as its sequences alone.
func TestPaddedSequences(t *testing.T) {
	lengths, all := []int{3, 5, 1}, []int{1, 2, 3, 0, 0, 5, 4, 3, 2, 1, 6, 0, 0, 0, 0}
	for name, c := range configs() {
		c.Lengths = "lengths"
		m := rnn.Classifier{Outputs: 3, Vocabulary: 7, Config: c, Bidirectional: true}
		params := graph.NewParams(tensor.Float64, 1)
		run := func(tokens []int, lengths ...int) []float64 {
			n := len(lengths)
			p := build(t, graph.Config{Model: m, Params: params, Mode: graph.Eval, Inputs: []graph.Input{
				{Name: "tokens", Shape: tensor.Shape{n, len(tokens) / n}, Dtype: tensor.Int}, {Name: "lengths", Shape: tensor.Shape{n}, Dtype: tensor.Int},
			}})
			err := p.RunNamed(map[string]*tensor.Dense{"tokens": ints(tokens, n, len(tokens)/n), "lengths": ints(lengths, n)})
			if err != nil {
				t.Fatal(err)
			}
			return slices.Clone(p.OutputValue().Float64s())
		}
		together := run(all, lengths...)
		for i, n := range lengths {
			for j, want := range run(all[i*5:i*5+n], n) {
				if got := together[i*3+j]; math.Abs(got-want) > 1e-13 {
					t.Errorf("%s: sequence %d, output %d: %g in the batch, %g alone", name, i, j, got, want)
				}
			}
		}
	}
}

// fit trains a model and gives the scores of the last epoch.
func fit(t *testing.T, trainer *train.Trainer, dataset func() (*data.Dataset, error)) train.Scores {
	t.Helper()
	set, err := dataset()
	if err != nil {
		t.Fatal(err)
	}
	trainer.Seed, trainer.Callbacks = 1, []train.Callback{&train.ClipNorm{Max: 1}}
	history, err := trainer.Fit(context.Background(), set, nil)
	if err != nil {
		t.Fatal(err)
	}
	return history.Epochs[len(history.Epochs)-1].Train
}

// A language model learns a sentence by heart, with every cell that gates.
func TestLanguageModelOverfits(t *testing.T) {
	corpus, err := text.New("The reflexion of light is caused not by the impinging of light on the solid parts of bodies.\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, cell := range []rnn.Cell{rnn.LSTM, rnn.GRU} {
		m := rnn.LanguageModel{Vocabulary: corpus.Size(), Config: rnn.Config{Cell: cell, Units: 32}}
		trainer := &train.Trainer{Model: m, Loss: graph.CrossEntropy{}, Epochs: 150, BatchSize: 8, Optimizer: &optim.Adam{LearningRate: 0.02}}
		s := fit(t, trainer, func() (*data.Dataset, error) { return corpus.Windows(text.Windows{Length: 16, Stride: 4}) })
		if s.Loss > 0.4 || s.Accuracy < 0.88 {
			t.Errorf("%v: the loss is %.3f and the accuracy %.3f", cell, s.Loss, s.Accuracy)
		}
	}
}

// An LSTM with a forget bias of 1 learns to add two numbers over some steps: its squared error is far below 1/6, that of the mean.
func TestAdding(t *testing.T) {
	m := rnn.Classifier{Outputs: 1, Config: rnn.Config{Units: 24, ForgetBias: 1}}
	trainer := &train.Trainer{Model: m, Loss: graph.MSE{}, Epochs: 15, BatchSize: 32, Optimizer: &optim.Adam{LearningRate: 0.01}}
	s := fit(t, trainer, func() (*data.Dataset, error) {
		return sequences.Adding{Length: 10, Seed: 1}.Dataset(1000, tensor.Float32)
	})
	if s.Loss > sequences.AddingBaseline/4 {
		t.Errorf("the squared error is %.3f", s.Loss)
	}
}

func TestErrors(t *testing.T) {
	good := rnn.Config{Units: 4}
	numbers := []graph.Input{{Name: "x", Shape: tensor.Shape{2, 3, 2}}}
	for want, c := range map[string]struct {
		model  graph.Model
		inputs []graph.Input
	}{
		"Vocabulary: got 0":           {rnn.LanguageModel{Config: good}, tokens()},
		"Units: got 0":                {rnn.LanguageModel{Vocabulary: 7}, tokens()},
		"Width: got 3 with Tied":      {rnn.LanguageModel{Vocabulary: 7, Width: 3, Tied: true, Config: good}, tokens()},
		"cell(4)":                     {rnn.Classifier{Outputs: 1, Config: rnn.Config{Cell: 4, Units: 2}}, numbers},
		"Dropout: got -1":             {rnn.Classifier{Outputs: 1, Config: rnn.Config{Units: 2, Dropout: -1}}, numbers},
		"ForgetBias: got 1 for gru":   {rnn.Classifier{Outputs: 1, Config: rnn.Config{Cell: rnn.GRU, Units: 2, ForgetBias: 1}}, numbers},
		"Outputs: got 0":              {rnn.Classifier{Config: good}, numbers},
		"Width: got 3 without Vocabu": {rnn.Classifier{Outputs: 1, Width: 3, Config: good}, numbers},
		"want tokens (batch, time)":   {rnn.Classifier{Outputs: 1, Vocabulary: 7, Config: good}, numbers},
		"want numbers (batch, time, ": {rnn.Classifier{Outputs: 1, Config: good}, tokens()},
	} {
		_, err := graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float32, 1), Inputs: c.inputs})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
	for _, name := range []string{"lstm", "gru", "rnn", "rnn-relu"} {
		if c, err := rnn.ParseCell(strings.ToUpper(name)); err != nil || c.String() != name {
			t.Errorf("%s: got %v, %v", name, c, err)
		}
	}
	if _, err := rnn.ParseCell("lru"); err == nil || !strings.Contains(err.Error(), "lstm, gru, rnn, rnn-relu") {
		t.Errorf("got error %v", err)
	}
}

func ExampleLanguageModel() {
	model := rnn.LanguageModel{Vocabulary: 91, Config: rnn.Config{Cell: rnn.LSTM, Units: 256, Layers: 2, ForgetBias: 1}}
	fmt.Println(model.Validate(), model.Size())
	// Output:
	// <nil> 1099355
}
