package graph_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
)

// y = g(skip(x) + scale·branch(x)), computed by hand for a branch of one linear map.
func TestResidual(t *testing.T) {
	branch := func(units int) graph.Dense { return graph.Dense{Units: units, NoBias: true} }
	for name, c := range map[string]struct {
		block graph.Residual
		scale float64
		skips bool
	}{
		"sum":                    {graph.Residual{Branch: branch(4)}, 1, true},
		"activation of the sum":  {graph.Residual{Branch: branch(4), Activation: graph.ReLU}, 1, true},
		"scaled branch":          {graph.Residual{Branch: branch(4), Scale: 0.25}, 0.25, true},
		"scaled to the opposite": {graph.Residual{Branch: branch(4), Scale: -1}, -1, true},
		"projection":             {graph.Residual{Branch: branch(3), Scale: 0.5, Activation: graph.Tanh}, 0.5, true},
		"skip removed":           {graph.Residual{Branch: branch(4), Scale: 0.5, NoSkip: true}, 0.5, false},
		"projection removed":     {graph.Residual{Branch: branch(3), NoSkip: true, Activation: graph.ReLU}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := build(t, graph.Config{Model: c.block, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{5, 4}})
			x := randn(t, tensor.Float64, 2, 5, 4)
			run(t, p, x, nil)
			weight := func(layer string) *mat.Dense {
				w := p.Params.Get("block1/" + layer + "/weight").Value
				return mat.NewDense(w.Shape()[0], w.Shape()[1], w.Float64s())
			}
			var want, skip mat.Dense
			want.Mul(matrix(x), weight("dense1"))
			want.Scale(c.scale, &want)
			if _, width := want.Dims(); c.skips && width == 4 {
				want.Add(&want, matrix(x))
			} else if c.skips {
				skip.Mul(matrix(x), weight("projection"))
				want.Add(&want, &skip)
			}
			if g, ok := c.block.Activation.(graph.Activation); ok {
				want.Apply(func(_, _ int, z float64) float64 { return g.Eval(z) }, &want)
			}
			// Sums of five products of numbers near 1, whose rounding is 1e-16 each.
			if got := matrix(p.OutputValue()); !mat.EqualApprox(got, &want, 1e-14) {
				t.Errorf("output %v, want %v", mat.Formatted(got), mat.Formatted(&want))
			}
			if hasProjection := p.Params.Get("block1/projection/weight") != nil; hasProjection != (skip.RawMatrix().Data != nil) {
				t.Errorf("projection: %v", hasProjection)
			}
		})
	}
}

func TestTraceOfBlocks(t *testing.T) {
	dense := func(units int) graph.Dense { return graph.Dense{Units: units} }
	p := traced(t, graph.Sequential{
		dense(4),
		graph.Residual{Branch: dense(4)},
		graph.Residual{Branch: dense(4), Scale: 0.5, Activation: graph.ReLU},
		graph.Residual{Branch: graph.Sequential{dense(6), graph.Tanh, dense(6)}, Activation: graph.ReLU},
		graph.Residual{Branch: dense(6), Scale: 0.5, NoSkip: true},
		dense(3),
	})
	run(t, p, randn(t, tensor.Float64, 1, 5, 4), classes(t, 5, 3, 1))
	if len(p.Blocks) != 4 {
		t.Fatalf("%d blocks, want 4", len(p.Blocks))
	}
	for i, scale := range []float64{1, 0.5, 1, 0.5} {
		block, z := p.Blocks[i], floats(p.Layers[p.Blocks[i].Last].Linear.Value())
		if want := []int{1, 2, 4, 6}[i]; block.Last != want {
			t.Errorf("the last layer of block %d is %d, want %d", i, block.Last, want)
		}
		if want := fmt.Sprint("block", i+1); block.Path != want {
			t.Errorf("block %d is called %s", i, block.Path)
		}
		branch, sum := floats(block.Branch.Value()), floats(block.Sum.Value())
		skip := make([]float64, len(sum))
		if i < 3 {
			skip = floats(block.Skip.Value())
		} else if block.Skip != nil || block.Sum != block.Branch {
			t.Error("the block without skip has a skip, or a sum beside its branch")
		}
		for j := range sum {
			if branch[j] != scale*z[j] || sum[j] != skip[j]+branch[j] {
				t.Fatalf("%s: skip %g, branch %g, sum %g for z = %g", block.Path, skip[j], branch[j], sum[j], z[j])
			}
		}
		if block.Sum.Deriv() == nil {
			t.Errorf("%s: no gradient reaches the sum", block.Path)
		}
	}
	if p.Blocks[0].Skip != p.Layers[0].Pre || p.Blocks[1].Skip != p.Blocks[0].Sum || p.LayerOf(p.Blocks[2].Skip) != "block3/projection" {
		t.Error("the skips are not the blocks' inputs, or not the projection")
	}
}

