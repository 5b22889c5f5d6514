package graph_test

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/tensors"
)

var everyActivation = []graph.Activation{
	graph.ReLU, graph.LeakyReLU(0.1), graph.ELU(0.5), graph.SELU, graph.GELU, graph.GELUTanh, graph.SiLU,
	graph.Sigmoid, graph.Tanh, graph.Erf, graph.Softsign, graph.Softplus, graph.Identity,
}

func TestParseActivation(t *testing.T) {
	for name, want := range map[string]graph.Activation{
		"relu": graph.ReLU, "leaky_relu": graph.LeakyReLU(0.01), "elu": graph.ELU(1), "selu": graph.SELU, "gelu": graph.GELU,
		"gelu_tanh": graph.GELUTanh, "silu": graph.SiLU, "Sigmoid": graph.Sigmoid, "TANH": graph.Tanh,
		"erf": graph.Erf, "softsign": graph.Softsign, "softplus": graph.Softplus, "identity": graph.Identity,
	} {
		if got, err := graph.ParseActivation(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	_, err := graph.ParseActivation("swish")
	wantError(t, err, `"swish"`, "relu", "gelu_tanh", "identity")
}

func TestActivationString(t *testing.T) {
	got := fmt.Sprint(everyActivation)
	if want := "[relu leaky_relu(0.1) elu(0.5) selu gelu gelu_tanh silu sigmoid tanh erf softsign softplus identity]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// The layer, its derivative and its gradient on the graph agree with Eval.
func TestActivationLayer(t *testing.T) {
	for _, a := range everyActivation {
		x := randn(t, tensor.Float64, 1, 3, 5)
		p := build(t, graph.Config{
			Model:  graph.Sequential{param(graph.Param{Name: "x", Init: initializer.Constant{}}, 3, 5), a},
			Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{1}, Loss: graph.MSE{Sum: true},
		})
		copy(p.Weights[0].Value.Float64s(), x.Float64s())
		target := randn(t, tensor.Float64, 2, 3, 5)
		run(t, p, randn(t, tensor.Float64, 1, 1), target)
		for i, v := range x.Float64s() {
			y, dx := p.OutputValue().Float64s()[i], floats(p.Weights[0].Grad.Value())[i]
			units := 8.0 // vector kernels differ by at most 7 units in the last place, Eval by 1
			if a == graph.GELUTanh {
				units += 3.2 * math.Abs(v+0.044715*v*v*v) // whose rounding the exponential in Eval amplifies
			}
			if math.Abs(y-a.Eval(v)) > units*0x1p-52*math.Abs(y) {
				t.Errorf("%v(%g) is %g on the graph, %g by Eval", a, v, y, a.Eval(v))
			}
			want := 2 * (y - target.Float64s()[i]) * a.Derivative(v)
			if math.Abs(dx-want) > 1e-14*math.Abs(want) {
				t.Errorf("%v'(%g): the gradient is %g on the graph, %g by Derivative", a, v, dx, want)
			}
			const h = 1e-5 // errors of h^2 and 1e-16/h
			if slope := (a.Eval(v+h) - a.Eval(v-h)) / (2 * h); math.Abs(slope-a.Derivative(v)) > 1e-8 {
				t.Errorf("%v'(%g) is %g, differences give %g", a, v, a.Derivative(v), slope)
			}
		}
	}
}

// MaxDerivative is the largest |φ'| of a fine grid: never less, and more by its curvature times the square of the step of 1e-4 at most.
func TestMaxDerivative(t *testing.T) {
	for _, a := range append(everyActivation, graph.LeakyReLU(2), graph.LeakyReLU(-3), graph.ELU(2), graph.ELU(-2)) {
		largest := 0.0
		for i := -200000; i <= 200000; i++ {
			largest = max(largest, math.Abs(a.Derivative(float64(i)*1e-4)))
		}
		if got := a.MaxDerivative(); got < largest-1e-12 || got > largest+1e-8 {
			t.Errorf("%v: %.9f, the grid gives %.9f", a, got, largest)
		}
	}
}

func TestDefaultInit(t *testing.T) {
	for _, a := range everyActivation {
		want := initializer.Initializer(initializer.HeNormal{})
		switch a {
		case graph.SELU:
			want = initializer.LeCunNormal{}
		case graph.Sigmoid, graph.Tanh, graph.Erf, graph.Softsign, graph.Identity:
			want = initializer.XavierNormal{}
		}
		if got := a.DefaultInit(); got != want {
			t.Errorf("%v: %v, want %v", a, got, want)
		}
	}
}

// A row of probabilities sums to 1, whatever the logits.
func TestSoftmaxLayer(t *testing.T) {
	p := build(t, graph.Config{Model: graph.Softmax{}, Params: graph.NewParams(tensor.Float64, 1), Input: tensor.Shape{2, 3}})
	x, err := tensors.FromSlice(tensor.Float64, []float64{1e4, -1e4, 0, 0, math.Log(2), math.Log(3)}, 2, 3)
	if err != nil {
		t.Fatal(err)
	}
	run(t, p, x, nil)
	for i, want := range []float64{1, 0, 0, 1.0 / 6, 2.0 / 6, 3.0 / 6} {
		if got := p.OutputValue().Float64s()[i]; math.Abs(got-want) > 1e-15 {
			t.Errorf("probability %d is %g, want %g", i, got, want)
		}
	}
}
