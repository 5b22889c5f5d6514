package transformer_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/internal/kernel"
	"github.com/gradflow/gradflow/models/transformer"
)

// Numbers of parameters: those of GPT-2 with 50,257 tokens and sequences of 1024 (Radford et al. 2019, as the published weights have them), and
// those of torchvision's vision Transformers for 1000 classes.
func TestSizesOfThePapers(t *testing.T) {
	for name, want := range map[string]int{
		"gpt2": 124_439_808, "gpt2-medium": 354_823_168, "gpt2-large": 774_030_080, "gpt2-xl": 1_557_611_200,
	} {
		m, err := transformer.NamedGPT(name, 50257, 1024)
		if err != nil || m.Validate() != nil || m.Size() != want || m.Activation != graph.GELUTanh {
			t.Errorf("%s has %v and %d parameters, want %d (%v, %v)", name, m.Activation, m.Size(), want, err, m.Validate())
		}
	}
	for name, want := range map[string]int{"vit-b16": 86_567_656, "vit-l16": 304_326_632, "vit-s16": 22_050_664, "vit-ti16": 5_717_416} {
		m, side, err := transformer.NamedViT(name, 1000)
		if err != nil || m.Validate() != nil || side != 224 || m.Size(3, side, side) != want {
			t.Errorf("%s has %d parameters, want %d (%v, %v)", name, m.Size(3, side, side), want, err, m.Validate())
		}
	}
	for _, names := range [][]string{transformer.GPTNames(), transformer.ViTNames()} {
		if len(names) < 4 || !slices.IsSorted(names) {
			t.Errorf("the names are %v", names)
		}
	}
	_, err := transformer.NamedGPT("gpt9", 10, 10)
	wantError(t, err, `"gpt9"`, "gpt2-xl")
	_, _, err = transformer.NamedViT("vit", 10)
	wantError(t, err, `"vit"`, "vit-b16")
}

// A sized model knows the number of its parameters.
type sized interface {
	graph.Model
	Size() int
}

// models are small ones of each kind and configuration, which read tokens (3, 5) of 7, and know the lengths.
func models() map[string]sized {
	gpt := func(p attention.Positions, c attention.Config) transformer.GPT {
		c.Heads = 2
		return transformer.GPT{Vocabulary: 7, Context: 6, Width: 8, Positions: p, Config: c}
	}
	untied := gpt(attention.Learned, attention.Config{Layers: 1})
	untied.Untied = true
	classifier := transformer.Classifier{Vocabulary: 7, Classes: 3, Context: 5, Width: 8, Config: attention.Config{Layers: 1, Heads: 2}}
	token, padded := classifier, classifier
	token.Pooling, token.Placement = transformer.ClassToken, attention.PostLN
	padded.Lengths = "lengths"
	copies := transformer.EncoderDecoder{Source: 7, Target: 6, Context: 5, Width: 8, DecoderLayers: 2, Config: attention.Config{Layers: 1, Heads: 2, Lengths: "lengths"}}
	modern := gpt(attention.Rotary, attention.Config{Layers: 2, Norm: attention.RMS, SwiGLU: true, QKNorm: true, NoBias: true})
	return map[string]sized{
		"pre-ln":   gpt(attention.Learned, attention.Config{Layers: 2, Activation: graph.GELU}),
		"post-ln":  gpt(attention.Sinusoidal, attention.Config{Layers: 2, Placement: attention.PostLN}),
		"deepnorm": gpt(attention.NoPositions, attention.Config{Layers: 2, Placement: attention.DeepNorm}),
		"rezero":   gpt(attention.Learned, attention.Config{Layers: 2, Placement: attention.ReZero}),
		"none":     gpt(attention.Learned, attention.Config{Layers: 2, Placement: attention.NoResidual}),
		"modern":   modern, "untied": untied,
		"classifier": classifier, "class token": token, "padded classifier": padded, "encoder-decoder": copies,
	}
}

func inputs() []graph.Input {
	return []graph.Input{
		{Name: "tokens", Shape: tensor.Shape{3, 5}, Dtype: tensor.Int}, {Name: "shifted", Shape: tensor.Shape{3, 4}, Dtype: tensor.Int},
		{Name: "lengths", Shape: tensor.Shape{3}, Dtype: tensor.Int},
	}
}

