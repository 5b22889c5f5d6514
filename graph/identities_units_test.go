package graph_test

import (
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// What is true of gradients because units of a layer, and samples of a batch, are in no order.

// norms are the norms of the gradients of layers and parameters.
func norms(p *graph.Program) []float64 {
	var list []float64
	add := func(g []float64) { list = append(list, mat.Norm(mat.NewVecDense(len(g), g), 2)) }
	for _, layer := range p.Layers {
		add(floats(layer.Pre.Deriv().Value()))
	}
	for _, w := range p.Weights {
		add(floats(w.Grad.Value()))
	}
	return list
}

// permute puts the columns of a parameter of so many columns into another order.
func permute(w *graph.Binding, order []int) {
	data, cols := w.Value.Float64s(), len(order)
	for row := range slices.Chunk(data, cols) {
		old := slices.Clone(row)
		for j, from := range order {
			row[j] = old[from]
		}
	}
}

// permuteRows puts the rows of a weight into another order.
func permuteRows(w *graph.Binding, order []int) {
	old, m := mat.DenseCopyOf(matrix(w.Value)), matrix(w.Value)
	for i, from := range order {
		m.SetRow(i, old.RawRowView(from))
	}
}

// Hidden units in another order, with their weights on both sides, change neither the loss nor the norm of any gradient.
func TestOrderOfHiddenUnitsDoesNotMatter(t *testing.T) {
	model := mlp.Model{Input: 4, Hidden: []int{6, 5, 7}, Output: 3, Activation: graph.Tanh, Norm: graph.LN}
	p, permuted := kept(t, model, graph.CrossEntropy{}, 5), kept(t, model, graph.CrossEntropy{}, 5)
	order := []int{3, 0, 4, 1, 2}
	for _, w := range permuted.Weights {
		switch w.Name {
		case "dense2/weight", "dense2/bias", "layernorm2/gain", "layernorm2/shift":
			permute(w, order)
		case "dense3/weight":
			permuteRows(w, order)
		}
	}
	x, y := randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3)
	run(t, p, x, y)
	run(t, permuted, x, y)
	agreeScalar(t, "loss", permuted.LossValue(), p.LossValue())
	want := norms(p)
	for i, got := range norms(permuted) {
		agreeScalar(t, "norm", got, want[i])
	}
}

// A batch that holds every sample twice has the same gradient of the mean loss as the batch that holds each once.
func TestDuplicatedBatchHasTheSameGradient(t *testing.T) {
	model := mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3, Activation: graph.Tanh}
	p, doubled := kept(t, model, graph.CrossEntropy{}, 5), kept(t, model, graph.CrossEntropy{}, 10)
	x, y := randn(t, tensor.Float64, 2, 5, 4), classes(t, 5, 3, 3)
	run(t, p, x, y)
	run(t, doubled, tensor.New(tensor.WithShape(10, 4), tensor.WithBacking(slices.Repeat(x.Float64s(), 2))),
		tensor.New(tensor.WithShape(10), tensor.WithBacking(slices.Repeat(y.Ints(), 2))))
	agreeScalar(t, "loss", doubled.LossValue(), p.LossValue())
	for i, w := range doubled.Weights {
		agree(t, w.Name, floats(w.Grad.Value()), floats(p.Weights[i].Grad.Value()))
	}
}

// A ReLU unit that is off for the whole batch gets no gradient: its column of dW and its element of db are exactly 0. As it
// is 0 itself, so is its row of the next weight's gradient. Units that are on have all three.
func TestDeadUnitGetsNoGradient(t *testing.T) {
	const dead = 3
	p := kept(t, mlp.Model{Input: 4, Hidden: []int{6, 5}, Output: 3}, graph.CrossEntropy{}, 20)
	for _, w := range p.Weights {
		if w.Name == "dense2/bias" {
			w.Value.Float64s()[dead] = -1e3
		}
	}
	run(t, p, randn(t, tensor.Float64, 2, 20, 4), classes(t, 20, 3, 3))
	incoming, bias, outgoing := matrix(p.Weights[2].Grad.Value()), floats(p.Weights[3].Grad.Value()), matrix(p.Weights[4].Grad.Value())
	for j := range bias {
		in, out := mat.Norm(incoming.ColView(j), 2), mat.Norm(outgoing.RowView(j), 2)
		if off := j == dead; (in == 0) != off || (bias[j] == 0) != off || (out == 0) != off {
			t.Errorf("unit %d, dead: %v: gradients %g of the weights that come in, %g of the bias, %g of those that go out",
				j, off, in, bias[j], out)
		}
	}
}
