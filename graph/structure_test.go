package graph_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/structure"
	"github.com/gradflow/gradflow/models/mlp"
	"github.com/gradflow/gradflow/models/resnet"
)

// What the builder notes while it draws a network is found again in the drawing: the same layers and blocks in the same
// order, at the same nodes.
func TestStructureIsWhatTheBuilderDrew(t *testing.T) {
	activations := []graph.Activation{
		graph.ReLU, graph.LeakyReLU(0.2), graph.ELU(1.5), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU, graph.Sigmoid, graph.Tanh,
		graph.Erf, graph.Softsign, graph.Softplus, graph.Identity,
	}
	for _, f := range activations {
		for _, norm := range []graph.Norm{graph.NoNorm, graph.BN, graph.LN} {
			for _, dropout := range []float64{0, 0.5} {
				compareStructure(t, fmt.Sprintf("mlp %v %v %g", f, norm, dropout),
					mlp.Model{Input: 4, Depth: 4, Width: 5, Output: 3, Activation: f, Norm: norm, Dropout: dropout})
			}
			for skip := 1; skip <= 3; skip++ {
				m := resnet.Model{Input: 4, Blocks: 3, Skip: skip, Width: 5, Output: 3, Activation: f, Norm: norm}
				compareStructure(t, fmt.Sprintf("resnet %v %v skip %d", f, norm, skip), m)
				m.PreActivation = true
				compareStructure(t, fmt.Sprintf("pre-activation %v %v skip %d", f, norm, skip), m)
				if skip == 1 {
					continue // branch and projection are both a single map of one input, which is one map
				}
				m.PreActivation, m.Blocks, m.Width, m.Widths = false, 0, 0, []int{6, 6, 5, 7}
				compareStructure(t, fmt.Sprintf("projections %v %v skip %d", f, norm, skip), m)
				m.PreActivation = true
				compareStructure(t, fmt.Sprintf("pre-activation projections %v %v skip %d", f, norm, skip), m)
			}
		}
	}
	compareStructure(t, "plain twin", resnet.Model{Input: 4, Blocks: 3, Width: 5, Output: 3, NoSkip: true, BranchScale: 1})
	compareStructure(t, "scaled twin", resnet.Model{Input: 4, Blocks: 3, Width: 5, Output: 3, NoSkip: true, Norm: graph.LN, BranchScale: 0.5})
	dense := func(units int) graph.Layer { return graph.Dense{Units: units} }
	compareStructure(t, "dropout in a branch", graph.Sequential{
		dense(6), graph.Residual{Branch: graph.Sequential{dense(6), graph.Dropout{P: 0.5}}, Activation: graph.ReLU}, dense(3),
	})
	compareStructure(t, "normalisation after the sum", graph.Sequential{
		graph.Residual{Branch: dense(4), Activation: graph.Sequential{graph.LayerNorm{}, graph.ReLU}}, dense(3),
	})
	compareStructure(t, "two activations, and none", graph.Sequential{dense(6), graph.ReLU, graph.Tanh, dense(3), dense(3)})
}

// compareStructure draws a model, and compares what is found with what was noted.
func compareStructure(t *testing.T, name string, model graph.Model) {
	t.Helper()
	p := traced(t, model)
	found := p.Structure()
	if got, want := len(found.Layers), len(p.Layers); got != want {
		t.Fatalf("%s: %d layers, want %d:\n%v", name, got, want, found)
	}
	for i, want := range p.Layers {
		if got := asTrace(found.Layers[i]); got != *want {
			t.Errorf("%s, layer %s:\n got %+v\nwant %+v", name, want.Path, got, *want)
		}
	}
	drawn := p.Blocks[:0:0]
	for _, b := range p.Blocks {
		if b.Skip != nil { // a skip that was removed is not in the graph
			drawn = append(drawn, b)
		}
	}
	if got, want := len(found.Blocks), len(drawn); got != want {
		t.Fatalf("%s: %d blocks, want %d:\n%v", name, got, want, found)
	}
	for i, want := range drawn {
		b := found.Blocks[i]
		got := graph.BlockTrace{Path: b.Path, Input: b.Input, Skip: b.Skip, Branch: b.Branch, Sum: b.Sum, Scale: b.Scale,
			First: b.Layers[0], Last: b.Layers[len(b.Layers)-1]}
		if got != *want {
			t.Errorf("%s, block %s:\n got %+v\nwant %+v", name, want.Path, got, *want)
		}
	}
	if list := found.Unreached(); len(list) > 0 {
		t.Errorf("%s: unreached are %v", name, list)
	}
	compareParameters(t, name, p, found)
}

// asTrace is a layer as the builder notes it.
func asTrace(l *structure.Layer) graph.LayerTrace {
	trace := graph.LayerTrace{Path: l.Path, Depth: l.Depth, Linear: l.Maps[0].Node, Pre: l.Pre, Act: l.Act, OnSkip: l.OnSkip, UnitAxis: l.UnitAxis}
	trace.Norm = map[structure.Norm]graph.Norm{structure.BatchNorm: graph.BN, structure.LayerNorm: graph.LN}[l.Norm]
	if l.Act != nil {
		trace.Activation, _ = graph.ParseActivation(l.Activation.String())
		switch trace.Activation.String() {
		case graph.LeakyReLU(0.01).String():
			trace.Activation = graph.LeakyReLU(l.Alpha)
		case graph.ELU(1).String():
			trace.Activation = graph.ELU(l.Alpha)
		}
	}
	return trace
}

// compareParameters compares roles, layers and sizes.
func compareParameters(t *testing.T, name string, p *graph.Program, found *structure.Network) {
	t.Helper()
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
		if got, want := param.Role.String(), w.Role.String(); got != want || param.Name != w.Name || param.Depth != w.Depth {
			t.Errorf("%s: %s is a %s at depth %d, want %s of %s at %d", name, param.Name, got, param.Depth, want, w.Name, w.Depth)
		}
		if w.Role != graph.Weight {
			continue
		}
		if l := found.Layers[param.Layers[0]]; l.Path != w.Layer || l.In() != w.Fan.In || l.Out() != w.Fan.Out {
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

// In evaluation the structure is that of training: running statistics are constants, and all but they are parameters.
func TestStructureInEvaluation(t *testing.T) {
	model := resnet.Model{Input: 4, Widths: []int{6, 5}, Output: 3, Norm: graph.BN}
	want := traced(t, model).Structure()
	p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1, 4}, Mode: graph.Eval})
	if got := p.Structure(); got.String() != want.String() {
		t.Errorf("got\n%vwant\n%v", got, want)
	}
}
