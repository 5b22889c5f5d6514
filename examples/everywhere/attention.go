package main

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/examples/internal/guide"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/transformer"
)

const (
	vocabulary = 32
	positions  = 16
)

// languageModel is a Transformer that predicts a token at each position. The placement says where residual and normalisation are.
func languageModel(placement attention.Placement, layers int) transformer.GPT {
	var init initializer.Initializer
	if placement != attention.DeepNorm { // which has an initialisation of its own
		init = initializer.XavierUniform{}
	}
	return transformer.GPT{
		Vocabulary: vocabulary, Context: positions, Width: 32, Untied: true,
		Config: attention.Config{Layers: layers, Heads: 4, Placement: placement, Init: init},
	}
}

// placements are what is compared.
var placements = []struct {
	placement attention.Placement
	name      string
	line      guide.Line
}{
	{attention.NoResidual, "no residual", guide.Line{Name: "no residual", Color: guide.Vermilion, Style: guide.Smooth}},
	{attention.PostLN, "Post-LN", guide.Line{Name: "Post-LN", Color: guide.Orange, Style: guide.Smooth}},
	{attention.PreLN, "Pre-LN", guide.Line{Name: "Pre-LN", Color: guide.Blue, Style: guide.Smooth}},
	{attention.DeepNorm, "DeepNorm", guide.Line{Name: "DeepNorm", Color: guide.Green, Style: guide.Dashed}},
}

// selfAttention compares Transformers of up to 48 layers on random sequences.
func selfAttention(w io.Writer, out string) error {
	batch := randomSequences(16)
	network := func(placement attention.Placement) func(int) ([]float64, error) {
		known := make(map[int][]float64) // two tables show them
		return func(layers int) (g []float64, err error) {
			if known[layers] == nil {
				known[layers], err = batch.gradients(languageModel(placement, layers), "/ff/linear2/weight")
			}
			return known[layers], err
		}
	}
	var stacks []stack
	for _, p := range placements {
		stacks = append(stacks, stack{p.name, p.line, network(p.placement)})
	}
	layers := []int{2, 4, 8, 16, 32, 48}
	fmt.Fprintln(w)
	heading(w, "Transformers: gradient, first over last layer", "layers", layers)
	if err := compare(w, stacks, layers, guide.Figure{Title: "Transformers of 48 layers", XLabel: "layer"}, out, "everywhere-attention.png"); err != nil {
		return err
	}
	return lastLayer(w, stacks, layers)
}

// lastLayer prints the gradient of the last layer by depth, and the exponent e of the power of the depth that fits best.
func lastLayer(w io.Writer, stacks []stack, layers []int) error {
	fmt.Fprintln(w)
	heading(w, "Transformers: gradient of the last layer", "layers", layers)
	for _, s := range stacks {
		fmt.Fprintf(w, "%-20s", s.name)
		var x, y []float64
		for _, n := range layers {
			g, err := s.gradients(n)
			if err != nil {
				return err
			}
			last := g[len(g)-1]
			fmt.Fprintf(w, "%9.4f", last)
			x, y = append(x, math.Log(float64(n))), append(y, math.Log(last))
		}
		_, exponent := stat.LinearRegression(x, y, nil, false)
		fmt.Fprintf(w, "   as layers^%.2f\n", exponent)
	}
	return nil
}

// randomSequences is a batch of random tokens, with random ones to predict.
func randomSequences(samples int) task {
	rng := rand.New(rand.NewPCG(1, 1))
	draw := func() *tensor.Dense {
		tokens := make([]int, samples*positions)
		for i := range tokens {
			tokens[i] = rng.IntN(vocabulary)
		}
		return tensor.New(tensor.WithShape(samples, positions), tensor.WithBacking(tokens))
	}
	return task{draw(), draw(), graph.CrossEntropy{}}
}