// values draws inputs and a target for a program.
func values(t *testing.T, p *graph.Program) map[string]*tensor.Dense {
	t.Helper()
	rng := rand.New(rand.NewPCG(3, 4))
	all := make(map[string]*tensor.Dense)
	for _, n := range slices.Concat(p.Inputs, p.Targets) {
		bound := map[string]int{"lengths": 5, "target": 3}[n.Name]
		if bound == 0 {
			bound = 6
		}
		numbers := make([]int, n.Node.Shape().TotalSize())
		for i := range numbers {
			numbers[i] = rng.IntN(bound)
			if n.Name == "lengths" {
				numbers[i]++
			}
		}
		if p.Reads(n.Name) {
			all[n.Name] = ints(numbers, n.Node.Shape()...)
		}
	}
	return all
}

// Every model is differentiated and takes a step, its loss begins near that of a guess, all parameters have gradients, and the structure
// finds each layer, block and attention.
func TestModels(t *testing.T) {
	for name, m := range models() {
		t.Run(name, func(t *testing.T) {
			p := build(t, graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Inputs: inputs(), Loss: graph.CrossEntropy{}})
			if err := p.RunNamed(values(t, p)); err != nil {
				t.Fatal(err)
			}
			shape := p.Output.Shape()
			guess := math.Log(float64(shape[len(shape)-1]))
			if loss := p.LossValue(); !(loss > 0.3*guess && loss < 3*guess) {
				t.Errorf("the loss is %g, that of a guess %g", loss, guess)
			}
			if got := p.Params.Size(); got != m.Size() {
				t.Errorf("%d parameters, want %d", got, m.Size())
			}
			checkStructure(t, p, m)
		})
	}
}

func checkStructure(t *testing.T, p *graph.Program, m graph.Model) {
	t.Helper()
	layers := 2
	attentions, blocks := layers, 2*layers
	switch m := m.(type) {
	case transformer.Classifier:
		attentions, blocks = 1, 2
	case transformer.EncoderDecoder:
		attentions, blocks = 1+2*m.DecoderLayers, 2+3*m.DecoderLayers
	case transformer.GPT:
		attentions, blocks = m.Layers, 2*m.Layers
	}
	net := p.Structure()
	if len(net.Unreached()) > 0 || len(net.Attentions) != attentions || len(p.Blocks) != blocks {
		t.Errorf("%d unreached parameters, %d attentions and %d blocks, want 0, %d and %d\n%v",
			len(net.Unreached()), len(net.Attentions), len(p.Blocks), attentions, blocks, net)
	}
	for _, a := range net.Attentions {
		if len(a.Heads) != 2 || slices.Contains(slices.Concat(a.Query, a.Key, a.Value), -1) || a.Output < 0 {
			t.Errorf("an attention is %+v", a)
		}
		for _, at := range [][]int{a.Query, a.Key, a.Value} {
			if net.Layers[at[0]].Depth != net.Layers[at[1]].Depth {
				t.Errorf("heads of different depth: %v", at)
			}
		}
	}
	for _, l := range net.Layers {
		if strings.Contains(l.Path, "linear2") && l.Act != nil {
			t.Errorf("%s has an activation", l.Path)
		}
	}
}

// A step allocates nothing, once it has been taken.
func TestStepsAllocateNothing(t *testing.T) {
	if strings.HasPrefix(kernel.Kernels(), "plain Go") {
		t.Skip("products of matrices in plain Go allocate")
	}
	for name, m := range models() {
		p := build(t, graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Inputs: inputs(), Loss: graph.CrossEntropy{}})
		v := values(t, p)
		step := func() {
			if err := p.RunNamed(v); err != nil {
				t.Fatal(err)
			}
		}
		if n := testing.AllocsPerRun(3, step); n > 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}

