package graph_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/structure"
)

// byWeight is a layer that a function draws with one weight.
func byWeight(shape tensor.Shape, draw func(b *graph.Builder, x, w *gorgonia.Node) *gorgonia.Node) graph.Layer {
	return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
		return draw(b, x, b.Param(graph.Param{Name: "weight", Role: graph.Weight, Init: initializer.Normal{Std: 1}}, shape...))
	})
}

// An element of a weight reaches the outputs of its unit, and no others: with zeros for all other elements these alone are not zero.
func TestUnitsAreTheOutputsThatAnElementReaches(t *testing.T) {
	flat, images := tensor.Shape{3, 6}, tensor.Shape{2, 4, 5, 5}
	for name, c := range map[string]struct {
		layer graph.Model
		input tensor.Shape
	}{
		"dense":                  {graph.Dense{Units: 4, NoBias: true}, flat},
		"square":                 {graph.Dense{Units: 6, NoBias: true}, flat},
		"convolution":            {graph.Conv2D{Channels: 6, Kernel: 3, NoBias: true}, images},
		"convolution in groups":  {graph.Conv2D{Channels: 6, Kernel: 3, Groups: 2, NoBias: true}, images},
		"transposed convolution": {graph.ConvTranspose2D{Channels: 6, Kernel: 3, NoBias: true}, images},
		"transposed in groups":   {graph.ConvTranspose2D{Channels: 6, Kernel: 3, Groups: 2, NoBias: true}, images},
		"sequences":              {graph.Conv1D{Channels: 6, Kernel: 3, NoBias: true}, tensor.Shape{2, 4, 5}},
		"a product with a transposed weight": {byWeight(tensor.Shape{6, 6}, func(b *graph.Builder, x, w *gorgonia.Node) *gorgonia.Node {
			return b.Check(op.MatMul(x, w, false, true))
		}), flat},
		"a transposed weight": {byWeight(tensor.Shape{6, 6}, func(b *graph.Builder, x, w *gorgonia.Node) *gorgonia.Node {
			return b.Check(gorgonia.Mul(x, b.Check(gorgonia.Transpose(w, 1, 0))))
		}), flat},
		"a weight on the left": {byWeight(tensor.Shape{3, 3}, func(b *graph.Builder, x, w *gorgonia.Node) *gorgonia.Node {
			y := b.Check(gorgonia.Mul(w, b.Check(gorgonia.Transpose(x, 1, 0)))) // of three features
			return b.Check(gorgonia.Transpose(y, 1, 0))
		}), tensor.Shape{4, 3}},
		"a reshaped weight": {byWeight(tensor.Shape{3, 2, 4}, func(b *graph.Builder, x, w *gorgonia.Node) *gorgonia.Node {
			return b.Check(gorgonia.Mul(x, b.Check(gorgonia.Reshape(w, tensor.Shape{6, 4}))))
		}), flat},
		"a part of a scaled weight": {byWeight(tensor.Shape{3, 4, 6}, func(b *graph.Builder, x, w *gorgonia.Node) *gorgonia.Node {
			part := b.Check(gorgonia.Slice(b.Check(op.Scale(w, 2)), gorgonia.S(0)))
			return b.Check(op.MatMul(x, part, false, true))
		}), flat},
	} {
		t.Run(name, func(t *testing.T) {
			params := graph.NewParams(tensor.Float64, 1)
			p, err := graph.Build(graph.Config{Model: c.layer, Params: params, Input: c.input, Mode: graph.Eval})
			if err != nil {
				t.Fatal(err)
			}
			w := params.All()[0]
			units := w.Layout()
			if w.Units != units {
				t.Fatalf("%s of shape %v: got units %+v from the graph, want some", w.Name, w.Value.Shape(), w.Units)
			}
			x := tensor.New(tensor.WithShape(c.input...), tensor.WithBacking(slices.Repeat([]float64{1}, c.input.TotalSize())))
			read := false
			for i := range w.Size() {
				clear(w.Value.Float64s())
				w.Value.Float64s()[i] = 1
				if err := p.Run(x, nil); err != nil {
					t.Fatal(err)
				}
				unit := i/(w.Size()/units.Blocks)*units.Count + i/units.Run%units.Count
				y := p.OutputValue()
				run := y.Shape()[2:].TotalSize()
				for j, v := range y.Float64s() {
					if channel := j / run % y.Shape()[1]; v != 0 && channel != unit {
						t.Fatalf("element %d of %v: got unit %d by %+v, but it reaches unit %d", i, w.Value.Shape(), unit, units, channel)
					}
					read = read || v != 0
				}
			}
			if !read {
				t.Error("no element reaches an output")
			}
		})
	}
}

// A declaration tells the units where the graph does not.
func TestDeclaredUnits(t *testing.T) {
	model := func(units structure.Units) graph.Layer {
		return graph.LayerFunc(func(b *graph.Builder, x *gorgonia.Node) *gorgonia.Node {
			w := b.Param(graph.Param{Name: "weight", Role: graph.Weight, Units: units, Init: initializer.Constant{}}, 6, 4)
			return b.Check(gorgonia.Mul(x, w))
		})
	}
	for _, units := range []structure.Units{{Blocks: 1, Count: 6, Run: 4}, {Blocks: 1, Count: 5, Run: 1}, {Count: 4, Run: 1}} {
		params := graph.NewParams(tensor.Float64, 1)
		_, err := graph.Build(graph.Config{Model: model(units), Params: params, Input: tensor.Shape{3, 6}, Mode: graph.Eval})
		switch valid := units.Blocks*units.Count*units.Run == 24; {
		case valid && err != nil:
			t.Error(err)
		case valid && params.All()[0].Layout() != units:
			t.Errorf("got units %+v, want the declared %+v", params.All()[0].Layout(), units)
		case !valid && (err == nil || !strings.Contains(err.Error(), fmt.Sprintf("Units: got %+v, want positive numbers", units))):
			t.Errorf("%+v: got error %v", units, err)
		}
	}
}

// A graph that was written by hand tells the units, too.
func TestUnitsOfAdoptedWeights(t *testing.T) {
	g := gorgonia.NewGraph()
	matrix := func(name string, rows, columns int) *gorgonia.Node {
		return gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(rows, columns), gorgonia.WithName(name), gorgonia.WithInit(gorgonia.GlorotU(1)))
	}
	x, rows, columns := gorgonia.NewMatrix(g, tensor.Float64, gorgonia.WithShape(3, 4), gorgonia.WithName("x")), matrix("rows", 4, 4), matrix("columns", 4, 4)
	hidden := gorgonia.Must(gorgonia.Tanh(gorgonia.Must(gorgonia.Mul(x, gorgonia.Must(gorgonia.Transpose(rows, 1, 0))))))
	loss := gorgonia.Must(gorgonia.Mean(gorgonia.Must(gorgonia.Square(gorgonia.Must(gorgonia.Mul(hidden, columns))))))
	if _, err := gorgonia.Grad(loss, rows, columns); err != nil {
		t.Fatal(err)
	}
	p, err := graph.Adopt(loss)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]structure.Units{"rows": {Blocks: 1, Count: 4, Run: 4}, "columns": {Blocks: 1, Count: 4, Run: 1}} {
		if got := p.Params.Get(name).Layout(); got != want {
			t.Errorf("%s: got units %+v, want %+v", name, got, want)
		}
	}
}
