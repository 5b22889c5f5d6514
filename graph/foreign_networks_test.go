package graph_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// foreignMLP is a classifier of small images with two hidden layers, a rectifier and a tanh, fed three batches cyclically.
func foreignMLP(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.01)))
	must := gorgonia.Must
	const batch, pixels, digits, batches = 20, 64, 10, 3
	x, y := f.input("x", batch, pixels), f.input("y", batch, digits)
	h := must(gorgonia.Rectify(affine(x, f.weight(t, "w1", 0.15, 10, pixels, 32), f.weight(t, "b1", 0.1, 11, 32))))
	h = must(gorgonia.Tanh(affine(h, f.weight(t, "w2", 0.2, 12, 32, 16), f.weight(t, "b2", 0.1, 13, 16))))
	h = affine(h, f.weight(t, "w3", 0.2, 14, 16, digits), f.weight(t, "b3", 0.1, 15, digits))
	f.minimise(t, logLikelihood(must(gorgonia.SoftMax(h)), y))

	xs, ys := clusters(batches*batch, pixels, digits, 0.5, 16)
	f.feed = func(step int) error {
		rows := gorgonia.S(step%batches*batch, (step%batches+1)*batch)
		xb, err := xs.Slice(rows)
		if err != nil {
			return err
		}
		yb, err := ys.Slice(rows)
		if err != nil {
			return err
		}
		return letAll(x, xb, y, yb)
	}
	return f
}

// foreignConvNet has two convolutions, each with a rectifier and pooling, and a linear classifier.
func foreignConvNet(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewRMSPropSolver(gorgonia.WithLearnRate(0.003)))
	must := gorgonia.Must
	const batch, side, classes = 8, 8, 4
	x, y := f.input("x", batch, 1, side, side), f.input("y", batch, classes)
	block := func(h, w *gorgonia.Node) *gorgonia.Node {
		h = must(gorgonia.Conv2d(h, w, tensor.Shape{3, 3}, []int{1, 1}, []int{1, 1}, []int{1, 1}))
		return must(gorgonia.MaxPool2D(must(gorgonia.Rectify(h)), tensor.Shape{2, 2}, []int{0, 0}, []int{2, 2}))
	}
	h := block(x, f.weight(t, "filter1", 0.4, 20, 4, 1, 3, 3))
	h = block(h, f.weight(t, "filter2", 0.2, 21, 6, 4, 3, 3))
	h = must(gorgonia.Reshape(h, tensor.Shape{batch, 6 * 2 * 2}))
	h = must(gorgonia.Mul(h, f.weight(t, "w", 0.2, 22, 6*2*2, classes)))
	f.minimise(t, logLikelihood(must(gorgonia.SoftMax(h)), y))

	xs, ys := clusters(batch, side*side, classes, 0.3, 23)
	if err := xs.Reshape(batch, 1, side, side); err != nil {
		t.Fatal(err)
	}
	f.feed = func(int) error { return letAll(x, xs, y, ys) }
	return f
}

func TestForeignMLP(t *testing.T)     { trainOnBoth(t, foreignMLP, 0.7) }
func TestForeignConvNet(t *testing.T) { trainOnBoth(t, foreignConvNet, 0.9) }
