package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/models/mlp"
)

// program draws a network of 4 inputs and 3 classes over given parameters.
func program(t *testing.T, params *graph.Params, batch int, mode graph.Mode) *graph.Program {
	t.Helper()
	return build(t, graph.Config{
		Model:  mlp.Model{Input: 4, Hidden: []int{6}, Output: 3, Activation: graph.Tanh},
		Params: params, Input: tensor.Shape{batch, 4}, Loss: graph.CrossEntropy{}, Mode: mode,
	})
}

func TestRunErrors(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	var none *tensor.Dense
	for name, c := range map[string]struct {
		x, y  *tensor.Dense
		words []string
	}{
		"no input":        {none, y, []string{"input: got no value", "(5, 4)", "float64"}},
		"no target":       {x, none, []string{"target: got no value", "(5)", "int"}},
		"other batch":     {randn(t, tensor.Float64, 1, 7, 4), y, []string{"input", "(7, 4)", "want (5, 4)"}},
		"other features":  {randn(t, tensor.Float64, 1, 5, 3), y, []string{"input", "(5, 3)", "want (5, 4)"}},
		"other type":      {randn(t, tensor.Float32, 1, 5, 4), y, []string{"input", "float32", "want (5, 4) of float64"}},
		"more labels":     {x, classes(t, 6, 3, 1), []string{"target", "(6)", "want (5)"}},
		"float labels":    {x, randn(t, tensor.Float64, 1, 5), []string{"target", "float64", "of int"}},
		"labels as a row": {x, tensor.New(tensor.WithShape(1, 5), tensor.WithBacking(make([]int, 5))), []string{"target", "(1, 5)", "want (5)"}},
	} {
		t.Run(name, func(t *testing.T) { wantError(t, p.Run(c.x, c.y), append(c.words, "graph: ")...) })
	}
	run(t, p, x, y) // after all these it still runs
}

// A vector is no column: (5) and (5, 1) hold the same numbers, but layers read them differently.
func TestRunTellsVectorsFromColumns(t *testing.T) {
	p := build(t, graph.Config{Model: graph.Dense{Units: 2}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 1}})
	wantError(t, p.Run(randn(t, tensor.Float64, 1, 5), nil), "(5)", "want (5, 1)")
}

// Programs of several batch sizes and modes over one Params share their weights: what one is given, all see.
func TestBatchSizesShareWeights(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	train, eval, one := program(t, params, 5, graph.Train), program(t, params, 3, graph.Eval), program(t, params, 1, graph.Eval)
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	for range 3 {
		run(t, train, x, y)
		outputs := slices.Clone(train.OutputValue().Float64s())
		for i := range 5 {
			run(t, one, rowsOf(t, x, i, i+1), classes(t, 1, 3, 1))
			if got, want := one.OutputValue().Float64s(), outputs[3*i:3*i+3]; !near(got, want) {
				t.Fatalf("sample %d alone gives %v, in the batch %v", i, got, want)
			}
		}
		run(t, eval, rowsOf(t, x, 1, 4), classes(t, 3, 3, 1))
		if got, want := eval.OutputValue().Float64s(), outputs[3:12]; !near(got, want) {
			t.Fatalf("three samples give %v, in the batch %v", got, want)
		}
		for _, w := range train.Weights { // a step of gradient descent
			for i, g := range floats(w.Grad.Value()) {
				w.Value.Float64s()[i] -= g
			}
		}
	}
}

// rowsOf copies rows of a matrix.
func rowsOf(t *testing.T, x *tensor.Dense, from, to int) *tensor.Dense {
	t.Helper()
	cols := x.Shape()[1]
	part, err := tensors.FromSlice(tensor.Float64, x.Float64s()[from*cols:to*cols], to-from, cols)
	if err != nil {
		t.Fatal(err)
	}
	return part
}

// A run changes neither its inputs nor the parameters.
func TestRunIsRepeatable(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	before := slices.Clone(x.Float64s())
	run(t, p, x, y)
	loss, grad := p.LossValue(), slices.Clone(floats(p.Weights[0].Grad.Value()))
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), y)
	if p.LossValue() == loss {
		t.Error("another batch has the same loss")
	}
	run(t, p, x, y)
	if p.LossValue() != loss || !slices.Equal(floats(p.Weights[0].Grad.Value()), grad) || !slices.Equal(x.Float64s(), before) {
		t.Error("the same batch gives other numbers the second time")
	}
}