// A classifier of padded sequences gives each what it gets alone, and an encoder-decoder too.
func TestPaddedSequences(t *testing.T) {
	lengths, tokens := []int{3, 5, 1}, []int{1, 2, 3, 0, 0, 5, 4, 3, 2, 1, 6, 0, 0, 0, 0}
	classifier := models()["padded classifier"]
	copies := graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return b.Check(op.ReduceSum(models()["encoder-decoder"].Apply(b, x), []int{1}, false))
	})
	for name, m := range map[string]graph.Model{"classifier": classifier, "encoder-decoder": copies} {
		params := graph.NewParams(tensor.Float64, 1)
		run := func(tokens []int, lengths ...int) []float64 {
			n := len(lengths)
			p := build(t, graph.Config{Model: m, Params: params, Mode: graph.Eval, Inputs: []graph.Input{
				{Name: "tokens", Shape: tensor.Shape{n, len(tokens) / n}, Dtype: tensor.Int},
				{Name: "shifted", Shape: tensor.Shape{n, 2}, Dtype: tensor.Int}, {Name: "lengths", Shape: tensor.Shape{n}, Dtype: tensor.Int},
			}})
			v := map[string]*tensor.Dense{
				"tokens":  ints(tokens, n, len(tokens)/n),
				"lengths": ints(lengths, n),
			}
			if p.Reads("shifted") {
				v["shifted"] = ints(make([]int, 2*n), n, 2)
			}
			if err := p.RunNamed(v); err != nil {
				t.Fatal(err)
			}
			return slices.Clone(p.OutputValue().Float64s())
		}
		together := run(tokens, lengths...)
		for i, n := range lengths {
			for j, want := range run(tokens[i*5:i*5+n], n) {
				if got := together[i*len(together)/3+j]; math.Abs(got-want) > 1e-12 {
					t.Errorf("%s: sequence %d, output %d: %g in the batch, %g alone", name, i, j, got, want)
				}
			}
		}
	}
}

// Images are cut into patches: the first linear map of a patch is a convolution, and a class token comes first.
func TestViT(t *testing.T) {
	for _, pooling := range []transformer.Pooling{transformer.MeanPooling, transformer.ClassToken} {
		m := transformer.ViT{Classes: 3, Patch: 4, Width: 8, Pooling: pooling, Config: attention.Config{Layers: 2, Heads: 2, Activation: graph.GELU}}
		p := build(t, graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 3, 8, 12}, Loss: graph.CrossEntropy{}})
		if err := p.Run(images(t, 2, 3, 8, 12), ints([]int{2, 0}, 2)); err != nil {
			t.Fatal(err)
		}
		if got := p.Params.Size(); got != m.Size(3, 8, 12) {
			t.Errorf("%v: %d parameters, want %d", pooling, got, m.Size(3, 8, 12))
		}
		if net := p.Structure(); len(net.Unreached()) > 0 || len(p.Blocks) != 4 || len(net.Attentions) != 2 || net.Depth() != 10 {
			t.Errorf("%v: %v", pooling, net)
		}
	}
}

func TestErrors(t *testing.T) {
	gpt := transformer.GPT{Vocabulary: 7, Context: 4, Width: 8, Config: attention.Config{Layers: 1}}
	vit := transformer.ViT{Classes: 3, Patch: 2, Width: 8, Config: attention.Config{Layers: 1, Causal: true}}
	for want, m := range map[string]graph.Model{
		"5 tokens, want at most 4":  gpt,
		"Vocabulary: got 0":         transformer.GPT{},
		"Layers: got 0":             transformer.GPT{Vocabulary: 7, Context: 5, Width: 8},
		"positions(9)":              transformer.GPT{Vocabulary: 7, Context: 5, Width: 8, Positions: 9},
		"Classes: got 0":            transformer.Classifier{Vocabulary: 7},
		"ClassToken with Lengths":   transformer.Classifier{Vocabulary: 7, Classes: 2, Context: 5, Width: 8, Pooling: transformer.ClassToken, Config: attention.Config{Lengths: "lengths"}},
		"pooling(2)":                transformer.Classifier{Vocabulary: 7, Classes: 2, Context: 5, Width: 8, Pooling: 2},
		"ViT with Lengths or Caus":  vit,
		"EncoderDecoder with Causa": transformer.EncoderDecoder{Source: 7, Context: 5, Width: 8, Config: attention.Config{Layers: 1, Causal: true}},
		`no input "next"`:           transformer.EncoderDecoder{Source: 7, Context: 5, Width: 8, TargetInput: "next", Config: attention.Config{Layers: 1}},
	} {
		_, err := graph.Build(graph.Config{Model: m, Params: graph.NewParams(tensor.Float32, 1), Inputs: inputs()})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want %q", err, want)
		}
	}
	vit.Causal = false
	_, err := graph.Build(graph.Config{Model: vit, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{1, 3, 8, 9}})
	wantError(t, err, "(1, 3, 8, 9)", "multiples of 2")
}
