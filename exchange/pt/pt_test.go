package pt

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"
)

// open opens a file of testdata, which testdata/make.py has written.
func open(t *testing.T, name string) *File {
	t.Helper()
	f, err := Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// value reads a tensor.
func value(t *testing.T, f *File, name string) *tensor.Dense {
	t.Helper()
	v, err := f.Tensor(name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestStateDict(t *testing.T) {
	f := open(t, "state_dict.pth")
	var names []string
	for _, info := range f.Tensors() {
		names = append(names, info.Name)
	}
	want := "conv.weight conv.bias bn.weight bn.bias bn.running_mean bn.running_var bn.num_batches_tracked fc.weight fc.bias"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w := value(t, f, "fc.weight")
	if got, want := w.Data(), []float32{4, 4.125, 4.25, 4.375, 4.5, 4.625}; !reflect.DeepEqual(got, want) || !w.Shape().Eq(tensor.Shape{2, 3}) {
		t.Errorf("fc.weight: got %v of shape %v, want %v of (2, 3)", got, w.Shape(), want)
	}
	if got := value(t, f, "bn.num_batches_tracked"); got.Data() != int64(0) || got.Dims() != 0 {
		t.Errorf("num_batches_tracked: got %v of shape %v, want the scalar 0", got.Data(), got.Shape())
	}
	if _, err := f.Tensor("fc"); err == nil || !strings.Contains(err.Error(), `no tensor "fc"`) {
		t.Errorf("got error %v, want one that names fc", err)
	}
}

func TestComplexNumbers(t *testing.T) {
	f := open(t, "complex.pt")
	for name, want := range map[string]any{"c64": []complex64{1 + 2i, 3.5 - 1i}, "c128": []complex128{0.1 - 0.25i}} {
		if got := value(t, f, name); !reflect.DeepEqual(got.Data(), want) {
			t.Errorf("%s: got %v, want %v", name, got.Data(), want)
		}
	}
}

func TestValuesOfACheckpoint(t *testing.T) {
	got := open(t, "checkpoint.pt").Values
	for name, want := range map[string]any{
		"epoch": int64(7), "arch": "net", "best": 0.25, "done": false, "big": int64(1) << 40, "negative": int64(-3),
		"optimizer.param_groups.0.lr": 0.125, "optimizer.param_groups.0.params.1": int64(1), "size.1": int64(3),
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if _, has := got["nothing"]; has {
		t.Error("got a value for None, want none")
	}
}

func TestViewsAndTypes(t *testing.T) {
	f := open(t, "checkpoint.pt")
	for name, want := range map[string]struct {
		shape tensor.Shape
		data  any
	}{
		"views.0": {tensor.Shape{3, 4}, []float64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}},
		"views.1": {tensor.Shape{4, 3}, []float64{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}},
		"views.2": {tensor.Shape{2, 2}, []float64{4, 6, 8, 10}},
		"views.3": {tensor.Shape{}, 11.},
		"types.0": {tensor.Shape{3}, []float32{1, 0, 3}}, "types.1": {tensor.Shape{3}, []float32{1, 0, 3}},
		"types.2": {tensor.Shape{3}, []int64{1, 0, 3}}, "types.3": {tensor.Shape{3}, []int32{1, 0, 3}},
		"types.4": {tensor.Shape{3}, []int16{1, 0, 3}}, "types.5": {tensor.Shape{3}, []int8{1, 0, 3}},
		"types.6": {tensor.Shape{3}, []uint8{1, 0, 3}}, "types.7": {tensor.Shape{3}, []bool{true, false, true}},
		"parameter":                         {tensor.Shape{2}, []float32{1.5, -2.5}},
		"optimizer.state.5.momentum_buffer": {tensor.Shape{2}, []float32{1, 1}},
	} {
		got := value(t, f, name)
		var pieces []any
		if err := f.Chunks(name, func(v any) error { pieces = append(pieces, v); return nil }); err != nil || len(pieces) != 1 || reflect.ValueOf(pieces[0]).Len() != got.Size() {
			t.Errorf("%s: got pieces %v and error %v, want one of %d elements", name, pieces, err, got.Size())
		}
		if !reflect.DeepEqual(got.Data(), want.data) || !got.Shape().Eq(want.shape) {
			t.Errorf("%s: got %v of shape %v, want %v of %v", name, got.Data(), got.Shape(), want.data, want.shape)
		}
	}
}

func TestFilesOfOtherKinds(t *testing.T) {
	for name, want := range map[string]string{
		"module.pt": "torch.nn.modules.linear.Linear, want only tensors and containers",
		"old.pt":    "want a ZIP archive, as torch.save writes since PyTorch 1.6",
		"make.py":   "want a ZIP archive",
		"absent.pt": "no such file",
	} {
		if _, err := Open(filepath.Join("testdata", name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", name, err, want)
		}
	}
}
