package recurrent_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/recurrent"
	"github.com/gradflow/gradflow/internal/goldens"
)

// Gradients by all parameters are the slopes of the loss, for one step and many, all outputs and the last.
func TestLRUGradients(t *testing.T) {
	for _, c := range []struct {
		layer        recurrent.LRU
		batch, steps int
		features     int
	}{
		{recurrent.LRU{}, 2, 1, 3}, {recurrent.LRU{States: 5}, 3, 4, 2}, {recurrent.LRU{States: 3, Units: 4, NoSkip: true}, 1, 6, 2},
		{recurrent.LRU{States: 4, Last: true}, 2, 5, 3}, {recurrent.LRU{Last: true}, 2, 1, 2},
		{recurrent.LRU{States: 4, RMin: 0.9, RMax: 0.99, MaxPhase: math.Pi / 10}, 2, 7, 2},
	} {
		t.Run(fmt.Sprintf("%+v", c), func(t *testing.T) {
			p := graphtest.Build(t, graph.Config{
				Model: c.layer, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{c.batch, c.steps, c.features}, Loss: weightedSum{},
			})
			x, y := graphtest.Randn(t, tensor.Float64, 2, c.batch, c.steps, c.features), graphtest.Randn(t, tensor.Float64, 3, p.Output.Shape()...)
			graphtest.Run(t, p, x, y)
			checkLRUSlopes(t, p, x, y)
		})
	}
}

// checkLRUSlopes compares the gradients of a run with central differences. With steps of the cube root of ε the differences are good to
// some 1e-11; the tolerance leaves room for large third derivatives and sums.
func checkLRUSlopes(t *testing.T, p *graph.Program, x, y *tensor.Dense) {
	t.Helper()
	const h = 6e-6
	grads := make([][]float64, len(p.Weights))
	for i, w := range p.Weights {
		grads[i] = slices.Clone(w.Grad.Value().Data().([]float64))
	}
	for i, w := range p.Weights {
		data := w.Value.Float64s()
		slopes := make([]float64, len(data))
		for k, v := range data {
			at := func(v float64) float64 {
				data[k] = v
				graphtest.Run(t, p, x, y)
				return p.LossValue()
			}
			slopes[k] = (at(v+h) - at(v-h)) / (2 * h)
			data[k] = v
		}
		if e := goldens.RelErr(grads[i], slopes); !(e <= 1e-7) {
			t.Errorf("gradient by %s differs from the slope by %g of its largest element", w.Name, e)
		}
	}
}

// First values of λ lie in the ring, and its area is filled evenly: half of it has |λ|² in the middle of its range or below. The
// states of white noise have its variance.
func TestLRUBeginsInTheRing(t *testing.T) {
	const states = 4000
	layer := recurrent.LRU{States: states, RMin: 0.6, RMax: 0.95, MaxPhase: math.Pi / 2}
	params := graph.NewParams(tensor.Float64, 1)
	graphtest.Build(t, graph.Config{Model: layer, Params: params, Input: tensor.Shape{1, 2, 1}, Loss: weightedSum{}})
	nu, theta, gamma := params.Get("lru1/nu_log").Value.Float64s(), params.Get("lru1/theta_log").Value.Float64s(), params.Get("lru1/gamma_log").Value.Float64s()
	inner, slow := 0, 0
	for i := range nu {
		r, angle := math.Exp(-math.Exp(nu[i])), math.Exp(theta[i])
		if r < 0.6-1e-12 || r > 0.95+1e-12 || angle < 0 || angle > math.Pi/2+1e-12 {
			t.Fatalf("state %d: got |λ| %g and angle %g", i, r, angle)
		}
		if got, want := math.Exp(gamma[i]), math.Sqrt(1-r*r); math.Abs(got-want) > 1e-12 {
			t.Fatalf("state %d: got γ %g, want %g", i, got, want)
		}
		if r*r < (0.6*0.6+0.95*0.95)/2 {
			inner++
		}
		if angle < math.Pi/4 {
			slow++
		}
	}
	// Five standard deviations of a binomial count.
	bound := int(5 * math.Sqrt(states) / 2)
	if d := inner - states/2; d > bound || d < -bound {
		t.Errorf("got %d of %d states in the inner half of the ring", inner, states)
	}
	if d := slow - states/2; d > bound || d < -bound {
		t.Errorf("got %d of %d states in the lower half of the angles", slow, states)
	}
}

func TestLRUErrors(t *testing.T) {
	for _, c := range []struct {
		layer recurrent.LRU
		input tensor.Shape
		want  string
	}{
		{recurrent.LRU{}, tensor.Shape{2, 3}, "want (batch, steps, features)"},
		{recurrent.LRU{Units: 4}, tensor.Shape{2, 3, 5}, "set NoSkip"},
		{recurrent.LRU{States: -1}, tensor.Shape{2, 3, 5}, "positive numbers"},
		{recurrent.LRU{RMin: 0.9, RMax: 0.5}, tensor.Shape{2, 3, 5}, "RMin < RMax"},
		{recurrent.LRU{RMax: 1.5}, tensor.Shape{2, 3, 5}, "RMax <= 1"},
		{recurrent.LRU{MaxPhase: 7}, tensor.Shape{2, 3, 5}, "MaxPhase 7"},
	} {
		_, err := graph.Build(graph.Config{Model: c.layer, Params: graph.NewParams(tensor.Float64, 1), Input: c.input, Loss: weightedSum{}})
		graphtest.WantError(t, err, c.want)
	}
}

// A run allocates nothing.
func TestLRUAllocatesNothing(t *testing.T) {
	for _, dt := range []tensor.Dtype{tensor.Float32, tensor.Float64} {
		p := graphtest.Build(t, graph.Config{Model: recurrent.LRU{States: 40}, Params: graph.NewParams(dt, 1), Input: tensor.Shape{3, 5, 4}, Loss: weightedSum{}})
		x, y := graphtest.Randn(t, dt, 2, 3, 5, 4), graphtest.Randn(t, dt, 3, 3, 5, 4)
		graphtest.Run(t, p, x, y)
		if allocs := testing.AllocsPerRun(5, func() { graphtest.Run(t, p, x, y) }); allocs != 0 {
			t.Errorf("%v: got %v allocations in a run, want none", dt, allocs)
		}
	}
}
