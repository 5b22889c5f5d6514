package graph_test

import (
	"fmt"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

func must(n *gorgonia.Node, err error) *gorgonia.Node { return gorgonia.Must(n, err) }

// squared ends a graph with the mean of squares.
func (f *foreign) squared(t *testing.T, y *gorgonia.Node) *foreign {
	t.Helper()
	f.minimise(t, must(gorgonia.Mean(must(gorgonia.Square(y)))))
	return f
}

// Columns are samples: z = W·x + b, with the activations that Gorgonia has.
func foreignColumns(t *testing.T) *foreign {
	f := newForeign(nil)
	h := f.input("x", 6, 7)
	activations := []func(*gorgonia.Node) (*gorgonia.Node, error){
		gorgonia.Rectify, gorgonia.Tanh, gorgonia.Sigmoid, gorgonia.Softplus,
		func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LeakyRelu(x, 0.1) },
		func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.HadamardProd(must(gorgonia.Sigmoid(x)), x)
		},
		func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(op.ELU, 0.5, x) },
	}
	for i, activation := range activations {
		w := f.weight(t, fmt.Sprintf("fc%d.weight", i), 0.5, uint64(i), 5, h.Shape()[0])
		z := must(gorgonia.Mul(w, h))
		if i > 0 {
			z = must(gorgonia.BroadcastAdd(z, f.weight(t, fmt.Sprintf("fc%d.bias", i), 0.5, uint64(90+i), 5), nil, []byte{1}))
		}
		h = must(activation(z))
	}
	return f.squared(t, h)
}

// One sample at a time: W·x of a vector, the last weight a vector too; and a weight that is transposed.
func foreignVectors(t *testing.T) *foreign {
	f := newForeign(nil)
	h := must(gorgonia.Mul(f.weight(t, "w1", 1, 1, 5, 4), f.input("x", 4)))
	h = must(gorgonia.Tanh(must(gorgonia.Add(h, f.weight(t, "b1", 1, 2, 5)))))
	h = must(gorgonia.Tanh(must(gorgonia.Mul(h, must(gorgonia.Transpose(f.weight(t, "w2", 1, 3, 3, 5)))))))
	return f.squared(t, must(gorgonia.Mul(f.weight(t, "w3", 1, 4, 3), h)))
}

// Batches of sequences, with a weight for each member of the batch.
func foreignBatched(t *testing.T) *foreign {
	f := newForeign(nil)
	h := must(gorgonia.BatchedMatMul(f.input("x", 2, 3, 4), f.weight(t, "right", 1, 1, 2, 4, 5)))
	h = must(gorgonia.BatchedMatMul(f.weight(t, "left", 1, 2, 2, 6, 3), must(gorgonia.Tanh(h))))
	h = must(op.BatchedMatMul(must(gorgonia.Tanh(h)), f.weight(t, "ours", 1, 3, 2, 7, 5), false, true))
	return f.squared(t, h)
}

