package scan_test

import (
	"fmt"
	"log"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/scan"
)

// A cell in Gorgonia's own operations, with a residual connection in time: h' = h + tanh(x + u·h)/2. A tap shows the gradient at the
// state before each step: it does not vanish, because the sum passes it on.
func ExampleDraw() {
	g := gorgonia.NewGraph()
	vector := func(name string, v ...float64) *gorgonia.Node {
		return gorgonia.NodeFromAny(g, tensor.New(tensor.WithBacking(v)), gorgonia.WithName(name))
	}
	x := gorgonia.NodeFromAny(g, tensor.New(tensor.WithShape(4, 2), tensor.WithBacking([]float64{1, -1, 2, 0, -1, 1, 0, 2})), gorgonia.WithName("x"))
	h, u := vector("h", 0, 0), vector("u", -0.5, 0.5)

	var before *gorgonia.Node // the state, in the step
	_, final, err := scan.Draw(scan.Config{
		Name: "cell",
		Step: func(s *scan.Scope, inputs, states gorgonia.Nodes) (next, outputs gorgonia.Nodes, err error) {
			before = states[0]
			z, err := gorgonia.HadamardProd(s.Shared(u), before)
			if err != nil {
				return nil, nil, err
			}
			if z, err = gorgonia.Add(inputs[0], z); err != nil {
				return nil, nil, err
			}
			if z, err = gorgonia.Tanh(z); err != nil {
				return nil, nil, err
			}
			if z, err = gorgonia.Mul(z, gorgonia.NewConstant(0.5)); err != nil {
				return nil, nil, err
			}
			h, err := gorgonia.Add(before, z)
			return gorgonia.Nodes{h}, nil, err
		},
	}, gorgonia.Nodes{x}, gorgonia.Nodes{h})
	if err != nil {
		log.Fatal(err)
	}
	loss := gorgonia.Must(gorgonia.Sum(final[0]))
	if _, err := gorgonia.Grad(loss, u); err != nil {
		log.Fatal(err)
	}
	m := machine.New(g, loss, u.Deriv())
	m.TapSteps(before.Deriv(), func(step int, v gorgonia.Value) { fmt.Printf("step %d: %.3f\n", step, v.Data()) })
	if err := m.RunAll(); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("by u: %.3f\n", u.Deriv().Value().Data())
	// Output:
	// step 3: [0.760 1.020]
	// step 2: [0.721 1.170]
	// step 1: [0.703 1.452]
	// step 0: [0.629 1.605]
	// by u: [0.277 -0.363]
}
