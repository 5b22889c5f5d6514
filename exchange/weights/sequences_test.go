package weights_test

import (
	"path"
	"path/filepath"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/weights"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/internal/pythontest"
	"github.com/gradflow/gradflow/models/transformer"
)

// A sequenceTwin is a model of sequences that testdata/sequences.py has in PyTorch, with other names.
type sequenceTwin struct {
	model  graph.Model
	width  int // of the input; 0 means tokens
	naming weights.Naming
}

// gpt2 is GPT-2, only smaller.
var gpt2 = sequenceTwin{
	transformer.GPT{Vocabulary: 11, Context: 7, Width: 8, Config: attention.Config{Layers: 3, Heads: 2, Activation: graph.GELUTanh}}, 0, weights.HuggingFaceGPT2,
}

var sequenceTwins = map[string]sequenceTwin{
	"lstm": {recurrent.LSTM{Units: 8, Layers: 2, Bidirectional: true}, 6, weights.Naming{
		Name: func(parameter string) string { return "rnn." + path.Base(parameter) },
	}},
	"transformer": {attention.Encoder{Config: attention.Config{Layers: 3, Heads: 2, Hidden: 16, Placement: attention.PostLN}}, 8, weights.TorchTransformer},
	"classifier": {
		transformer.Classifier{
			Vocabulary: 11, Classes: 3, Context: 7, Width: 8, Config: attention.Config{Layers: 2, Heads: 2, Hidden: 16, Placement: attention.PostLN},
		}, 0, weights.Parts(
			weights.Part{Scope: "embedding", Module: "embed"},
			weights.Part{Scope: "positions1", Naming: weights.Naming{Name: func(string) string { return "positions" }}},
			weights.Part{Scope: "layers", Module: "encoder.layers", Naming: weights.TorchTransformer},
			weights.Part{Scope: "head", Module: "out", Naming: weights.TorchLinear},
		),
	},
	"gpt2": gpt2,
}

// build draws the model for three sequences of five.
func (c sequenceTwin) build(t *testing.T) *graph.Program {
	t.Helper()
	input := graph.Input{Name: "x", Shape: tensor.Shape{3, 5, c.width}}
	if c.width == 0 {
		input = graph.Input{Name: "x", Shape: tensor.Shape{3, 5}, Dtype: tensor.Int}
	}
	p, err := graph.Build(graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float32, 1), Inputs: []graph.Input{input}, Mode: graph.Eval})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// Models of sequences of PyTorch's give the same output here with their weights, and there with the weights that we have written.
func TestTorchSequences(t *testing.T) {
	python := pythontest.With(t, "torch", "the weights of recurrent networks and Transformers were not exchanged")
	parent := t.TempDir()
	args := []string{"testdata/sequences.py", "make", parent}
	for name := range sequenceTwins {
		args = append(args, name)
	}
	run(t, python, args...)
	for name, c := range sequenceTwins {
		folder := filepath.Join(parent, name)
		want := array(t, folder, "output.npy")
		files := []string{"theirs.pth"}
		if name == "gpt2" {
			files = []string{"theirs.pth", "bare.pth"} // without the head, the last
		}
		var p *graph.Program
		for _, file := range files {
			p = c.build(t)
			if err := c.naming.Load(p.Params, read(t, folder, file).Tensors); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if err := p.Run(array(t, folder, "input.npy"), nil); err != nil {
				t.Fatal(err)
			}
			wantClose(t, name, p.OutputValue(), want)
		}
		if err := weights.Write(filepath.Join(folder, "ours.npz"), nil, c.naming.Tensors(p.Params)...); err != nil {
			t.Fatal(err)
		}
	}
	args[1] = "read"
	run(t, python, args...)
	for name := range sequenceTwins {
		folder := filepath.Join(parent, name)
		wantClose(t, name+" of PyTorch's again", array(t, folder, "again.npy"), array(t, folder, "output.npy"))
	}
	t.Run("GPT-2 with another head", func(t *testing.T) { anotherHead(t, read(t, filepath.Join(parent, "gpt2"), "untied.pth")) })
}

// A head that is not the embedding needs a model with a head of its own.
func anotherHead(t *testing.T, file weights.File) {
	if err := gpt2.naming.Load(gpt2.build(t).Params, file.Tensors); err == nil || !strings.Contains(err.Error(), "lm_head.weight") {
		t.Errorf("a tied model: got error %v, want one that names lm_head.weight", err)
	}
	untied := gpt2.model.(transformer.GPT)
	untied.Untied = true
	if err := gpt2.naming.Load(sequenceTwin{model: untied}.build(t).Params, file.Tensors); err != nil {
		t.Error(err)
	}
}

func read(t *testing.T, folder, name string) weights.File {
	t.Helper()
	file, err := weights.Read(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Parts are found by whole names of scopes and modules, and the longest counts.
func TestParts(t *testing.T) {
	n := weights.Parts(
		weights.Part{Scope: "decoder", Module: "net.decoder", Naming: weights.TorchTransformer},
		weights.Part{Scope: "decoder/embedding", Module: "target"},
		weights.Part{Scope: "head", Module: "net.decoder.out", Naming: weights.TorchLinear},
	)
	for _, c := range []struct {
		parameter, name string
		transposed      bool
	}{
		{"decoder/layers/0/ff/linear1/weight", "net.decoder.layers.0.linear1.weight", true},
		{"decoder/layers/0/norm1/weight", "net.decoder.layers.0.norm1.weight", false},
		{"decoder/embedding/weight", "target.weight", false},
		{"head/weight", "net.decoder.out.weight", true},
		{"head/bias", "net.decoder.out.bias", false},
		{"header/weight", "header.weight", false},
	} {
		if got := n.Name(c.parameter); got != c.name || n.Transposed(got) != c.transposed {
			t.Errorf("%s: got %s, transposed %v, want %s, %v", c.parameter, got, n.Transposed(got), c.name, c.transposed)
		}
	}
}
