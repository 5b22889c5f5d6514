package attention_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/attention"
	"github.com/gradflow/gradflow/graph/initializer"
	"github.com/gradflow/gradflow/graph/internal/graphtest"
	"github.com/gradflow/gradflow/graph/op"
	"github.com/gradflow/gradflow/graph/tensors"
	"github.com/gradflow/gradflow/internal/goldens"
)

// A torchCase is a module of PyTorch's on random numbers, forward and backward, in float64. internal/goldens/families/transformers.py
// makes them.
type torchCase struct {
	Name             string
	Lengths          map[string][]int
	Output, Upstream goldens.Tensor
	Values, Grads    map[string]goldens.Tensor // of the inputs "x" and "memory" and the parameters
}

func torchCases(t *testing.T) (cases []torchCase) {
	t.Helper()
	raw, err := os.ReadFile("testdata/torch.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// weightedSum is the loss sum(output·target), whose gradient with respect to the output is the target.
type weightedSum struct{ graph.MSE }

func (weightedSum) Apply(b *graph.Builder, output, target *gorgonia.Node) *gorgonia.Node {
	return b.Check(gorgonia.Sum(b.Check(op.Mul(output, target))))
}

// input declares a parameter that takes the place of an input, so that it has a gradient.
func (c torchCase) input(b *graph.Builder, name string) *gorgonia.Node {
	return b.Param(graph.Param{Name: name, Init: initializer.Constant{}}, c.Values[name].Shape...)
}

// model is the case in our layers.
func (c torchCase) model() graph.Model {
	kind, form, _ := strings.Cut(c.Name, "/")
	has := func(word string) bool { return strings.Contains(form, word) }
	lengths := func(name string) string {
		if has("padded") {
			return name
		}
		return ""
	}
	config := attention.Config{Layers: 1, Heads: 2, Hidden: 3, Causal: has("causal"), Lengths: lengths("lengths")}
	if has("post") {
		config.Placement = attention.PostLN
	}
	if has("gelu") {
		config.Activation = graph.GELU
	}
	return graph.LayerFunc(func(b *graph.Builder, _ *gorgonia.Node) *gorgonia.Node {
		x := c.input(b, "x")
		switch {
		case kind == "encoder":
			return attention.Encoder{Config: config}.Apply(b, x)
		case kind == "decoder":
			return attention.Decoder{Config: config, MemoryLengths: lengths("memory_lengths")}.Apply(b, x, c.input(b, "memory"))
		case has("cross"):
			return attention.MultiHead{Heads: 2, Lengths: lengths("memory_lengths")}.Cross(b, x, c.input(b, "memory"))
		}
		return attention.MultiHead{Heads: 2, Causal: has("causal") || has("qknorm"), Lengths: lengths("lengths"), QKNorm: has("qknorm")}.Apply(b, x)
	})
}

// asOurs gives numbers of PyTorch's in the order of our parameter: a matrix of a linear map is transposed.
func asOurs(w *graph.Binding, v goldens.Tensor) []float64 {
	if w.Role != graph.Weight || len(v.Shape) != 2 {
		return v.Data
	}
	rows, cols := v.Shape[0], v.Shape[1]
	out := make([]float64, len(v.Data))
	for i := range rows {
		for j := range cols {
			out[j*rows+i] = v.Data[i*cols+j]
		}
	}
	return out
}

// Attention, encoders and decoders give PyTorch's numbers and gradients for its parameters, and have the same ones.
func TestAgreesWithPyTorch(t *testing.T) {
	for _, c := range torchCases(t) {
		t.Run(c.Name, func(t *testing.T) {
			inputs := []graph.Input{{Name: "input", Shape: tensor.Shape{1}}}
			values := map[string]*tensor.Dense{"input": graphtest.Randn(t, tensor.Float64, 1, 1)}
			for name, lengths := range c.Lengths {
				inputs = append(inputs, graph.Input{Name: name, Shape: tensor.Shape{len(lengths)}, Dtype: tensor.Int})
				values[name] = labels(t, lengths...)
			}
			p := graphtest.Build(t, graph.Config{Model: c.model(), Params: graph.NewParams(tensor.Float64, 1), Inputs: inputs, Loss: weightedSum{}})
			for _, w := range p.Weights {
				copy(w.Value.Float64s(), asOurs(w, c.theirs(t, w, c.Values)))
			}
			var err error
			if values["target"], err = tensors.FromSlice(tensor.Float64, c.Upstream.Data, c.Upstream.Shape...); err != nil {
				t.Fatal(err)
			}
			if err := p.RunNamed(values); err != nil {
				t.Fatal(err)
			}
			if e := goldens.RelErr(p.OutputValue().Float64s(), c.Output.Data); e > goldens.Tol64 {
				t.Errorf("the output has an error of %.2g", e)
			}
			for _, w := range p.Weights {
				want := asOurs(w, c.theirs(t, w, c.Grads))
				if e := goldens.RelErr(goldens.Floats(t, w.Grad.Value().Data()), want); e > goldens.Tol64 {
					t.Errorf("the gradient of %s has an error of %.2g", w.Name, e)
				}
			}
			if len(p.Weights) != len(c.Values) {
				t.Errorf("%d parameters and inputs, want %d", len(p.Weights), len(c.Values))
			}
		})
	}
}

// theirs is the tensor of a parameter.
func (c torchCase) theirs(t *testing.T, w *graph.Binding, from map[string]goldens.Tensor) goldens.Tensor {
	t.Helper()
	name := attention.TorchName(strings.TrimPrefix(w.Name, "attention1/"))
	v, known := from[name]
	if !known {
		t.Fatalf("PyTorch has no %q", name)
	}
	return v
}

func labels(t *testing.T, values ...int) *tensor.Dense {
	t.Helper()
	l, err := tensors.Labels(values)
	if err != nil {
		t.Fatal(err)
	}
	return l
}