// A convolution with a bias for each channel, Gorgonia's BatchNorm, pooling before the activation, and dropout.
func foreignNormedConvNet(t *testing.T) *foreign {
	f := newForeign(nil)
	h := must(gorgonia.Conv2d(f.input("x", 2, 1, 4, 4), f.weight(t, "conv", 0.5, 1, 3, 1, 3, 3), tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
	h = must(gorgonia.BroadcastAdd(h, f.weight(t, "conv_bias", 0.5, 2, 1, 3, 1, 1), nil, []byte{0, 2, 3}))
	h, _, _, _, err := gorgonia.BatchNorm(h, f.weight(t, "gamma", 0.5, 3, 1, 3, 1, 1), f.weight(t, "beta", 0.5, 4, 1, 3, 1, 1), 0.9, 1e-5)
	if err != nil {
		t.Fatal(err)
	}
	h = must(gorgonia.Rectify(must(gorgonia.MaxPool2D(h, tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))))
	h = must(gorgonia.Reshape(must(gorgonia.Dropout(h, 0.5)), tensor.Shape{2, 12}))
	return f.squared(t, must(gorgonia.Mul(h, f.weight(t, "w", 0.5, 5, 12, 2))))
}

// Blocks: after the activation, with a scaled branch, with a projection, and one on the samples themselves.
func foreignResidual(t *testing.T) *foreign {
	f := newForeign(nil)
	weight := func(name string, in, out int) *gorgonia.Node {
		return f.weight(t, name, 0.5, uint64(len(name)), in, out)
	}
	x := f.input("x", 3, 4)
	h := must(gorgonia.Add(x, must(gorgonia.Mul(x, weight("onSamples", 4, 4)))))
	h = must(gorgonia.Tanh(must(gorgonia.Mul(h, weight("stem", 4, 4)))))
	branch := must(gorgonia.Mul(must(gorgonia.Rectify(must(gorgonia.Mul(h, weight("a1", 4, 5))))), weight("a2", 5, 4)))
	h = must(gorgonia.Rectify(must(gorgonia.Add(branch, h))))
	branch = must(gorgonia.Mul(must(gorgonia.Mul(h, weight("scaled", 4, 4))), gorgonia.NewConstant(0.5)))
	h = must(gorgonia.Rectify(must(gorgonia.Add(h, branch))))
	branch = must(gorgonia.Mul(must(gorgonia.Rectify(must(gorgonia.Mul(h, weight("res/a", 4, 5))))), weight("res/b", 5, 6)))
	h = must(gorgonia.Rectify(must(gorgonia.Add(must(gorgonia.Mul(h, weight("res/skip", 4, 6))), branch))))
	return f.squared(t, must(gorgonia.Mul(h, weight("out", 6, 2))))
}

// One head of attention over the rows, after a lookup of embeddings and of positions.
func foreignAttention(t *testing.T) *foreign {
	f := newForeign(nil)
	weight := func(name string, in, out int) *gorgonia.Node {
		return f.weight(t, name, 0.5, uint64(len(name)), in, out)
	}
	tokens := gorgonia.NewVector(f.g, tensor.Int, gorgonia.WithShape(3), gorgonia.WithName("tokens"))
	h := must(gorgonia.Add(must(gorgonia.ByIndices(weight("table", 9, 4), tokens, 0)), weight("positions", 3, 4)))
	q, k, v := must(gorgonia.Mul(h, weight("q", 4, 4))), must(gorgonia.Mul(h, weight("k", 4, 4))), must(gorgonia.Mul(h, weight("v", 4, 4)))
	attention := must(gorgonia.SoftMax(must(gorgonia.Mul(q, must(gorgonia.Transpose(k))))))
	h = must(gorgonia.Add(h, must(gorgonia.Mul(must(gorgonia.Mul(attention, v)), weight("o", 4, 4)))))
	return f.squared(t, must(gorgonia.Mul(h, weight("head", 4, 2))))
}

// A gate and a candidate, as in a gated unit, over two steps with shared weights.
func foreignGated(t *testing.T) *foreign {
	f := newForeign(nil)
	weight := func(name string) *gorgonia.Node { return f.weight(t, name, 0.5, uint64(len(name)), 4, 4) }
	gx, gh, cx, ch := weight("gate/x"), weight("gate/h"), weight("cand/x"), weight("cand/h")
	h := f.input("h0", 2, 4)
	for i := range 2 {
		x := f.input(fmt.Sprint("x", i), 2, 4)
		sum := func(wx, wh *gorgonia.Node) *gorgonia.Node {
			return must(gorgonia.Add(must(gorgonia.Mul(x, wx)), must(gorgonia.Mul(h, wh))))
		}
		h = must(gorgonia.HadamardProd(must(gorgonia.Sigmoid(sum(gx, gh))), must(gorgonia.Tanh(sum(cx, ch)))))
	}
	return f.squared(t, h)
}

// A weight that is a product of two, samples that are a constant, learnables without names and with equal ones.
func foreignOddities(t *testing.T) *foreign {
	f := newForeign(nil)
	samples := gorgonia.NewConstant(randn(t, tensor.Float64, 1, 3, 4), gorgonia.WithName("samples"))
	low := must(gorgonia.Mul(f.weight(t, "down", 1, 2, 4, 2), f.weight(t, "up", 1, 3, 2, 5)))
	h := must(gorgonia.Tanh(must(gorgonia.Mul(samples, low))))
	for _, width := range []int{6, 7} {
		w := gorgonia.NewMatrix(f.g, gorgonia.Float64, gorgonia.WithShape(h.Shape()[1], width), gorgonia.WithInit(gorgonia.GlorotN(1)))
		f.weights = append(f.weights, w)
		h = must(gorgonia.Tanh(must(gorgonia.Mul(h, w))))
	}
	for _, width := range []int{5, 4} {
		h = must(gorgonia.Tanh(must(gorgonia.Mul(h, f.weight(t, "w", 1, 4, h.Shape()[1], width)))))
	}
	return f.squared(t, h)
}

// An autoencoder with one weight for both directions, whose size is added to the loss; and two outputs with a loss each.
func foreignTied(t *testing.T) *foreign {
	f := newForeign(nil)
	x, w := f.input("x", 6, 5), f.weight(t, "tied", 0.5, 1, 5, 3)
	h := must(gorgonia.Tanh(affine(x, w, f.weight(t, "b", 0.5, 2, 3))))
	back := affine(h, must(gorgonia.Transpose(w)), f.weight(t, "c", 0.5, 3, 5))
	other := must(gorgonia.Sigmoid(must(gorgonia.Mul(h, f.weight(t, "other", 0.5, 4, 3, 2)))))
	loss := must(gorgonia.Mean(must(gorgonia.Square(must(gorgonia.Sub(back, x))))))
	loss = must(gorgonia.Add(must(gorgonia.Mean(other)), loss))
	size := must(gorgonia.Mul(gorgonia.NewConstant(0.01), must(gorgonia.Sum(must(gorgonia.Square(w))))))
	f.minimise(t, must(gorgonia.Add(size, loss)))
	return f
}

// Layers whose outputs are laid side by side, so that the next one reads several.
func foreignConcatenated(t *testing.T) *foreign {
	f := newForeign(nil)
	h := f.input("x", 4, 3)
	for i := range 3 {
		y := must(gorgonia.Rectify(must(gorgonia.Mul(h, f.weight(t, fmt.Sprint("grow", i), 0.5, uint64(i), h.Shape()[1], 2)))))
		h = must(gorgonia.Concat(1, h, y))
	}
	y := must(gorgonia.Mul(h, f.weight(t, "out", 0.5, 9, h.Shape()[1], 2)))
	// A block with another linear map added to it: the shallower layer becomes a part of the deeper one.
	y = must(gorgonia.Add(y, must(gorgonia.Mul(y, f.weight(t, "branch", 0.5, 10, 2, 2)))))
	y = must(gorgonia.Tanh(must(gorgonia.Add(y, must(gorgonia.Mul(must(gorgonia.Tanh(must(gorgonia.Mul(h, f.weight(t, "side", 0.5, 11, h.Shape()[1], 2))))), f.weight(t, "top", 0.5, 12, 2, 2)))))))
	// A sum that is a function written out, and no residual block.
	return f.squared(t, must(gorgonia.Add(y, must(gorgonia.Softplus(must(gorgonia.Neg(y)))))))
}
