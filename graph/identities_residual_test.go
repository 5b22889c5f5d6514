package graph_test

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/models/resnet"
)

// What is true of residual blocks whose branch is zero. That the gradient of a block is the sum of what comes along the
// skip and through the branch is tested in package vanishing, which tells the two apart.

// A branch whose last weight is zero passes nothing on to the weights before it; the last weight itself can move.
func TestZeroBranchBeginsToLearnAtItsEnd(t *testing.T) {
	model := resnet.Model{Input: 4, Blocks: 3, Width: 6, Output: 3, PreActivation: true, ZeroInit: true}
	p := kept(t, model, graph.CrossEntropy{}, 5)
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
	for _, block := range p.Blocks {
		for _, w := range p.Weights {
			still := !slices.ContainsFunc(floats(w.Grad.Value()), func(g float64) bool { return g != 0 })
			switch w.Name {
			case block.Path + "/dense1/weight", block.Path + "/dense1/bias":
				if !still {
					t.Errorf("%s has a gradient", w.Name)
				}
			case block.Path + "/dense2/weight", block.Path + "/dense2/bias":
				if still {
					t.Errorf("%s has no gradient", w.Name)
				}
			}
		}
	}
}

// projected is a block with a projection and a branch of zeros, from one width to another, inside a network.
func projected(t *testing.T, from, to int, init initializer.Initializer) *graph.Program {
	t.Helper()
	return kept(t, graph.Sequential{
		graph.Dense{Units: from}, graph.Tanh,
		graph.Residual{Branch: graph.Dense{Units: to, Init: initializer.Constant{}}, ProjectionInit: init},
		graph.Tanh, graph.Dense{Units: 3},
	}, graph.CrossEntropy{}, 5)
}

// ends are the input and the sum of such a block. Branch and projection are one map of one input, so that no block is found.
func ends(p *graph.Program) (input, sum *gorgonia.Node) { return p.Layers[0].Act, p.Layers[1].Pre }

// A projection with ones on its diagonal is the identity skip of the units that both widths have: signal and gradient pass
// to the bit, and the other units get nothing.
func TestProjectionOfOnesIsTheIdentitySkip(t *testing.T) {
	for _, width := range [][2]int{{6, 4}, {4, 6}} {
		from, to := width[0], width[1]
		p := projected(t, from, to, initializer.Constant{})
		w := p.Params.Get("block1/projection/weight").Value.Float64s()
		for i := range min(from, to) {
			w[i*to+i] = 1
		}
		run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
		input, sum := ends(p)
		same := func(what string, got, want *mat.Dense) {
			t.Helper()
			rows, cols := got.Dims()
			_, shared := want.Dims()
			padded := mat.NewDense(rows, cols, nil)
			padded.Slice(0, rows, 0, min(cols, shared)).(*mat.Dense).Copy(want)
			if !mat.Equal(got, padded) || mat.Norm(want, 2) == 0 {
				t.Errorf("%d to %d: the %s is %v, before it %v", from, to, what, mat.Formatted(got), mat.Formatted(want))
			}
		}
		same("signal", matrix(sum.Value()), matrix(input.Value()))
		same("gradient", matrix(input.Deriv().Value()), matrix(sum.Deriv().Value()))
	}
}

// A projection to fewer units whose columns are orthonormal keeps the size of the gradient along the skip.
func TestOrthogonalProjectionKeepsTheGradient(t *testing.T) {
	p := projected(t, 6, 4, initializer.Orthogonal{})
	run(t, p, randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3))
	input, sum := ends(p)
	before, after := matrix(input.Deriv().Value()), matrix(sum.Deriv().Value())
	agreeScalar(t, "norm", mat.Norm(before, 2), mat.Norm(after, 2))
}
