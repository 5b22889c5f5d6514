package op_test

import (
	"math"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// A mistake is a wrong call of a constructor, and words that its error must have.
type mistake struct {
	name string
	draw func() (*gorgonia.Node, error)
	want []string
}

// wrong is a mistake whose constructor takes two nodes.
func wrong(name string, a, b *tensor.Dense, f binary, want ...string) mistake {
	return mistake{name, func() (*gorgonia.Node, error) {
		in := inputs(a, b)
		return f(in[0], in[1])
	}, want}
}

// wrongParameter is a mistake in a parameter other than the node.
func wrongParameter(name string, f unary, want ...string) mistake {
	return mistake{name, func() (*gorgonia.Node, error) { return f(inputs(uniform(1, 4, 4))[0]) }, want}
}

func checkMistakes(t *testing.T, mistakes []mistake) {
	t.Helper()
	for _, m := range mistakes {
		t.Run(m.name, func(t *testing.T) {
			n, err := m.draw()
			if err == nil {
				t.Fatalf("no error, but node %v", n)
			}
			if n != nil {
				t.Errorf("node %v besides the error", n)
			}
			for _, want := range m.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

func TestWrongShapes(t *testing.T) {
	square, other := randn(1, 4, 4), randn(2, 3, 5)
	vector, long, cube := randn(3, 4), randn(4, 7), randn(5, 2, 3, 4)
	linear := func(x, w *gorgonia.Node) (*gorgonia.Node, error) { return op.Linear(x, w, nil) }
	biased := func(x, b *gorgonia.Node) (*gorgonia.Node, error) { return op.Linear(x, x, b) }
	matMul := func(transA, transB bool) binary {
		return func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, transA, transB) }
	}
	mse := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.MSE(x, y, op.MeanReduction) }
	ce := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.CrossEntropy(x, y, op.MeanReduction, 0) }
	nll := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.CrossEntropyProbs(x, y, op.MeanReduction) }
	rstd := func(x, mean *gorgonia.Node) (*gorgonia.Node, error) { return op.RStd(x, mean, op.OverBatch, 1e-5) }
	rows := func(x, mean *gorgonia.Node) (*gorgonia.Node, error) { return op.RStd(x, mean, op.OverFeatures, 1e-5) }
	unbiased := func(axis op.Axis) binary {
		return func(x, mean *gorgonia.Node) (*gorgonia.Node, error) { return op.UnbiasedVar(x, mean, axis) }
	}
	grouped := func(groups int) binary {
		return func(x, mean *gorgonia.Node) (*gorgonia.Node, error) {
			return op.RStd(x, mean, op.OverGroups(groups), 1e-5)
		}
	}
	badGain := func(x, gain *gorgonia.Node) (*gorgonia.Node, error) {
		return normalized(x, gain, gain, op.OverBatch, 1e-5)
	}
	badMean := func(x, v *gorgonia.Node) (*gorgonia.Node, error) {
		return op.Normalize(x, v, v, v, v, op.OverFeatures, true)
	}
	checkMistakes(t, []mistake{
		wrong("add", square, other, op.Add, "add", "(4, 4)", "(3, 5)"),
		wrong("add a vector", square, vector, op.Add, "add", "2 dimensions", "(4)"),
		wrong("mul", square, other, op.Mul, "mul", "(4, 4)", "(3, 5)"),
		wrong("linear", square, other, linear, "(4, 4)", "(3, 5)", "inner sizes"),
		wrong("linear of a vector", vector, square, linear, "(4)", "2 dimensions"),
		wrong("linear of a cube", cube, square, linear, "(2, 3, 4)", "2 dimensions"),
		wrong("long bias", square, long, biased, "linear", "7", "want 4"),
		wrong("matmul", other, other, matMul(false, false), "(3, 5)", "5 and 3"),
		wrong("matmul transposed", square, other, matMul(true, true), "(3, 5)", "4 and 5"),
		wrong("mse", square, other, mse, "mse", "(4, 4)", "(3, 5)"),
		wrong("mse of a vector", square, vector, mse, "mse"),
		wrong("labels of another batch", square, newLabels(1, 2), ce, "(2)", "(4) class labels"),
		wrong("one label too many", square, newLabels(1, 2, 3, 0, 0), nll, "(5)", "(4) class labels"),
		wrong("distributions of another shape", square, other, ce, "(3, 5)", "(4, 4) distributions"),
		wrong("cross-entropy of a cube", cube, newLabels(0, 1), ce, "(2, 3, 4)", "(batch, classes)"),
		wrong("cross-entropy of a vector", vector, newLabels(0, 1, 0, 1), nll, "(4)", "(batch, classes)"),
		wrong("mean of other features", other, vector, rstd, "(4)", "want (5)", "(3, 5)"),
		wrong("mean of other rows", other, randn(1, 5), rows, "(5)", "want (3)", "(3, 5)"),
		wrong("unbiased variance of one row", randn(1, 1, 4), vector, unbiased(op.OverBatch), "(1, 4)", "at least 2"),
		wrong("unbiased variance of one pixel", randn(1, 1, 4, 1, 1), vector, unbiased(op.OverImages), "(1, 4, 1, 1)", "at least 2"),
		wrong("unbiased variance of rows", square, vector, unbiased(op.OverFeatures), "got axis features", "OverBatch or OverImages"),
		wrong("images of two axes", square, vector, unbiased(op.OverImages), "(4, 4)", "(batch, channels, ...)"),
		wrong("groups of channels", randn(1, 2, 4, 3), vector, grouped(3), "3 groups for 4 channels", "a divisor"),
		wrong("no groups", randn(1, 2, 4, 3), vector, grouped(0), "unknown axis"),
		wrong("mean of other groups", randn(1, 2, 4, 3), vector, grouped(1), "(4)", "want (2)", "(2, 4, 3)"),
		wrong("long gain", square, long, badGain, "normalize", "(7)", "want (4)"),
		wrong("statistics of features for rows", randn(1, 3, 4), vector, badMean, "normalize", "(4)", "want (3)"),
	})
}

