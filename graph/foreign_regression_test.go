package graph_test

import (
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// foreignLine fits a line y = slope·x + offset through noisy points; both weights are scalars.
func foreignLine(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.1)))
	must := gorgonia.Must
	scalarWeight := func(name string) *gorgonia.Node {
		w := gorgonia.NewScalar(f.g, gorgonia.Float64, gorgonia.WithName(name), gorgonia.WithValue(0.25))
		f.weights = append(f.weights, w)
		return w
	}
	const n = 40
	x, y := f.input("x", n), f.input("y", n)
	slope, offset := scalarWeight("slope"), scalarWeight("offset")
	miss := must(gorgonia.Sub(must(gorgonia.Add(must(gorgonia.Mul(x, slope)), offset)), y))
	f.minimise(t, must(gorgonia.Mean(must(gorgonia.Square(miss)))))

	rng := seeded(1)
	xs, ys := make([]float64, n), make([]float64, n)
	for i := range xs {
		xs[i] = 2*rng.Float64() - 1
		ys[i] = 3*xs[i] - 2 + 0.1*rng.NormFloat64()
	}
	f.feed = func(int) error {
		return letAll(x, tensor.New(tensor.WithBacking(xs)), y, tensor.New(tensor.WithBacking(ys)))
	}
	return f
}

// foreignLogistic tells two clusters apart. The cross-entropy is written out: -mean(y·log p + (1-y)·log(1-p)).
func foreignLogistic(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewMomentum(gorgonia.WithLearnRate(0.2)))
	must := gorgonia.Must
	const n, width = 32, 5
	x, y := f.input("x", n, width), f.input("y", n)
	w := f.weight(t, "w", 0.1, 2, width)
	b := gorgonia.NewScalar(f.g, gorgonia.Float64, gorgonia.WithName("b"), gorgonia.WithValue(0.0))
	f.weights = append(f.weights, b)
	one := gorgonia.NewConstant(1.0, gorgonia.WithName("one"))
	p := must(gorgonia.Sigmoid(must(gorgonia.Add(must(gorgonia.Mul(x, w)), b))))
	yes := must(gorgonia.HadamardProd(y, must(gorgonia.Log(p))))
	no := must(gorgonia.HadamardProd(must(gorgonia.Sub(one, y)), must(gorgonia.Log(must(gorgonia.Sub(one, p))))))
	f.minimise(t, must(gorgonia.Neg(must(gorgonia.Mean(must(gorgonia.Add(yes, no)))))))

	xs, classes := clusters(n, width, 2, 0.8, 3)
	ys := make([]float64, n)
	for i := range ys {
		ys[i] = classes.Data().([]float64)[2*i]
	}
	f.feed = func(int) error { return letAll(x, xs, y, tensor.New(tensor.WithBacking(ys))) }
	return f
}

// foreignIris is softmax regression on four measurements of three species.
func foreignIris(t *testing.T) *foreign {
	f := newForeign(gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.3), gorgonia.WithL2Reg(1e-3)))
	const n, features, species = 45, 4, 3
	x, y := f.input("x", n, features), f.input("y", n, species)
	w, b := f.weight(t, "w", 0.1, 4, features, species), f.weight(t, "b", 0.1, 5, species)
	f.minimise(t, logLikelihood(gorgonia.Must(gorgonia.SoftMax(affine(x, w, b))), y))

	xs, ys := clusters(n, features, species, 0.5, 6)
	f.feed = func(int) error { return letAll(x, xs, y, ys) }
	return f
}

func TestForeignLinearRegression(t *testing.T)   { trainOnBoth(t, foreignLine, 0.2) }
func TestForeignLogisticRegression(t *testing.T) { trainOnBoth(t, foreignLogistic, 0.8) }
func TestForeignSoftmaxRegression(t *testing.T)  { trainOnBoth(t, foreignIris, 0.8) }