func TestValuesOfAProgram(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float32, 1), 5, graph.Train)
	if !math.IsNaN(p.LossValue()) || p.OutputValue() != nil {
		t.Errorf("before the first run: loss %g, output %v", p.LossValue(), p.OutputValue())
	}
	run(t, p, randn(t, tensor.Float32, 1, 5, 4), classes(t, 5, 3, 1))
	if got := p.OutputValue(); !slices.Equal(got.Shape(), []int{5, 3}) || got.Dtype() != tensor.Float32 {
		t.Errorf("output of shape %v and type %v", got.Shape(), got.Dtype())
	}
	if loss := p.LossValue(); !(loss > 0 && loss < 10) {
		t.Errorf("loss %g", loss)
	}
	without := build(t, graph.Config{Model: graph.Tanh, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3}})
	run(t, without, randn(t, tensor.Float64, 1, 2, 3), nil)
	if !math.IsNaN(without.LossValue()) {
		t.Errorf("a program without a loss has the loss %g", without.LossValue())
	}
}

// A tap sees each value of its node once in each run, of the forward and of the backward pass, whether or not it was
// attached before the first run.
func TestTap(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	seen := make(map[string]int)
	tap := func(name string, n *gorgonia.Node) {
		p.Tap(n, func(v gorgonia.Value) {
			seen[name]++
			if kept := n == p.Loss || n == p.Weights[0].Node; kept && v != n.Value() {
				t.Errorf("%s: the tap sees another value than the node", name)
			}
		})
	}
	tap("loss", p.Loss)
	tap("delta", p.Layers[0].Pre.Deriv())
	run(t, p, x, y)
	tap("activation", p.Layers[0].Act)
	tap("activation again", p.Layers[0].Act)
	tap("weight", p.Weights[0].Node)
	run(t, p, x, y)
	for name, want := range map[string]int{"loss": 2, "delta": 2, "activation": 1, "activation again": 1, "weight": 1} {
		if seen[name] != want {
			t.Errorf("the tap on %s was called %d times, want %d", name, seen[name], want)
		}
	}
}

// A tap that was removed is not called again, and those beside it go on. Nodes
// that were computed for it alone are no longer computed.
func TestRemovedTap(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	other := gorgonia.Must(gorgonia.Tanh(p.Layers[0].Pre))
	calls := make([]int, 4)
	var remove []func()
	for i, n := range []*gorgonia.Node{p.Loss, p.Loss, p.Loss, other} {
		remove = append(remove, p.Tap(n, func(gorgonia.Value) { calls[i]++ }))
	}
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	run(t, p, x, y)
	remove[1]()
	remove[1]() // twice does no harm
	remove[3]()
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), y)
	if want := []int{2, 1, 2, 1}; !slices.Equal(calls, want) {
		t.Errorf("taps were called %v times, want %v", calls, want)
	}
	if err := p.Machine().StartTiming(); err != nil {
		t.Fatal(err)
	}
	run(t, p, x, y)
	for _, s := range p.Machine().Timing().Steps {
		if s.Node == other.ID() {
			t.Error("a node that was computed for a removed tap only is still computed")
		}
	}
}

// A tap that panics ends the run with an error that says where, and the next run is as any other.
func TestPanicInATap(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	node := p.Layers[0].Act
	remove := p.Tap(node, func(gorgonia.Value) { panic("spilt") })
	wantError(t, p.Run(x, y), fmt.Sprintf("node %d", node.ID()), "layer "+p.LayerOf(node), "panic in a tap: spilt")
	remove()
	run(t, p, x, y)
}

// In evaluation nothing of the backward pass is there to be run.
func TestEvaluationHasNoGradient(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Eval)
	run(t, p, randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1))
	for _, w := range p.Weights {
		if w.Grad != nil {
			t.Errorf("%s has a gradient", w.Name)
		}
	}
	if math.IsNaN(p.LossValue()) || p.LossValue() <= 0 {
		t.Errorf("loss %g", p.LossValue())
	}
}

func TestClose(t *testing.T) {
	params := graph.NewParams(tensor.Float64, 1)
	p, other := program(t, params, 5, graph.Train), program(t, params, 5, graph.Train)
	x, y := randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1)
	run(t, p, x, y)
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	wantError(t, p.Run(x, y), "closed")
	if err := p.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	run(t, other, x, y) // the parameters are still there
}

// A node of the backward pass belongs to the layer whose gradient it is.
func TestLayerOf(t *testing.T) {
	p := program(t, graph.NewParams(tensor.Float64, 1), 5, graph.Train)
	for node, want := range map[*gorgonia.Node]string{
		p.Input: "", p.Target: "", p.Loss: "loss", p.Output: "dense2",
		p.Weights[0].Node: "dense1", p.Weights[0].Grad: "dense1", p.Weights[3].Grad: "dense2",
		p.Layers[0].Act: "tanh1", p.Layers[0].Pre.Deriv(): "dense1", p.Layers[0].Act.Deriv(): "tanh1",
	} {
		if got := p.LayerOf(node); got != want {
			t.Errorf("%v belongs to %q, want %q", node, got, want)
		}
	}
	for _, n := range p.Graph.AllNodes() {
		if n != p.Input && n != p.Target && p.LayerOf(n) == "" {
			t.Errorf("%v belongs to no layer", n)
		}
	}
}
