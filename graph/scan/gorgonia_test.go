package scan_test

import (
	"math/rand/v2"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/scan"
	"github.com/gradflow/gradflow/internal/goldens"
)

// The recurrence gives the numbers of a plain tanh network that is unrolled with Gorgonia's operations and runs on its TapeMachine.
func TestSameAsGorgoniasUnrolledForm(t *testing.T) {
	const steps = 6
	p := cells()[0].draw(t, tensor.Float64, steps, scan.Config{})
	grads := p.grad(t)
	p.run(t)

	g, rng := gorgonia.NewGraph(), rand.New(rand.NewPCG(1, 2))
	leaf := func(name string, shape ...int) *gorgonia.Node {
		return gorgonia.NewTensor(g, tensor.Float64, len(shape), gorgonia.WithShape(shape...), gorgonia.WithName(name), gorgonia.WithValue(random(rng, tensor.Float64, shape...)))
	}
	x, h := leaf("x", steps, batch, width), leaf("h", batch, hidden)
	w, u := leaf("w", width, hidden), leaf("u", hidden, hidden)
	outputs, final := leaf("weights0", steps, batch, hidden), leaf("weights1", batch, hidden)
	first := h
	var loss *gorgonia.Node
	add := func(y, weights *gorgonia.Node) {
		term := must(gorgonia.Sum(must(gorgonia.HadamardProd(y, weights))))
		if loss != nil {
			term = must(gorgonia.Add(loss, term))
		}
		loss = term
	}
	for i := range steps {
		h = must(gorgonia.Tanh(must(gorgonia.Add(must(gorgonia.Mul(must(gorgonia.Slice(x, gorgonia.S(i))), w)), must(gorgonia.Mul(h, u))))))
		add(h, must(gorgonia.Slice(outputs, gorgonia.S(i))))
	}
	add(h, final)
	leaves := gorgonia.Nodes{x, first, w, u}
	if _, err := gorgonia.Grad(loss, leaves...); err != nil {
		t.Fatal(err)
	}
	m := gorgonia.NewTapeMachine(g, gorgonia.BindDualValues(leaves...))
	defer m.Close()
	if err := m.RunAll(); err != nil {
		t.Fatal(err)
	}
	for i, n := range leaves {
		v, err := n.Grad()
		if err != nil {
			t.Fatal(err)
		}
		if e := goldens.RelErr(grads[i].Value().Data().([]float64), v.Data().([]float64)); !(e <= goldens.Tol64) {
			t.Errorf("gradient by %s: got an error of %g", n.Name(), e)
		}
	}
}
