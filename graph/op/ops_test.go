package op_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/op"
)

// An opCase is a constructor with certain attributes, to be called on the nodes of square.
type opCase struct {
	op, name string
	in       string // the nodes it takes, each by its letter
	draw     func(in gorgonia.Nodes) (*gorgonia.Node, error)
	noGrad   bool
}

// square gives nodes that suit every op: x and y are (4, 4), v and w are (4), and l are 4 labels. All but the labels are
// between 0.1 and 0.9, so that they will do as probabilities and variances.
func square() map[rune]*gorgonia.Node {
	g := gorgonia.NewGraph()
	return map[rune]*gorgonia.Node{
		'x': input(g, "x", uniform(1, 4, 4)), 'y': input(g, "y", uniform(2, 4, 4)),
		'v': input(g, "v", uniform(3, 4)), 'w': input(g, "w", uniform(4, 4)),
		'l': input(g, "l", newLabels(3, 0, 1, 1)),
	}
}

// on is the nodes the case takes.
func (c opCase) on(nodes map[rune]*gorgonia.Node) (in gorgonia.Nodes) {
	for _, letter := range c.in {
		in = append(in, nodes[letter])
	}
	return in
}

// Short forms of constructors, by what they take.
type (
	unary  = func(x *gorgonia.Node) (*gorgonia.Node, error)
	binary = func(a, b *gorgonia.Node) (*gorgonia.Node, error)
)

func unaryCase(op, name string, f unary) opCase {
	return opCase{op: op, name: name, in: "x", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0]) }}
}

func binaryCase(op, name, in string, f binary) opCase {
	return opCase{op: op, name: name, in: in, draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return f(in[0], in[1]) }}
}

// opCases has every constructor, with attributes near each other.
func opCases() (cases []opCase) {
	for _, a := range activations {
		cases = append(cases, unaryCase("Activate", fmt.Sprint(a.a, a.alpha),
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(a.a, a.alpha, x) }))
	}
	for _, factor := range []float64{2, 2.0000000000000004} {
		cases = append(cases,
			unaryCase("Scale", fmt.Sprint(factor), func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Scale(x, factor) }))
	}
	cases = append(cases,
		unaryCase("Softmax", "", op.Softmax),
		unaryCase("LogSoftmax", "", op.LogSoftmax),
		binaryCase("Add", "", "xy", op.Add),
		binaryCase("Mul", "", "xy", op.Mul),
		binaryCase("Mul", "other way", "yx", op.Mul),
		binaryCase("Linear", "no bias", "xy", func(x, w *gorgonia.Node) (*gorgonia.Node, error) { return op.Linear(x, w, nil) }),
		opCase{op: "Linear", in: "xyv", draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.Linear(in[0], in[1], in[2]) }},
		binaryCase("MatMul", "tn", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, true, false) }),
		binaryCase("MatMul", "nt", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, false, true) }),
		binaryCase("MatMul", "tt", "xy", func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.MatMul(a, b, true, true) }))
	return slices.Concat(cases, lossOpCases(), normOpCases(), noGradOpCases())
}

func lossOpCases() (cases []opCase) {
	for _, r := range reductions {
		loss := func(op, name, in string, f func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error)) {
			cases = append(cases, binaryCase(op, name+r.String(), in,
				func(x, target *gorgonia.Node) (*gorgonia.Node, error) { return f(x, target, r) }))
		}
		loss("MSE", "", "xy", op.MSE)
		loss("MAE", "", "xy", op.MAE)
		loss("BCE", "", "xy", op.BCE)
		loss("BCEWithLogits", "", "xy", op.BCEWithLogits)
		for _, delta := range []float64{0.1, 0.2} {
			loss("Huber", fmt.Sprint(delta), "xy", func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
				return op.Huber(x, target, delta, r)
			})
		}
		for _, in := range []string{"xl", "xy"} {
			loss("CrossEntropyProbs", in, in, op.CrossEntropyProbs)
			for _, smoothing := range []float64{0, 0.1} {
				loss("CrossEntropy", fmt.Sprint(in, smoothing), in, func(x, target *gorgonia.Node, r op.Reduction) (*gorgonia.Node, error) {
					return op.CrossEntropy(x, target, r, smoothing)
				})
			}
		}
	}
	return cases
}

func normOpCases() (cases []opCase) {
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures} {
		for _, frozen := range []bool{false, true} {
			cases = append(cases, opCase{op: "Normalize", name: fmt.Sprint(axis, frozen), in: "xvwvw",
				draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					return op.Normalize(in[0], in[1], in[2], in[3], in[4], axis, frozen)
				}})
		}
	}
	return cases
}

// noGradOpCases are parts of gradients, and statistics whose gradient is part of that of Normalize.
func noGradOpCases() (cases []opCase) {
	for _, axis := range []op.Axis{op.OverBatch, op.OverFeatures} {
		cases = append(cases, unaryCase("Mean", axis.String(),
			func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Mean(x, axis) }))
		for _, eps := range []float64{1e-5, 1e-3} {
			cases = append(cases, binaryCase("RStd", fmt.Sprint(axis, eps), "xv",
				func(x, mean *gorgonia.Node) (*gorgonia.Node, error) { return op.RStd(x, mean, axis, eps) }))
		}
	}
	for _, eps := range []float64{1e-5, 1e-3} {
		cases = append(cases, opCase{op: "RStdOf", name: fmt.Sprint(eps), in: "v",
			draw: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return op.RStdOf(in[0], eps) }})
	}
	for _, share := range []float64{0.1, 0.2} {
		cases = append(cases, binaryCase("Lerp", fmt.Sprint(share), "xy",
			func(a, b *gorgonia.Node) (*gorgonia.Node, error) { return op.Lerp(a, b, share) }))
	}
	for _, m := range []struct {
		p            float64
		name         string
		seed1, seed2 uint64
	}{{0.5, "a", 1, 2}, {0.4, "a", 1, 2}, {0.5, "b", 1, 2}, {0.5, "a", 2, 2}, {0.5, "a", 1, 1}} {
		cases = append(cases, unaryCase("DropoutMask", fmt.Sprint(m),
			func(x *gorgonia.Node) (*gorgonia.Node, error) {
				return op.DropoutMask(x, m.p, m.name, m.seed1, m.seed2)
			}))
	}
	cases = append(cases, unaryCase("SumRows", "", op.SumRows), binaryCase("UnbiasedVar", "", "xv", op.UnbiasedVar))
	for i := range cases {
		cases[i].noGrad = true
	}
	return cases
}