// The gradient passes through skip and branch, also in blocks of blocks and along more than two axes.
func TestResidualGradient(t *testing.T) {
	dense := graph.Dense{Units: 4}
	inner := graph.Residual{Branch: graph.Sequential{dense, graph.Tanh, dense}, Scale: 0.5}
	for name, c := range map[string]struct {
		model graph.Model
		input tensor.Shape
	}{
		"block of blocks": {graph.Residual{Branch: graph.Sequential{inner, graph.Tanh, inner}, Activation: graph.Tanh}, tensor.Shape{3, 4}},
		"three axes": {graph.Sequential{
			graph.Residual{Branch: graph.LayerNorm{}}, graph.Residual{Branch: graph.LayerNorm{}}, graph.Flatten{}, graph.Dense{Units: 4},
		}, tensor.Shape{3, 2, 5}},
	} {
		t.Run(name, func(t *testing.T) {
			p := build(t, graph.Config{Model: c.model, Params: graph.NewParams(tensor.Float64, 1), Input: c.input, Loss: graph.MSE{}})
			checkGradient(t, p, randn(t, tensor.Float64, 2, c.input...), randn(t, tensor.Float64, 3, 3, 4))
		})
	}
}

func TestResidualErrors(t *testing.T) {
	nothing := graph.LayerFunc(func(*graph.Builder, *gorgonia.Node) *gorgonia.Node { return nil })
	images := tensor.Shape{2, 3, 4}
	for name, c := range map[string]struct {
		block graph.Residual
		input tensor.Shape
		words []string
	}{
		"no branch":        {graph.Residual{}, tensor.Shape{2, 4}, []string{"layer block1", "no Branch"}},
		"no output":        {graph.Residual{Branch: nothing}, tensor.Shape{2, 4}, []string{"layer block1", "graph.LayerFunc", "no output node"}},
		"images to rows":   {graph.Residual{Branch: graph.Flatten{}}, images, []string{"layer block1", "(2, 3, 4)", "(2, 12)", "the projection on the skip"}},
		"error in branch":  {graph.Residual{Branch: graph.Dense{}}, tensor.Shape{2, 4}, []string{"layer block1/dense1", "got Units 0"}},
		"bad projection":   {graph.Residual{Branch: graph.Dense{Units: 3}, ProjectionInit: initializer.Normal{Std: -1}}, tensor.Shape{2, 4}, []string{"layer block1/projection", "std=-1"}},
		"scale of nothing": {graph.Residual{Branch: graph.Dense{Units: 4}, Scale: math.NaN()}, tensor.Shape{2, 4}, []string{"layer block1", "got Scale NaN"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := graph.Build(graph.Config{Model: c.block, Params: graph.NewParams(tensor.Float64, 1), Input: c.input})
			wantError(t, err, c.words...)
		})
	}
}

// The projection has an initialiser of its own, Xavier's by default.
func TestProjectionInit(t *testing.T) {
	for _, init := range []initializer.Initializer{nil, initializer.Constant{Value: 3}} {
		params := drawParams(t, graph.Residual{Branch: graph.Dense{Units: 3}, ProjectionInit: init}, tensor.Float64, 1)
		w := params.Get("block1/projection/weight")
		if want := init; want == nil && w.Init != (initializer.XavierUniform{}) || want != nil && w.Init != want {
			t.Errorf("ProjectionInit %v: drawn by %v", init, w.Init)
		}
		if params.Get("block1/projection/bias") != nil || !slices.Equal(w.Value.Shape(), []int{4, 3}) {
			t.Errorf("projection of shape %v", w.Value.Shape())
		}
	}
}

// A block whose branch ends in zeros passes its input on: a good place to start from.
func ExampleResidual() {
	block := graph.Residual{
		Branch: graph.Sequential{
			graph.Dense{Units: 8, Init: initializer.HeNormal{}}, graph.ReLU,
			graph.Dense{Units: 3, Init: initializer.Constant{Value: 0}},
		},
		Activation: graph.ReLU,
	}
	program, err := graph.Build(graph.Config{Model: block, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3}})
	if err != nil {
		fmt.Println(err)
		return
	}
	x, _ := tensors.FromSlice(tensor.Float64, [][]float64{{1, 2, 3}, {-4, 5, -6}})
	if err := program.Run(x, nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(program.OutputValue().Data())
	// Output:
	// [1 2 3 0 5 0]
}
