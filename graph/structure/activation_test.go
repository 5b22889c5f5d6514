package structure_test

import (
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/op"
)

// Activations are recognised as single operations, and in the ways in which Gorgonia writes them out.
func TestActivations(t *testing.T) {
	type function = func(*gorgonia.Node) (*gorgonia.Node, error)
	ours := func(a op.Activation, alpha float64) function {
		return func(x *gorgonia.Node) (*gorgonia.Node, error) { return op.Activate(a, alpha, x) }
	}
	for name, c := range map[string]struct {
		f     function
		want  op.Activation
		alpha float64
		found bool
	}{
		"tanh":       {gorgonia.Tanh, op.Tanh, 0, true},
		"sigmoid":    {gorgonia.Sigmoid, op.Sigmoid, 0, true},
		"softplus":   {gorgonia.Softplus, op.Softplus, 0, true},
		"rectify":    {gorgonia.Rectify, op.ReLU, 0, true},
		"leaky relu": {func(x *gorgonia.Node) (*gorgonia.Node, error) { return gorgonia.LeakyRelu(x, 0.1) }, op.LeakyReLU, 0.1, true},
		"swish": {func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.HadamardProd(must(gorgonia.Sigmoid(x)), x)
		}, op.SiLU, 0, true},
		"our gelu":       {ours(op.GELU, 0), op.GELU, 0, true},
		"our elu":        {ours(op.ELU, 1.5), op.ELU, 1.5, true},
		"our leaky relu": {ours(op.LeakyReLU, 0.2), op.LeakyReLU, 0.2, true},
		"our relu":       {ours(op.ReLU, 0), op.ReLU, 0, true},
		"a sine":         {gorgonia.Sin, 0, 0, false},
		"a mask": {func(x *gorgonia.Node) (*gorgonia.Node, error) {
			return gorgonia.HadamardProd(x, must(gorgonia.Gte(x, gorgonia.NewConstant(1.0), true)))
		}, 0, 0, false},
	} {
		s := newSketch()
		a := must(c.f(s.affine(s.input("x", 4, 6), "layer", 5)))
		l := s.find(t, s.affine(a, "out", 2)).Layers[0]
		if found := l.Act == a; found != c.found || l.Activation != c.want || l.Alpha != c.alpha {
			t.Errorf("%s: found %v with alpha %g: %v", name, l.Activation, l.Alpha, found)
		}
	}
}

// After -x and a transposition a layer goes on, and its units are found again.
func TestActivationOfMovedUnits(t *testing.T) {
	s := newSketch()
	z := must(gorgonia.Neg(must(gorgonia.Transpose(s.affine(s.input("x", 4, 6), "layer", 5)))))
	l := s.find(t, must(gorgonia.Sigmoid(z))).Layers[0]
	if l.Pre != z || l.Act == nil || l.UnitAxis != 1 || l.Out() != 5 {
		t.Errorf("found %+v with %d units", l, l.Out())
	}
}
