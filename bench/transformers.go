package bench

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/train/optim"
)

// A TransformerWorkload is a network in training that classifies each position of random sequences.
type TransformerWorkload struct {
	Name    string
	Stack   attention.Config
	Tokens  int // the inputs are numbers below this one, with learnt positions; 0 means vectors
	Batch   int
	Length  int
	Width   int
	Classes int
	Rate    float64 // the learning rate
	Bar     float64 // the ratio to PyTorch's time that the project aims at
}

// TransformerWorkloads are the networks that are measured.
var TransformerWorkloads = []TransformerWorkload{
	{
		Name: "Transformer encoder", Batch: 32, Length: 64, Width: 128, Classes: 10, Rate: 1e-3, Bar: 0.8,
		Stack: attention.Config{Layers: 6, Heads: 4, Hidden: 512, Placement: attention.PostLN, Activation: graph.ReLU},
	},
	{
		Name: "GPT", Tokens: 96, Batch: 8, Length: 256, Width: 256, Classes: 96, Rate: 1e-3, Bar: 0.9,
		Stack: attention.Config{Layers: 6, Heads: 8, Hidden: 1024, Causal: true, Activation: graph.GELU},
	},
}

// String names the workload, as "GPT, 6 layers of 256, batch 8, length 256".
func (w TransformerWorkload) String() string {
	return fmt.Sprintf("%s, %d layers of %d, batch %d, length %d", w.Name, w.Stack.Layers, w.Width, w.Batch, w.Length)
}

// Apply draws the network. It implements graph.Model.
func (w TransformerWorkload) Apply(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
	if w.Tokens > 0 {
		x = attention.Embedding{Rows: w.Tokens, Width: w.Width}.Apply(b.ScopeAs("tokens"), x)
		x = attention.LearnedPositions{Max: w.Length}.Apply(b.ScopeAs("places"), x)
	}
	x = attention.Encoder{Config: w.Stack}.Apply(b.ScopeAs("stack"), x)
	rows := b.Check(gorgonia.Reshape(x, tensor.Shape{w.Batch * w.Length, w.Width}))
	logits := graph.Dense{Units: w.Classes}.Apply(b.ScopeAs("head"), rows)
	return b.Check(gorgonia.Reshape(logits, tensor.Shape{w.Batch, w.Length, w.Classes}))
}

// input is what the network reads.
func (w TransformerWorkload) input() graph.Input {
	if w.Tokens > 0 {
		return graph.Input{Name: "input", Shape: tensor.Shape{w.Batch, w.Length}, Dtype: tensor.Int}
	}
	return graph.Input{Name: "input", Shape: tensor.Shape{w.Batch, w.Length, w.Width}}
}

func (w TransformerWorkload) build(params *graph.Params) (*graph.Program, error) {
	return graph.Build(graph.Config{Model: w, Params: params, Inputs: []graph.Input{w.input()}, Loss: graph.CrossEntropy{}})
}

// batches returns random sequences with random labels.
func (w TransformerWorkload) batches() (list []Batch, err error) {
	rng := rand.New(rand.NewPCG(1, 2))
	labels := func(classes int) *tensor.Dense {
		list := make([]int, w.Batch*w.Length)
		for i := range list {
			list[i] = rng.IntN(classes)
		}
		return tensor.New(tensor.WithShape(w.Batch, w.Length), tensor.WithBacking(list))
	}
	for range batchCount {
		b := Batch{Y: labels(w.Classes)}
		if w.Tokens > 0 {
			b.X = labels(w.Tokens)
		} else if b.X, err = tensors.Randn(tensor.Float32, rng, w.input().Shape...); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	return list, nil
}

// NewTransformers sets up a workload.
func NewTransformers(w TransformerWorkload) (*Ours, error) {
	batches, err := w.batches()
	if err != nil {
		return nil, err
	}
	p, err := w.build(graph.NewParams(tensor.Float32, 1))
	if err != nil {
		return nil, err
	}
	return newOurs(p, batches, &optim.SGD{LearningRate: w.Rate}), nil
}

// Export writes the initial weights and the batches into a folder, for PyTorch: network.json describes them, and the other files are as
// those of [Workload.Export], with the tokens, if there are any, in tokens.i64.
func (w TransformerWorkload) Export(dir string) error {
	params := graph.NewParams(tensor.Float32, 1)
	p, err := w.build(params)
	if err != nil {
		return err
	}
	defer p.Close()
	list, weights := listed(params, attention.TorchName)
	err = writeNetwork(dir, map[string]any{
		"Params": list, "Tokens": w.Tokens, "Batch": w.Batch, "Length": w.Length, "Width": w.Width, "Classes": w.Classes, "Rate": w.Rate,
		"Layers": w.Stack.Layers, "Heads": w.Stack.Heads, "Hidden": w.Stack.Hidden, "Causal": w.Stack.Causal,
		"NormFirst": w.Stack.Placement == attention.PreLN, "Activation": fmt.Sprint(w.Stack.Activation),
	})
	if err != nil {
		return err
	}
	batches, err := w.batches()
	if err != nil {
		return err
	}
	var tokens []int64
	if w.Tokens > 0 {
		for i, b := range batches {
			for _, token := range b.X.Ints() {
				tokens = append(tokens, int64(token))
			}
			batches[i].X = tensor.New(tensor.WithShape(1), tensor.WithBacking([]float32{0}))
		}
	}
	if err := writeBinary(filepath.Join(dir, "tokens.i64"), tokens); err != nil {
		return err
	}
	return writeAll(dir, weights, batches)
}
