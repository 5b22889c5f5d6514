package main

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
)

func TestGuide(t *testing.T) {
	var output strings.Builder
	out := t.TempDir()
	if err := run(&output, out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(output.String(), "agree to 14 decimals: true") {
		t.Errorf("gradients by hand and by the graph differ:\n%s", output.String())
	}
	doccheck.Output(t, "02-backprop.md", "go run ./examples/backprop", output.String())
	doccheck.Figure(t, out, "descent.png")
}

// The gradient by hand is the gradient of the loss: central differences agree to the square of their step.
func TestByHandAgreesWithDifferences(t *testing.T) {
	xs, ys, err := batch()
	if err != nil {
		t.Fatal(err)
	}
	x, y := matrix(xs), matrix(ys)
	n := network{
		w1: each(mat.NewDense(features, hidden, nil), func(float64) float64 { return 0.3 }),
		b1: mat.NewDense(1, hidden, []float64{0.1, -0.2, 0.3, -0.4, 0.5}),
		w2: mat.NewDense(hidden, classes, []float64{1, -1, 0.5, 0.2, -0.3, 0.7, -0.8, 0.4, 0.1, 0.6, -0.5, 0.9, -0.2, 0.8, -0.6}),
		b2: mat.NewDense(1, classes, []float64{0.1, 0, -0.1}),
	}
	g := n.gradient(x, y)
	const step = 1e-5
	for i, p := range []*mat.Dense{n.w1, n.b1, n.w2, n.b2} {
		gradient := []*mat.Dense{g.w1, g.b1, g.w2, g.b2}[i]
		height, width := p.Dims()
		for r := range height {
			for c := range width {
				v := p.At(r, c)
				p.Set(r, c, v+step)
				above := n.loss(x, y)
				p.Set(r, c, v-step)
				below := n.loss(x, y)
				p.Set(r, c, v)
				if d := (above - below) / (2 * step); math.Abs(d-gradient.At(r, c)) > 1e-9 {
					t.Errorf("parameter %d, element %d, %d: gradient %g, difference %g", i, r, c, gradient.At(r, c), d)
				}
			}
		}
	}
}

// loss is the cross-entropy, averaged over the rows.
func (n network) loss(x, y *mat.Dense) float64 {
	p := softmax(linear(each(linear(x, n.w1, n.b1), math.Tanh), n.w2, n.b2))
	return -mat.Sum(times(y, each(p, math.Log))) / float64(rows(x))
}
