package graph_test

import (
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
)

// drawing makes a layer of a function that looks at the builder and passes its input on.
func drawing(f func(b *graph.Builder, x *gorgonia.Node)) graph.Layer {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		f(b, x)
		return x
	})
}

// drawErr draws a model on a batch of 2 samples of 4 features and gives the error.
func drawErr(model graph.Model) error {
	_, err := graph.Build(graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}})
	return err
}

func TestScopesAreCountedByKind(t *testing.T) {
	var paths []string
	err := drawErr(drawing(func(b *graph.Builder, _ *gorgonia.Node) {
		first := b.Scope("dense")
		for _, scope := range []*graph.Builder{
			b, first, b.Scope("relu"), b.Scope("dense"), b.ScopeAs("head"), b.Scope("dense"), first.Scope("dense"), first.Scope("dense"),
		} {
			paths = append(paths, scope.Path())
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "dense1", "relu1", "dense2", "head", "dense3", "dense1/dense1", "dense1/dense2"}
	if !slices.Equal(paths, want) {
		t.Errorf("paths %q, want %q", paths, want)
	}
}

func TestBuilderTellsWhatItDrawsFor(t *testing.T) {
	for mode, training := range map[graph.Mode]bool{graph.Train: true, graph.Eval: false} {
		model := drawing(func(b *graph.Builder, x *gorgonia.Node) {
			if b.Training() != training || b.Dtype() != tensor.Float32 || b.Graph() != x.Graph() {
				t.Errorf("%v: training %v, dtype %v, graph %p of %p", mode, b.Training(), b.Dtype(), b.Graph(), x.Graph())
			}
		})
		build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float32, 1), Input: tensor.Shape{2, 4}, Mode: mode})
	}
	if got := graph.Train.String() + " " + graph.Eval.String(); got != "train eval" {
		t.Errorf("modes are called %q", got)
	}
}

// Each path has a stream of its own, and the build's seed moves them all.
func TestRandDependsOnPathAndSeed(t *testing.T) {
	draw := func(seed uint64) (numbers []uint64) {
		build(t, graph.Config{
			Model: drawing(func(b *graph.Builder, _ *gorgonia.Node) {
				numbers = append(numbers, b.Scope("x").Rand().Uint64(), b.Scope("x").Rand().Uint64())
			}),
			Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}, Seed: seed,
		})
		return numbers
	}
	one, again, two := draw(1), draw(1), draw(2)
	if !slices.Equal(one, again) {
		t.Errorf("one seed gives %v, then %v", one, again)
	}
	all := slices.Concat(one, two)
	slices.Sort(all)
	if len(slices.Compact(all)) != 4 {
		t.Errorf("two paths and two seeds give %v and %v, want four numbers", one, two)
	}
}

func TestBuilderErrors(t *testing.T) {
	zeros := graph.Param{Name: "w", Init: initializer.Constant{}}
	cases := map[string]struct {
		draw  func(b *graph.Builder, x *gorgonia.Node)
		words []string
	}{
		"name taken": {func(b *graph.Builder, _ *gorgonia.Node) {
			head := b.ScopeAs("head")
			head.ScopeAs("dense")
			head.ScopeAs("dense")
		}, []string{"layer head", `"head/dense" is taken`, "give each layer a name of its own"}},
		"counted name taken": {func(b *graph.Builder, _ *gorgonia.Node) {
			b.ScopeAs("dense1")
			b.Scope("dense")
		}, []string{"model", `"dense1" is taken`}},
		"no name": {func(b *graph.Builder, _ *gorgonia.Node) { b.ScopeAs("") }, []string{`the name "" is taken`}},
		"parameter declared twice": {func(b *graph.Builder, _ *gorgonia.Node) {
			b = b.ScopeAs("head")
			b.Param(zeros, 3)
			b.Param(zeros, 3)
		}, []string{"layer head", "parameter head/w is declared twice"}},
		"failed node": {func(b *graph.Builder, x *gorgonia.Node) {
			b.ScopeAs("head").Check(gorgonia.Mul(x, x))
		}, []string{"layer head", "shape"}},
		"update of no parameter": {func(b *graph.Builder, x *gorgonia.Node) {
			b.ScopeAs("head").Update(x, x)
		}, []string{"layer head", "Update: got node input", "want a parameter"}},
		"reason of the layer's own": {func(b *graph.Builder, _ *gorgonia.Node) {
			b.Scope("odd").Scope("part").Failf("width %d is %s", 13, "unlucky")
		}, []string{"graph: layer odd1/part1: width 13 is unlucky"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { wantError(t, drawErr(drawing(c.draw)), c.words...) })
	}
}

// The first error is the one that comes out, even if a layer carries on after it.
func TestFirstErrorSticks(t *testing.T) {
	stubborn := drawing(func(b *graph.Builder, _ *gorgonia.Node) {
		for _, reason := range []string{"the first", "the second"} {
			func() {
				defer func() { _ = recover() }()
				b.Failf("%s reason", reason)
			}()
		}
	})
	err := drawErr(stubborn)
	wantError(t, err, "the first reason")
}

// An update makes a parameter take a value computed by the run, at its end.
func TestUpdateMovesAParameterAfterTheRun(t *testing.T) {
	model := drawing(func(b *graph.Builder, x *gorgonia.Node) {
		count := b.Param(graph.Param{Name: "count", Role: graph.RunningStat, Init: initializer.Constant{}}, 2)
		one := gorgonia.NewConstant(1.0)
		b.Update(count, b.Check(gorgonia.Add(count, one)))
	})
	p := build(t, graph.Config{Model: model, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 4}})
	x := randn(t, tensor.Float64, 1, 2, 4)
	for want := 1.0; want <= 3; want++ {
		run(t, p, x, nil)
		if got := p.Params.Get("count").Value.Float64s(); !slices.Equal(got, []float64{want, want}) {
			t.Errorf("after run %g the count is %v", want, got)
		}
	}
}
