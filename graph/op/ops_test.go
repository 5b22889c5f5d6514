package op_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A constructor that is in no table would not be checked.
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
// the nodes of its gradient. Each two ops of one constructor are drawn on one graph here, and must give the same values as on
// separate graphs.
func TestDifferentOpsNeverMerge(t *testing.T) {
	cases := opCases()
	values := make([][]float64, len(cases))
	grads := make([][]float64, len(cases))
	for i, c := range cases {
		values[i], grads[i] = c.alone(t)
	}
	checkIDs(t, cases)
	for i, a := range cases {
		for j, b := range cases[:i] {
			if a.op != b.op || a.letter() != b.letter() {
				continue
			}
			nodes := square()
			na, nb := must(t)(a.draw(a.on(nodes))), must(t)(b.draw(b.on(nodes)))
			gradient := evaluate(t, a.by(nodes), a.noGrad, na, nb)
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

// checkIDs draws all cases on one graph, twice.
func checkIDs(t *testing.T, cases []opCase) {
	t.Helper()
	nodes := square()
	known := make(map[int64]opCase)
	for _, c := range cases {
		n := must(t)(c.draw(c.on(nodes)))
		if other, is := known[n.ID()]; is {
			t.Errorf("%s %s and %s %s are one node, want two", other.op, other.name, c.op, c.name)
		}
		known[n.ID()] = c
		if again := must(t)(c.draw(c.on(nodes))); again.ID() != n.ID() {
			t.Errorf("%s %s, drawn twice, is two nodes, want one", c.op, c.name)
		}
	}
}

// alone gives the value and the gradient of the op on a graph of its own.
func (c opCase) alone(t *testing.T) (value, gradient []float64) {
	t.Helper()
	nodes := square()
	y := must(t)(c.draw(c.on(nodes)))
	gradient = evaluate(t, c.by(nodes), c.noGrad, y)
	return floats(t, y), gradient
}

// evaluate computes some nodes and, if they have one, the gradient of the sum of their elements by an input.
func evaluate(t *testing.T, by *gorgonia.Node, noGrad bool, ys ...*gorgonia.Node) (gradient []float64) {
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
	dx := grad(t, loss, by)[0]
	run(t, append(ys, dx)...)
	return floats(t, dx)
}

// A missing gradient must not pass as zero: Grad returns an error, also where the input reaches the loss by another path.
func TestOpsWithoutGradientRefuse(t *testing.T) {
	for _, c := range opCases() {
		if !c.noGrad || strings.HasSuffix(c.op, "DropoutMask") { // a mask does not depend on x: its gradient is zero
			continue
		}
		for _, another := range []bool{false, true} {
			in := c.on(square())
			if another && in[0].Dtype() == tensor.Int { // labels reach no loss of floats by another way
				continue
			}
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
