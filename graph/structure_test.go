package graph_test

import (
	"fmt"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// The layers, blocks and depths of the models, and of blocks of the user's own: those of relu are in testdata/traces.txt, and
// those of other activations differ in the activation alone.
func TestTracesOfModels(t *testing.T) {
	var text strings.Builder
	for _, variant := range variants() {
		want := traceOf(t, variant.model(graph.ReLU))
		fmt.Fprintf(&text, "%s\n%s\n", variant.name, want)
		for _, f := range []graph.Activation{
			graph.LeakyReLU(0.2), graph.ELU(1.5), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU, graph.Sigmoid, graph.Tanh, graph.Erf,
			graph.Softsign, graph.Softplus, graph.Identity,
		} {
			kind, _, _ := strings.Cut(f.String(), "(")
			want := strings.NewReplacer(", relu in", fmt.Sprintf(", %v in", f), "relu", kind).Replace(want)
			if got := traceOf(t, variant.model(f)); got != want {
				t.Errorf("%s, %v: got\n%swant\n%s", variant.name, f, got, want)
			}
		}
	}
	wantText(t, "traces.txt", text.String())
}

// A variant is a model for any activation.
type variant struct {
	name  string
	model func(graph.Activation) graph.Model
}

func variants() (list []variant) {
	add := func(name string, model func(graph.Activation) graph.Model) { list = append(list, variant{name, model}) }
	for _, norm := range []graph.Norm{graph.NoNorm, graph.BN, graph.LN} {
		for _, dropout := range []float64{0, 0.5} {
			add(fmt.Sprintf("mlp, norm %v, dropout %g", norm, dropout), func(f graph.Activation) graph.Model {
				return mlp.Model{Input: 4, Depth: 3, Width: 5, Output: 3, Activation: f, Norm: norm, Dropout: dropout}
			})
		}
		for skip := 1; skip <= 3; skip++ {
			for _, before := range []bool{false, true} {
				name := fmt.Sprintf("resnet, norm %v, %d layers in a branch, pre-activation %v", norm, skip, before)
				add(name, func(f graph.Activation) graph.Model {
					return resnet.Model{Input: 4, Blocks: 2, Skip: skip, Width: 5, Output: 3, Activation: f, Norm: norm, PreActivation: before}
				})
				if skip == 1 {
					continue // branch and projection are both a single map of one input, which is one map
				}
				add(name+", projections", func(f graph.Activation) graph.Model {
					return resnet.Model{Input: 4, Widths: []int{6, 6, 5}, Skip: skip, Output: 3, Activation: f, Norm: norm, PreActivation: before}
				})
			}
		}
		for _, scale := range []float64{1, 0.5} {
			add(fmt.Sprintf("plain twin, norm %v, scale %g", norm, scale), func(f graph.Activation) graph.Model {
				return resnet.Model{Input: 4, Blocks: 2, Width: 5, Output: 3, Activation: f, Norm: norm, NoSkip: true, BranchScale: scale}
			})
		}
	}
	dense := func(units int) graph.Layer { return graph.Dense{Units: units} }
	add("dropout in a branch", func(f graph.Activation) graph.Model {
		return graph.Sequential{
			dense(6), graph.Residual{Branch: graph.Sequential{dense(6), graph.Dropout{P: 0.5}}, Activation: f}, dense(3),
		}
	})
	add("two activations, and none", func(f graph.Activation) graph.Model {
		return graph.Sequential{dense(6), f, graph.Tanh, dense(3), dense(3)}
	})
	return list
}

// traceOf lists the layers and blocks of a program with the scopes that their nodes were drawn in, and the depth of each
// scope that declares parameters.
func traceOf(t *testing.T, model graph.Model) string {
	t.Helper()
	p := traced(t, model)
	var text strings.Builder
	for _, l := range p.Layers {
		fmt.Fprintf(&text, "  %s, norm %v\n", describe(p, l), l.Norm)
	}
	for _, b := range p.Blocks {
		skip := "removed"
		if b.Skip != nil {
			skip = "in " + p.LayerOf(b.Skip)
		}
		fmt.Fprintf(&text, "  %s: layers %d to %d, input in %s, skip %s, branch in %s times %.3g, sum in %s\n", b.Path, b.First, b.Last,
			p.LayerOf(b.Input), skip, p.LayerOf(b.Branch), b.Scale, p.LayerOf(b.Sum))
	}
	scope := ""
	text.WriteString("  depths:")
	for _, w := range p.Weights {
		if w.Layer != scope {
			fmt.Fprintf(&text, " %s %d", w.Layer, w.Depth)
		}
		scope = w.Layer
	}
	return text.String() + "\n"
}

// What a layer declares of its parameters is found: their roles, and inputs and outputs of the weights. A block that reads
// the samples is in the structure, but has no gradient to watch there.
func TestParametersOfModels(t *testing.T) {
	for _, variant := range variants() {
		p := traced(t, variant.model(graph.Tanh))
		compareParameters(t, variant.name, p, p.Structure())
	}
	p := traced(t, graph.Sequential{
		graph.Residual{Branch: graph.Dense{Units: 4}, Activation: graph.Sequential{graph.LayerNorm{}, graph.ReLU}}, graph.Dense{Units: 3},
	})
	compareParameters(t, "block on samples", p, p.Structure())
	if len(p.Structure().Blocks) != 1 || len(p.Blocks) != 0 {
		t.Errorf("%d blocks found and %d listed, want 1 and 0", len(p.Structure().Blocks), len(p.Blocks))
	}
}

// compareParameters compares roles, layers and sizes.
func compareParameters(t *testing.T, name string, p *graph.Program, found *structure.Network) {
	t.Helper()
	if list := found.Unreached(); len(list) > 0 {
		t.Errorf("%s: unreached are %v", name, list)
	}
	byNode := make(map[*gorgonia.Node]*structure.Parameter)
	for _, param := range found.Parameters {
		byNode[param.Node] = param
	}
	for _, w := range p.Weights {
		param := byNode[w.Node]
		if !w.Trainable() {
			if param != nil {
				t.Errorf("%s: %s is a parameter, although it is not trained", name, w.Name)
			}
			continue
		}
		if got, want := param.Role.String(), w.Role.String(); got != want || param.Name != w.Name {
			t.Errorf("%s: %s is a %s, want %s of %s", name, param.Name, got, want, w.Name)
		}
		if w.Role != graph.Weight {
			continue
		}
		if l := found.Layers[param.Layers[0]]; l.Path != strings.TrimSuffix(w.Name, "/weight") || l.In() != w.Fan.In || l.Out() != w.Fan.Out {
			t.Errorf("%s: %s is of %s, %d -> %d, want %s, %v", name, w.Name, l.Path, l.In(), l.Out(), w.Layer, w.Fan)
		}
	}
}

// A program that was adopted has the structure of its graph, with samples in any input.
func TestStructureOfAdoptedPrograms(t *testing.T) {
	f := foreignCharRNN(t)
	p, err := graph.Adopt(f.loss, f.weights...)
	if err != nil {
		t.Fatal(err)
	}
	const want = `network: 2 layers, depth 2
  1 wh: 12 + 5 -> 12, bias, tanh, recurrent over 5 steps
  2 wo: 12 -> 5, bias, over 5 steps
`
	if got := p.Structure().String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// A program for evaluation has the structure of the one for training. Running statistics are constants in both.
func TestStructureInEvaluation(t *testing.T) {
	model := resnet.Model{Input: 4, Widths: []int{6, 5}, Output: 3, Norm: graph.BN}
	want := traced(t, model).Structure()
	p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 4}, Mode: graph.Eval})
	if got := p.Structure(); got.String() != want.String() {
		t.Errorf("got\n%vwant\n%v", got, want)
	}
}

// A loss that is written out as arithmetic with the target is no part of the output layer.
func TestLossIsNoPartOfALayer(t *testing.T) {
	p := build(t, graph.Config{
		Model: graph.Dense{Units: 3}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}, Loss: alongTarget{},
	})
	if got := p.Layers[0].Pre; got != p.Output {
		t.Errorf("the output layer ends in %v, want the output %v", got, p.Output)
	}
}

// alongTarget is the sum of output times target.
type alongTarget struct{ graph.MSE }

func (alongTarget) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}