// A constructor that no table has would be checked by nothing.
func TestEveryOpIsChecked(t *testing.T) {
	tabled, differentiated := map[string]bool{}, map[string]bool{}
	for _, c := range opCases() {
		tabled[c.op] = true
		differentiated[c.op] = differentiated[c.op] || c.noGrad
	}
	for _, c := range gradientCases() {
		differentiated[c.op] = true
	}
	names := constructors(t)
	for _, name := range names {
		if !tabled[name] {
			t.Errorf("add %s to opCases", name)
		}
		if !differentiated[name] {
			t.Errorf("add %s to gradientCases, or say noGrad in opCases", name)
		}
	}
	if !slices.Contains(names, "Linear") || len(names) < 20 {
		t.Errorf("only %d constructors found: %v", len(names), names)
	}
}

// constructors are the exported functions of the package that give (*gorgonia.Node, error).
func constructors(t *testing.T) (names []string) {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, isFunc := d.(*ast.FuncDecl)
			if !isFunc || f.Recv != nil || !f.Name.IsExported() || f.Type.Results == nil {
				continue
			}
			if pointer, ok := f.Type.Results.List[0].Type.(*ast.StarExpr); ok {
				if sel, ok := pointer.X.(*ast.SelectorExpr); ok && sel.Sel.Name == "Node" {
					names = append(names, f.Name.Name)
				}
			}
		}
	}
	return names
}

// Gorgonia merges equal nodes. The same op on the same nodes is one node; any other op or attribute is another, and so are
// the nodes of its gradient. Each two ops of one constructor are drawn on one graph here, and must give what each gives on
// its own.
func TestDifferentOpsNeverMerge(t *testing.T) {
	cases := opCases()
	values := make([][]float64, len(cases))
	grads := make([][]float64, len(cases))
	for i, c := range cases {
		values[i], grads[i] = c.alone(t)
	}
	for i, a := range cases {
		for j, b := range cases[:i+1] {
			nodes := square()
			na, nb := must(t)(a.draw(a.on(nodes))), must(t)(b.draw(b.on(nodes)))
			if same := na.ID() == nb.ID(); same != (i == j) {
				t.Errorf("%s %s and %s %s: one node is %v, want %v", a.op, a.name, b.op, b.name, same, i == j)
			}
			if i == j || a.op != b.op {
				continue
			}
			gradient := evaluate(t, nodes['x'], a.noGrad, na, nb)
			if !slices.Equal(floats(t, na), values[i]) || !slices.Equal(floats(t, nb), values[j]) {
				t.Errorf("%s: %s and %s on one graph give other values than alone", a.op, a.name, b.name)
			}
			for k := range gradient {
				if want := grads[i][k] + grads[j][k]; gradient[k] != want {
					t.Errorf("%s: gradient[%d] of %s plus %s is %v, alone %v", a.op, k, a.name, b.name, gradient[k], want)
				}
			}
		}
	}
}

// alone gives the value and the gradient by x of the op on a graph of its own.
func (c opCase) alone(t *testing.T) (value, gradient []float64) {
	t.Helper()
	nodes := square()
	y := must(t)(c.draw(c.on(nodes)))
	gradient = evaluate(t, nodes['x'], c.noGrad, y)
	return floats(t, y), gradient
}

// evaluate computes some nodes and, if they have one, the gradient of the sum of their elements by x.
func evaluate(t *testing.T, x *gorgonia.Node, noGrad bool, ys ...*gorgonia.Node) (gradient []float64) {
	t.Helper()
	if noGrad {
		run(t, ys...)
		return nil
	}
	var loss *gorgonia.Node
	for _, y := range ys {
		ones := newTensor(tensor.Float64, slices.Repeat([]float64{1}, y.Shape().TotalSize()), y.Shape()...)
		if l := weigh(t, y, ones); loss == nil {
			loss = l
		} else {
			loss = must(t)(gorgonia.Add(loss, l))
		}
	}
	dx := grad(t, loss, x)[0]
	run(t, append(ys, dx)...)
	return floats(t, dx)
}

// A gradient that is not there must not pass as zero: Grad refuses, also where the input reaches the loss by another way.
func TestOpsWithoutGradientRefuse(t *testing.T) {
	for _, c := range opCases() {
		if !c.noGrad || c.op == "DropoutMask" { // a mask does not depend on x: its gradient is zero
			continue
		}
		for _, another := range []bool{false, true} {
			in := c.on(square())
			y := must(t)(c.draw(in))
			loss := weigh(t, y, randn(1, y.Shape()...))
			if another {
				loss = must(t)(gorgonia.Add(loss, weigh(t, in[0], randn(2, in[0].Shape()...))))
			}
			if grads, err := gorgonia.Grad(loss, in[0]); err == nil {
				t.Errorf("%s %s: gradient %v, want an error", c.op, c.name, grads)
			}
		}
	}
}
