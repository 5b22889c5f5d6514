package onnx_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/graph/tensors"
)

// An array is a tensor in a request to ONNX Runtime and in its answer.
type array struct {
	Type  string    `json:"type,omitempty"`
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

// npmFolder is where npm has installed onnxruntime-web, and perhaps models; the test is skipped without it.
func npmFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("GRADFLOW_ORT")
	if _, err := os.Stat(filepath.Join(folder, "onnxruntime-web")); folder == "" || err != nil {
		t.Skip("SKIPPED: numbers are not compared with ONNX Runtime (npm install onnxruntime-web@1.30.0, and set GRADFLOW_ORT to the folder node_modules)")
	}
	return folder
}

// A request asks ONNX Runtime to run a file, once for each set of inputs.
type request struct {
	Model string             `json:"model"`
	Runs  []map[string]array `json:"runs"`
}

// runtimeOutputs answers requests, in one process, as its start takes seconds.
func runtimeOutputs(t *testing.T, requests []request) [][]map[string]array {
	t.Helper()
	request, err := json.Marshal(requests)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command("node", "testdata/run.mjs", npmFolder(t))
	run.Stdin = bytes.NewReader(request)
	var complaints bytes.Buffer
	run.Stderr = &complaints
	answer, err := run.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, complaints.Bytes())
	}
	var outputs [][]map[string]array
	if err := json.Unmarshal(answer, &outputs); err != nil {
		t.Fatal(err)
	}
	return outputs
}

// random are normal numbers, for an input.
func random(seed uint64, shape ...int) array {
	rng := rand.New(rand.NewPCG(seed, 0))
	a := array{Type: "float32", Shape: shape, Data: make([]float64, tensor.Shape(shape).TotalSize())}
	for i := range a.Data {
		a.Data[i] = float64(float32(rng.NormFloat64()))
	}
	return a
}

// dtype is the type of the tensor that a program is fed with.
func (a array) dtype() tensor.Dtype {
	if a.Type == "int64" {
		return tensor.Int
	}
	return tensor.Float32
}

func (a array) tensor(t *testing.T, dt tensor.Dtype) *tensor.Dense {
	t.Helper()
	if dt == tensor.Int {
		labels := make([]int, len(a.Data))
		for i, v := range a.Data {
			labels[i] = int(v)
		}
		return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(labels))
	}
	v, err := tensors.FromSlice(dt, a.Data, a.Shape...)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// importOutputs builds a model of a file over new parameters and runs it.
func importOutputs(t *testing.T, file *onnx.File, inputs map[string]array, o onnx.Options) map[string]array {
	t.Helper()
	return importOutputsOf(t, tensor.Float32, file, inputs, o)
}

// importOutputsOf is importOutputs in either float type.
func importOutputsOf(t *testing.T, dt tensor.Dtype, file *onnx.File, inputs map[string]array, o onnx.Options) map[string]array {
	t.Helper()
	model, err := file.Model(o)
	if err != nil {
		t.Fatal(err)
	}
	values := make(map[string]*tensor.Dense)
	var list []graph.Input
	ports, outs := file.Ports()
	for _, in := range ports {
		if a, fed := inputs[in.Name]; fed && o.Fixed[in.Name] == nil {
			kind := a.dtype()
			if kind != tensor.Int {
				kind = dt
			}
			values[in.Name] = a.tensor(t, kind)
			list = append(list, graph.Input{Name: in.Name, Shape: a.Shape, Dtype: kind})
		}
	}
	p, err := graph.Build(graph.Config{Model: model, Inputs: list, Params: graph.NewParams(dt, 1), Mode: graph.Eval})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.RunNamed(values); err != nil {
		t.Fatal(err)
	}
	outputs := make(map[string]array)
	for i, out := range p.Outputs {
		outputs[outs[i].Name] = array{Shape: out.Node.Shape(), Data: numbersOf(out.Node)}
	}
	return outputs
}

// checkSame compares outputs, whose largest difference may be a share of their largest number.
func checkSame(t *testing.T, what string, got, want map[string]array, bound float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: got %d outputs, want %d", what, len(got), len(want))
	}
	for name, w := range want {
		g := got[name]
		if !slices.Equal(g.Shape, w.Shape) {
			t.Errorf("%s: output %s: got shape %v, want %v", what, name, g.Shape, w.Shape)
			continue
		}
		worst, largest := 0.0, 0.0
		for i, v := range w.Data {
			largest = max(largest, math.Abs(v))
			if d := math.Abs(g.Data[i] - v); !(d <= worst) {
				worst = d
			}
		}
		t.Logf("%s: output %s %v: largest difference %.2g of %.3g", what, name, w.Shape, worst, largest)
		if !(worst <= bound*max(largest, 0.01)) { // the sigmoid of ONNX Runtime is right to some 1e-7
			t.Errorf("%s: output %s: got a difference of %g, want at most %g of %g", what, name, worst, bound, largest)
		}
	}
}