func TestWrongDtypes(t *testing.T) {
	square, single := uniform(1, 4, 4), newTensor(tensor.Float32, make([]float64, 16), 4, 4)
	ints := tensor.New(tensor.WithShape(4, 4), tensor.WithBacking(make([]int, 16)))
	mse := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.MSE(x, y, op.MeanReduction) }
	ce := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.CrossEntropy(x, y, op.MeanReduction, 0) }
	relu := func(x, _ *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(op.ReLU, 0, x) }
	checkMistakes(t, []mistake{
		wrong("float32 and float64", square, single, op.Add, "add", "float32", "float64", "one dtype"),
		wrong("float32 target", square, single, mse, "mse", "float32", "float64", "one dtype"),
		wrong("float32 distributions", square, single, ce, "float32", "float64", "one dtype"),
		wrong("int tensor", ints, ints, relu, "relu", "int", "want float32 or float64"),
		wrong("int second tensor", square, ints, op.Mul, "mul", "int", "want float32 or float64"),
		wrong("labels for a regression", uniform(1, 4), newLabels(1, 2, 3, 4), mse, "mse", "int", "want float32 or float64"),
		wrong("float labels", square, uniform(1, 4), ce, "cross_entropy", "float64", "int"),
		wrong("labels that are bool", square, tensor.New(tensor.WithShape(4), tensor.WithBacking(make([]bool, 4))), ce, "cross_entropy", "int"),
		wrong("one-hot rows of int", square, ints, ce, "cross_entropy", "(4, 4)"),
		wrong("logits of int", ints, newLabels(1, 2, 3, 0), ce, "cross_entropy", "int", "want float32 or float64"),
	})
}

func TestWrongParameters(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	activate := func(a op.Activation) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(a, 0, x) }
	}
	elu := func(alpha float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(op.ELU, alpha, x) }
	}
	lerp := func(share float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Lerp(x, x, share) }
	}
	huber := func(delta float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Huber(x, x, delta, op.MeanReduction) }
	}
	smooth := func(smoothing float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return op.CrossEntropy(x, x, op.MeanReduction, smoothing)
		}
	}
	mask := func(p float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.DropoutMask(x, p, "mask", 1, 2) }
	}
	slices := func(axes int) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.SliceDropoutMask(x, axes, 0.5, "mask", 1, 2) }
	}
	reduce := func(r op.Reduction) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.MSE(x, x, r) }
	}
	mean := func(axis op.Axis) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Mean(x, axis) }
	}
	rstd := func(eps float64) unary {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return op.RStd(x, input(x.Graph(), "mean", uniform(2, 4)), op.OverBatch, eps)
		}
	}
	rstdOf := func(x *gorgonia.Node) (*gorgonia.Node, error) {
		return op.RStdOf(input(x.Graph(), "variance", uniform(2, 4)), -1)
	}
	checkMistakes(t, []mistake{
		wrongParameter("activation -1", activate(-1), "unknown activation", "-1"),
		wrongParameter("activation 99", activate(99), "unknown activation", "99"),
		wrongParameter("alpha NaN", elu(nan), "elu", "got alpha NaN", "finite"),
		wrongParameter("alpha Inf", elu(inf), "elu", "got alpha +Inf", "finite"),
		wrongParameter("share 2", lerp(2), "lerp", "got share 2", "[0, 1]"),
		wrongParameter("share NaN", lerp(nan), "lerp", "got share NaN", "[0, 1]"),
		wrongParameter("delta 0", huber(0), "huber", "got delta 0", "positive"),
		wrongParameter("delta NaN", huber(nan), "huber", "NaN", "positive"),
		wrongParameter("delta Inf", huber(inf), "huber", "Inf", "positive"),
		wrongParameter("smoothing 1", smooth(1), "got smoothing 1", "[0, 1)"),
		wrongParameter("smoothing -0.1", smooth(-0.1), "got smoothing -0.1", "[0, 1)"),
		wrongParameter("smoothing NaN", smooth(nan), "got smoothing NaN", "[0, 1)"),
		wrongParameter("p 1", mask(1), "got p 1", "[0, 1)"),
		wrongParameter("p -0.5", mask(-0.5), "got p -0.5", "[0, 1)"),
		wrongParameter("p NaN", mask(nan), "got p NaN", "[0, 1)"),
		wrongParameter("3 axes", slices(3), "got 3 axes", "0 to 2"),
		wrongParameter("-1 axes", slices(-1), "got -1 axes", "0 to 2"),
		wrongParameter("reduction 3", reduce(3), "unknown", "3"),
		wrongParameter("reduction -1", reduce(-1), "unknown", "-1"),
		wrongParameter("axis 2", mean(2), "(4, 4)", "(batch, channels, ...)"),
		wrongParameter("axis -1", mean(-1), "unknown", "-1"),
		wrongParameter("eps -1", rstd(-1), "got eps -1", "at least 0"),
		wrongParameter("eps -1 of a variance", rstdOf, "got eps -1", "at least 0"),
		wrongParameter("eps NaN", rstd(nan), "got eps NaN", "at least 0"),
	})
}

