package weights

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/onnx"
	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/models/mlp"
)

// The parameters of a model in an ONNX file are read with their names and numbers.
func TestReadONNX(t *testing.T) {
	params := graph.NewParams(tensor.Float32, 1)
	c := graph.Config{Model: mlp.Model{Input: 3, Output: 2, Norm: graph.BN, Hidden: []int{4}}, Params: params, Input: tensor.Shape{1, 3}}
	var b bytes.Buffer
	if err := onnx.Write(&b, c); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.onnx")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]*tensor.Dense)
	for _, named := range f.Tensors {
		found[named.Name] = named.Value
	}
	for _, p := range params.All() {
		if got := found[p.Name]; got == nil || !slices.Equal(got.Float32s(), p.Value.Float32s()) || !got.Shape().Eq(p.Value.Shape()) {
			t.Errorf("%s: got %v, want %v", p.Name, got, p.Value)
		}
	}
}
