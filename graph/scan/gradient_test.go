package scan_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph/machine"
	"github.com/gradflow/gradflow/graph/scan"
	"github.com/gradflow/gradflow/internal/goldens"
)

// The gradient by each input is the slope, measured by central differences in float64.
func TestGradientIsSlope(t *testing.T) {
	for _, c := range cells() {
		for _, steps := range []int{1, 2, 5} {
			for _, segment := range []int{0, 2} {
				t.Run(fmt.Sprintf("%s/%d/%d", c.name, steps, segment), func(t *testing.T) {
					p := c.draw(t, tensor.Float64, steps, scan.Config{Segment: segment})
					grads := p.grad(t)
					m := p.run(t)
					got := make([][]float64, len(grads)) // of this run: slopes makes others
					for i, n := range grads {
						got[i] = slices.Clone(n.Value().Data().([]float64))
					}
					for i, x := range p.leaves {
						if e := goldens.RelErr(got[i], slopes(t, m, p.loss, x)); !(e <= 1e-7) {
							t.Errorf("gradient by %s differs from the slope by %g of its largest element", x.Name(), e)
						}
					}
				})
			}
		}
	}
}

// slopes are central differences of the loss. The best step is the cube root of the accuracy of float64, and the error its square.
func slopes(t *testing.T, m *machine.Machine, loss, x *gorgonia.Node) []float64 {
	t.Helper()
	const h = 6e-6
	data := x.Value().Data().([]float64)
	at := func(i int, v float64) float64 {
		data[i] = v
		if err := m.RunAll(); err != nil {
			t.Fatal(err)
		}
		return loss.Value().Data().(float64)
	}
	slopes := make([]float64, len(data))
	for i, v := range data {
		slopes[i] = (at(i, v+h) - at(i, v-h)) / (2 * h)
		data[i] = v
	}
	return slopes
}

// Gorgonia's own machine runs the operation with the same numbers.
func TestOnTapeMachine(t *testing.T) {
	for _, c := range cells() {
		p := c.draw(t, tensor.Float64, 3, scan.Config{})
		grads := p.grad(t)
		p.run(t)
		q := c.draw(t, tensor.Float64, 3, scan.Config{})
		q.grad(t)
		m := gorgonia.NewTapeMachine(q.loss.Graph(), gorgonia.BindDualValues(q.leaves...))
		if err := m.RunAll(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for i, x := range q.leaves {
			v, err := x.Grad()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := v.Data().([]float64), grads[i].Value().Data().([]float64); !slices.Equal(got, want) {
				t.Errorf("%s: gradient by %s: got %v, want %v", c.name, x.Name(), got, want)
			}
		}
		m.Close()
	}
}

// The loss of the last step alone reaches the last steps only if the gradient is truncated.
func TestTruncatedGradientEnds(t *testing.T) {
	const steps, truncate = 7, 3
	c := cells()[1] // reads the last state alone
	p := c.draw(t, tensor.Float64, steps, scan.Config{Truncate: truncate})
	grads := p.grad(t)
	p.run(t)
	dx := grads[0].Value().Data().([]float64)
	for step := range steps {
		largest := 0.0
		for _, v := range dx[step*batch*width : (step+1)*batch*width] {
			largest = max(largest, math.Abs(v))
		}
		if reached := step >= steps-truncate; (largest > 0) != reached {
			t.Errorf("step %d: got a gradient of up to %g, want reached %v", step, largest, reached)
		}
	}
}

// A value that the step does not depend on has a gradient of zeros.
func TestUnusedInput(t *testing.T) {
	c := cell{states: []tensor.Shape{{batch, width}}, step: func(x, _, s gorgonia.Nodes) (next, outputs gorgonia.Nodes) {
		return s, x
	}, reads: []int{0}}
	p := c.draw(t, tensor.Float64, 3, scan.Config{})
	grads := p.grad(t)
	p.run(t)
	for _, v := range grads[1].Value().Data().([]float64) {
		if v != 0 {
			t.Fatalf("gradient by a state that no output reads: got %v", grads[1].Value())
		}
	}
}