// In every op each input in turn is nil, of five dimensions, a constant, from another graph, empty, or without
// a shape.
func TestBrokenNodesGiveErrors(t *testing.T) {
	kinds := map[string]func(g *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.Node{
		"nil": func(*gorgonia.ExprGraph, *gorgonia.Node) *gorgonia.Node { return nil },
		"5-D": func(g *gorgonia.ExprGraph, _ *gorgonia.Node) *gorgonia.Node {
			return input(g, "5-D", uniform(1, 2, 1, 3, 1, 5))
		},
		"constant": func(*gorgonia.ExprGraph, *gorgonia.Node) *gorgonia.Node { return gorgonia.NewConstant(1.0) },
		"stranger": func(_ *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.Node {
			return input(gorgonia.NewGraph(), "stranger", n.Value().(*tensor.Dense))
		},
		"empty": func(g *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.Node {
			shape := n.Shape()
			shape[len(shape)-1] = 0
			return gorgonia.NewTensor(g, n.Dtype(), n.Dims(), gorgonia.WithShape(shape...), gorgonia.WithName("empty"))
		},
		"shapeless": func(g *gorgonia.ExprGraph, n *gorgonia.Node) *gorgonia.Node {
			return gorgonia.NewTensor(g, n.Dtype(), n.Dims(), gorgonia.WithName("shapeless"))
		},
	}
	for kind, broken := range kinds {
		for _, c := range opCases() {
			for i := range c.in {
				allowed := len(c.in) == 1 && (kind == "5-D" || kind == "stranger") || c.op == "Linear" && kind == "nil" && i == 2 || strings.HasPrefix(c.op, "Conv") && kind == "nil" && i == 2 ||
					c.op == "Attention" && kind == "nil" && i == 3 || strings.HasPrefix(c.op, "Broadcast") && kind == "constant"
				if allowed {
					continue
				}
				in := c.on(square())
				in[i] = broken(in[0].Graph(), in[i])
				if n, err := c.draw(in); err == nil {
					t.Errorf("%s %s: input %d is %s, but there is a node %v of shape %v", c.op, c.name, i, kind, n, n.Shape())
				}
			}
		}
	}
}

// A label out of range is found when the loss is computed. The error names the sample.
func TestWrongLabels(t *testing.T) {
	ce := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.CrossEntropy(x, y, op.MeanReduction, 0) }
	nll := func(x, y *gorgonia.Node) (*gorgonia.Node, error) { return op.CrossEntropyProbs(x, y, op.MeanReduction) }
	for _, f := range []binary{ce, nll} {
		for _, label := range []int{-1, 3, math.MaxInt} {
			in := inputs(uniform(1, 4, 3), newLabels(0, 2, label, 1))
			loss := must(t)(f(in[0], in[1]))
			dx := grad(t, loss, in[0])[0]
			for _, n := range []*gorgonia.Node{loss, dx} {
				err := machine.New(n.Graph(), n).RunAll()
				if err == nil || !strings.Contains(err.Error(), "label of sample 2") || !strings.Contains(err.Error(), "want 0 to 2") {
					t.Errorf("label %d: error %v", label, err)
				}
			}
		}
	}
}
