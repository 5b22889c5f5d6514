package op_test

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/op"
)

// Elementwise ops and losses take scalars: L = (tanh(2x·x) - t)² has dL/dx = 2(y - t)(1 - y²)·4x, on either machine.
func TestScalars(t *testing.T) {
	machines := map[string]func(g *gorgonia.ExprGraph, x *gorgonia.Node) gorgonia.VM{
		"ours": func(g *gorgonia.ExprGraph, _ *gorgonia.Node) gorgonia.VM { return machine.New(g) },
		"TapeMachine": func(g *gorgonia.ExprGraph, x *gorgonia.Node) gorgonia.VM {
			return gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(x))
		},
	}
	for name, newMachine := range machines {
		g := gorgonia.NewGraph()
		x := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("x"), gorgonia.WithValue(0.7))
		target := gorgonia.NewScalar(g, gorgonia.Float64, gorgonia.WithName("t"), gorgonia.WithValue(0.2))
		z := must(t)(op.Mul(must(t)(op.Scale(x, 2)), x))
		y := must(t)(op.Activate(op.Tanh, 0, z))
		loss := must(t)(op.MSE(y, target, op.MeanReduction))
		grad(t, loss, x)
		if err := newMachine(g, x).RunAll(); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		dx, err := x.Grad()
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want := math.Tanh(2 * 0.7 * 0.7)
		near(t, name+": loss", floats(t, loss)[0], (want-0.2)*(want-0.2), 1e-15)
		near(t, name+": gradient", dx.Data().(float64), 2*(want-0.2)*(1-want*want)*4*0.7, 1e-15)
	}
}
