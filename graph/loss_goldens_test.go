package graph_test

import (
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// lossOfCase is the loss a user would choose for a case of PyTorch's.
func lossOfCase(c goldens.Case) graph.Loss {
	sum, oneHot := c.Reduction == "sum", c.F64.Labels == nil
	switch c.Op {
	case "mse":
		return graph.MSE{Sum: sum}
	case "mae":
		return graph.MAE{Sum: sum}
	case "huber":
		return graph.Huber{Delta: c.Attrs["delta"], Sum: sum}
	case "bce_logits":
		return graph.BCE{Sum: sum}
	case "bce":
		return graph.BCE{Probabilities: true, Sum: sum}
	case "softmax_ce":
		return graph.CrossEntropy{OneHot: oneHot, Smoothing: c.Attrs["smoothing"], Sum: sum}
	case "nll":
		return graph.CrossEntropy{OneHot: oneHot, Probabilities: true, Sum: sum}
	}
	return nil
}

func tensorOf(t *testing.T, x goldens.Tensor) *tensor.Dense {
	t.Helper()
	value, err := tensors.FromSlice(tensor.Float64, x.Data, x.Shape...)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// targetOf is the labels of a case, or its distributions.
func targetOf(t *testing.T, n goldens.Numbers) *tensor.Dense {
	t.Helper()
	if n.Labels == nil {
		return tensorOf(t, n.Inputs["y"])
	}
	labels, err := tensors.Labels(n.Labels)
	if err != nil {
		t.Fatal(err)
	}
	return labels
}

// Every loss has PyTorch's value with every setting that a user can choose.
func TestLossesOfPyTorch(t *testing.T) {
	for _, c := range goldens.Load(t, "losses") {
		loss := lossOfCase(c)
		if loss == nil {
			t.Fatalf("no loss for %s", c.Op)
		}
		got := lossOf(t, loss, graph.Eval, tensorOf(t, c.F64.Inputs["x"]), targetOf(t, c.F64))
		if e := goldens.RelErr([]float64{got}, c.F64.Output.Data); e > goldens.Tol64 {
			t.Errorf("%s: %v, PyTorch %v", c.Name, got, c.F64.Output.Data[0])
		}
	}
}
