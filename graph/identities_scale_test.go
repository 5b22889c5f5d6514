package graph_test

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// What is true of ReLU networks because ReLU does not see scale: relu(s·z) = s·relu(z) for s > 0.

// multiply scales a parameter in place.
func multiply(w *graph.Binding, s float64) {
	for i := range w.Value.Float64s() {
		w.Value.Float64s()[i] *= s
	}
}

// drawBiases gives each bias a value that is not 0.
func drawBiases(t *testing.T, p *graph.Program) {
	t.Helper()
	for i, w := range p.Weights {
		if w.Role == graph.Bias {
			copy(w.Value.Float64s(), randn(t, tensor.Float64, uint64(10+i), w.Size()).Float64s())
		}
	}
}

// For each unit of a homogeneous activation, <w, dw> of the incoming weights plus b·db equals <w, dw> of the outgoing weights
// (Du et al. 2018, thm. 2.1). So <W[l], dW[l]> + <b[l], db[l]> = <W[l+1], dW[l+1]> for whole layers, and for the last one
// <dL/df, f>.
func TestWhatComesIntoAUnitGoesOut(t *testing.T) {
	for _, activation := range []graph.Activation{graph.ReLU, graph.LeakyReLU(0.1)} {
		p := kept(t, mlp.Model{Input: 4, Hidden: []int{9, 8, 7}, Output: 5, Activation: activation}, graph.CrossEntropy{}, 6)
		drawBiases(t, p)
		run(t, p, randn(t, tensor.Float64, 2, 6, 4), classes(t, 6, 5, 3))
		for l := range p.Layers {
			w, b := p.Weights[2*l], p.Weights[2*l+1]
			in := make([]float64, b.Size())
			for j := range in {
				in[j] = mat.Dot(matrix(w.Value).ColView(j), matrix(w.Grad.Value()).ColView(j)) +
					b.Value.Float64s()[j]*floats(b.Grad.Value())[j]
			}
			if l == len(p.Layers)-1 {
				var out mat.Dense
				out.MulElem(matrix(p.Output.Value()), matrix(p.Output.Deriv().Value()))
				agreeScalar(t, activation.String()+", output", inner(w)+inner(b), mat.Sum(&out))
				continue
			}
			upper := p.Weights[2*l+2]
			out := make([]float64, b.Size())
			for j := range out {
				out[j] = mat.Dot(matrix(upper.Value).RowView(j), matrix(upper.Grad.Value()).RowView(j))
			}
			agree(t, activation.String()+", units of "+p.Layers[l].Path, in, out)
			agreeScalar(t, activation.String()+", "+p.Layers[l].Path, inner(w)+inner(b), inner(upper))
		}
	}
}

// With all of L weights s times as large, the gradient of a loss that is linear in the output is s^(L-1) times as large.
func TestGradientOfAllLayersScaled(t *testing.T) {
	const s = 1.5
	model := mlp.Model{Input: 4, Hidden: []int{9, 8, 7}, Output: 5, NoBias: true}
	p, scaled := kept(t, model, weightedSum{}, 6), kept(t, model, weightedSum{}, 6)
	for _, w := range scaled.Weights {
		multiply(w, s)
	}
	x, u := randn(t, tensor.Float64, 2, 6, 4), randn(t, tensor.Float64, 3, 6, 5)
	run(t, p, x, u)
	run(t, scaled, x, u)
	agreeScalar(t, "loss", scaled.LossValue(), math.Pow(s, 4)*p.LossValue())
	for i, w := range scaled.Weights {
		want := floats(p.Weights[i].Grad.Value())
		got := floats(w.Grad.Value())
		for j := range got {
			got[j] /= math.Pow(s, 3)
		}
		agree(t, w.Name, got, want)
	}
}

// One layer s times as large and the next 1/s times compute the same. Their gradients are 1/s and s times as large, and
// those of all other layers the same.
func TestGradientOfTwoLayersScaledAgainstEachOther(t *testing.T) {
	const s = 5.0
	model := mlp.Model{Input: 4, Hidden: []int{9, 8, 7}, Output: 5, NoBias: true}
	p, scaled := kept(t, model, graph.CrossEntropy{}, 6), kept(t, model, graph.CrossEntropy{}, 6)
	multiply(scaled.Weights[1], s)
	multiply(scaled.Weights[2], 1/s)
	x, y := randn(t, tensor.Float64, 2, 6, 4), classes(t, 6, 5, 3)
	run(t, p, x, y)
	run(t, scaled, x, y)
	agreeScalar(t, "loss", scaled.LossValue(), p.LossValue())
	for i, factor := range []float64{1, s, 1 / s, 1} {
		got, want := floats(scaled.Weights[i].Grad.Value()), floats(p.Weights[i].Grad.Value())
		for j := range got {
			got[j] *= factor
		}
		agree(t, p.Weights[i].Name, got, want)
	}
}
