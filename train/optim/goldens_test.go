package optim

import (
	"math"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// TestGoldens follows PyTorch over ten steps.
func TestGoldens(t *testing.T) {
	tested := 0
	for _, c := range goldens.Load(t, "optimizers") {
		tested++
		t.Run(c.Name, func(t *testing.T) {
			if e := goldens.RelErr(follow(t, c, c.F64, tensor.Float64), c.F64.Output.Data); e > goldens.Tol64 {
				t.Errorf("float64 differs by %g", e)
			}
			if e := goldens.RelErr(follow(t, c, c.F32, tensor.Float32), c.F32.Output.Data); e > goldens.Tol32 {
				t.Errorf("float32 differs by %g", e)
			}
		})
	}
	if tested < 13 {
		t.Errorf("only %d cases were tested", tested)
	}
}

// follow takes a case's steps and returns the values of w after each, one after the other.
func follow(t *testing.T, c goldens.Case, n goldens.Numbers, dt tensor.Dtype) []float64 {
	t.Helper()
	w, gradients := n.Inputs["w"], n.Inputs["gradients"]
	p := &graph.Param{Name: "w", Value: dense(t, dt, w.Data, w.Shape)}
	o := optimizerOf(t, c)
	var path []float64
	for step := range gradients.Shape[0] {
		g := dense(t, dt, gradients.Data[step*len(w.Data):(step+1)*len(w.Data)], w.Shape)
		if err := o.Step([]*graph.Param{p}, []*tensor.Dense{g}, o.Rate()); err != nil {
			t.Fatal(err)
		}
		path = append(path, goldens.Floats(t, p.Value.Data())...)
	}
	return path
}

func dense(t *testing.T, dt tensor.Dtype, data []float64, shape []int) *tensor.Dense {
	t.Helper()
	d, err := tensors.FromSlice(dt, data, shape...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func optimizerOf(t *testing.T, c goldens.Case) Optimizer {
	t.Helper()
	a := c.Attrs
	switch c.Op {
	case "sgd":
		return &SGD{LearningRate: a["lr"], Momentum: a["momentum"], Nesterov: a["nesterov"] == 1, WeightDecay: a["weight_decay"]}
	case "adam":
		return &Adam{LearningRate: a["lr"], Beta1: orTiny(a["beta1"]), Beta2: orTiny(a["beta2"]), Epsilon: a["eps"],
			WeightDecay: a["weight_decay"]}
	case "adamw":
		return &AdamW{LearningRate: a["lr"], Beta1: a["beta1"], Beta2: a["beta2"], Epsilon: a["eps"], WeightDecay: a["weight_decay"]}
	}
	t.Fatalf("unknown optimiser %q", c.Op)
	return nil
}

// orTiny switches a Beta off as Adam's documentation says.
func orTiny(beta float64) float64 {
	if beta == 0 {
		return 1e-300
	}
	return beta
}

// In float32 each optimiser goes the way that it goes in float64: twenty steps, each with a few roundings of 6e-8. Lion is left out,
// because a sign may turn.
func TestFloat32FollowsFloat64(t *testing.T) {
	for i, o := range all() {
		if _, lion := o.(*Lion); lion {
			continue
		}
		shape := []int{3, 4}
		start := make([]float64, 12)
		for j := range start {
			start[j] = math.Sin(float64(5*j + 1))
		}
		single := &graph.Param{Name: "w", Value: dense(t, tensor.Float32, start, shape)}
		double := &graph.Param{Name: "w", Value: dense(t, tensor.Float64, start, shape)}
		other := all()[i]
		for step := range 20 {
			g := make([]float64, 12)
			for j := range g {
				g[j] = math.Cos(float64(3*j + 2*step))
			}
			for p, o := range map[*graph.Param]Optimizer{single: o, double: other} {
				if err := o.Step([]*graph.Param{p}, []*tensor.Dense{dense(t, p.Value.Dtype(), g, shape)}, o.Rate()); err != nil {
					t.Fatal(err)
				}
			}
		}
		got, want := goldens.Floats(t, single.Value.Data()), double.Value.Float64s()
		if e := goldens.RelErr(got, want); e > goldens.Tol32 {
			t.Errorf("%v: float32 differs by %g", o, e)
		}
		if goldens.RelErr(want, start) < 1e-4 {
			t.Errorf("%v: the steps hardly moved the parameter", o)
		}
	}
}
