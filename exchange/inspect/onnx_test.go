package inspect

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// The constants of an ONNX file are listed with what hampers gradients, wherever the file has them.
func TestONNX(t *testing.T) {
	m := onnxfile.Model{IR: 8, Opsets: map[string]int64{"": 17}, Graph: &onnxfile.Graph{
		Initializers: []*onnxfile.Tensor{{Name: "bn.running_var", Type: onnxfile.Float, Shape: []int{2}, Raw: []byte{0, 0, 0, 0, 0, 0, 0, 64}}},
		Nodes: []*onnxfile.Node{{Op: "Constant", Outputs: []string{"shape"}, Attributes: map[string]*onnxfile.Attribute{
			"value": {Type: onnxfile.AttributeTensor, Tensor: &onnxfile.Tensor{Type: onnxfile.Int64, Shape: []int{1}, Raw: []byte{7, 0, 0, 0, 0, 0, 0, 0}}},
		}}},
	}}
	path := filepath.Join(t.TempDir(), "x.onnx")
	if err := os.WriteFile(path, m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	got := read(t, path)
	want := map[string]Tensor{
		"bn.running_var": {Name: "bn.running_var", Dtype: "float32", Shape: []int{2}, Elements: 2, Mean: 1, SD: 1, Min: 0, Max: 2, Zeros: 1,
			Warnings: []Warning{{NoVariance, 1}}},
		"shape": {Name: "shape", Dtype: "int64", Shape: []int{1}, Elements: 1, Mean: 7, Min: 7, Max: 7},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// Numbers in a file beside the model are listed too.
func TestONNXWithExternalData(t *testing.T) {
	dir := t.TempDir()
	m := onnxfile.Model{IR: 8, Opsets: map[string]int64{"": 17}, Graph: &onnxfile.Graph{
		Initializers: []*onnxfile.Tensor{{Name: "w", Type: onnxfile.Float, Shape: []int{1}, External: &onnxfile.External{Location: "x.data", Length: 4}}},
	}}
	path := filepath.Join(dir, "x.onnx")
	if err := os.WriteFile(path, m.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := File(path, func(Tensor) error { return nil }); err == nil || !strings.Contains(err.Error(), `"x.data"`) {
		t.Errorf("without it: got error %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.data"), []byte{0, 0, 0, 64}, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path)["w"]; got.Mean != 2 {
		t.Errorf("got %+v", got)
	}
}
