// Package goldens holds numbers that PyTorch computed once, against which the
// layers, losses, activations and optimisers are checked. PyTorch is not needed
// to use them. README.md lists the ops and says how the numbers are made again.
package goldens

import (
	"embed"
	"encoding/json"
	"testing"
)

//go:embed *.json
var files embed.FS

// The tolerances on RelErr that every implementation is held to.
const (
	Tol64 = 1e-10
	Tol32 = 1e-5
)

// Case is one op on given inputs, forward and backward.
type Case struct {
	Name      string             // unique in its family: "gelu_tanh/2x3"
	Op        string             // "gelu_tanh"
	Reduction string             // losses only: "mean" or "sum"
	Attrs     map[string]float64 // the op's constants: "alpha", "eps", "lr"
	F64       Numbers            // computed in float64
	F32       Numbers            // computed in float32 from the inputs rounded to float32
}

// Numbers are the tensors of a case in one precision.
type Numbers struct {
	Inputs   map[string]Tensor
	Labels   []int // class of each row, for the losses with integer targets
	Output   Tensor
	Upstream Tensor            // the dL/dOutput that was propagated back; 1 for a scalar output
	Grads    map[string]Tensor // dL/dInput, for the inputs that have a gradient
	Extra    map[string]Tensor // further results: "running_mean"
}

// Tensor is a dense row-major tensor. A scalar has an empty shape and one
// element. The data of a float32 tensor are exact as float32.
type Tensor struct {
	Shape []int
	Data  []float64
}

// Float32 returns a copy of the data as float32.
func (t Tensor) Float32() []float32 {
	out := make([]float32, len(t.Data))
	for i, v := range t.Data {
		out[i] = float32(v)
	}
	return out
}

// Load returns the cases of a family: the name of a JSON file of this folder,
// without its extension. It fails the test if there is no such family.
func Load(tb testing.TB, family string) []Case {
	tb.Helper()
	raw, err := files.ReadFile(family + ".json")
	if err != nil {
		tb.Fatalf("goldens: no family %q: %v", family, err)
	}
	var cases []Case
	if err := json.Unmarshal(raw, &cases); err != nil {
		tb.Fatalf("goldens: %s.json: %v", family, err)
	}
	return cases
}
