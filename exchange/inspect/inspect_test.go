package inspect

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/npy"
	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/train/checkpoint"
)

func dense(shape []int, backing any) *tensor.Dense {
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(backing))
}

// read inspects a file of tensors.
func read(t *testing.T, path string) map[string]Tensor {
	t.Helper()
	found := make(map[string]Tensor)
	if err := File(path, func(x Tensor) error { found[x.Name] = x; return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

// write writes a safetensors file.
func write(t *testing.T, named ...safetensors.Named) string {
	t.Helper()
	var b bytes.Buffer
	if err := safetensors.Write(&b, nil, named...); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestStatistics(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	got := read(t, write(t,
		safetensors.Named{Name: "a", Value: dense([]int{2, 3}, []float64{1, 2, 3, 4, 5, 9})},
		safetensors.Named{Name: "b", Value: dense([]int{4}, []float32{0, -2, float32(nan), float32(inf)})},
		safetensors.Named{Name: "c", Value: dense([]int{3}, []int{-1, 0, 7})},
		safetensors.Named{Name: "d", Value: dense([]int{2}, []uint16{1, 5})},
		safetensors.Named{Name: "z", Value: dense([]int{2}, []complex64{3 - 4i, 1i})},
	))
	want := map[string]Tensor{
		"a": {Name: "a", Dtype: "F64", Shape: []int{2, 3}, Elements: 6, Mean: 4, SD: math.Sqrt(40. / 6), Min: 1, Max: 9},
		"b": {Name: "b", Dtype: "F32", Shape: []int{4}, Elements: 4, Mean: -1, SD: 1, Min: -2, Max: 0, Zeros: 1, NaNs: 1, Infinites: 1,
			Warnings: []Warning{{HasNaN, 1}, {HasInfinity, 1}}},
		"c": {Name: "c", Dtype: "I64", Shape: []int{3}, Elements: 3, Mean: 2, SD: math.Sqrt(38. / 3), Min: -1, Max: 7, Zeros: 1},
		"d": {Name: "d", Dtype: "U16", Shape: []int{2}, Elements: 2, Mean: 3, SD: 2, Min: 1, Max: 5},
		"z": {Name: "z", Dtype: "C64", Shape: []int{2}, Elements: 2, Mean: 3, SD: 2, Min: 1, Max: 5},
	}
	for name, w := range want {
		g := got[name]
		if math.Abs(g.Mean-w.Mean) > 1e-12 || math.Abs(g.SD-w.SD) > 1e-12 {
			t.Errorf("%s: got mean %g and SD %g, want %g and %g", name, g.Mean, g.SD, w.Mean, w.SD)
		}
		if g.Mean, g.SD = w.Mean, w.SD; !reflect.DeepEqual(g, w) {
			t.Errorf("got %+v, want %+v", g, w)
		}
	}
}

func TestWarnings(t *testing.T) {
	zeros := func(n int) []float32 { return make([]float32, n) }
	for name, c := range map[string]struct {
		value *tensor.Dense
		want  []Warning
	}{
		"bn1/running_var":                 {dense([]int{3}, []float32{1, 0, -1}), []Warning{{NoVariance, 2}}},
		"layer1.0.bn2.running_var":        {dense([]int{2}, []float32{1, 2}), nil},
		"param:bn1/running_var":           {dense([]int{1}, []float32{0}), []Warning{{NoVariance, 1}}},
		"fc.weight":                       {dense([]int{2, 2}, zeros(4)), []Warning{{AllZero, 4}}},
		"fc.bias":                         {dense([]int{4}, zeros(4)), nil},
		"equal":                           {dense([]int{2, 2}, []float32{3, 3, 3, 3}), []Warning{{AllEqual, 4}}},
		"rows":                            {dense([]int{3, 2}, []float32{1, 2, 0, 0, 3, 0}), []Warning{{ZeroRows, 1}}},
		"columns":                         {dense([]int{2, 3}, []float32{0, 2, 0, 0, 3, 0}), []Warning{{ZeroColumns, 2}}},
		"filters":                         {dense([]int{3, 1, 2, 1}, []float32{1, 2, 0, 0, 0, 0}), []Warning{{ZeroRows, 2}}},
		"small":                           {dense([]int{2, 1}, []float32{1e-30, 2e-30}), []Warning{{TooSmall, 2}}},
		"optimizer:fc.weight/exp_avg":     {dense([]int{2, 2}, zeros(4)), nil},
		"optimizer:fc.weight/exp_avg_nan": {dense([]int{1}, []float32{float32(math.NaN())}), []Warning{{HasNaN, 1}}},
	} {
		got := read(t, write(t, safetensors.Named{Name: name, Value: c.value}))[name].Warnings
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// NPY and NPZ files are told by their bytes. Pieces of a large array join.
func TestNumPyFiles(t *testing.T) {
	dir := t.TempDir()
	large := make([]float64, 300*100)
	for i := range large {
		large[i] = float64(i % 100)
	}
	x := dense([]int{300, 100}, large)
	if err := npy.WriteFile(filepath.Join(dir, "x"), x); err != nil {
		t.Fatal(err)
	}
	if err := npy.WriteArchive(filepath.Join(dir, "z"), npy.Named{Name: "x", Value: x}, npy.Named{Name: "y", Value: dense([]int{2}, []bool{true, false})}); err != nil {
		t.Fatal(err)
	}
	alone, archive := read(t, filepath.Join(dir, "x"))[""], read(t, filepath.Join(dir, "z"))
	for _, got := range []Tensor{alone, archive["x"]} {
		if got.Dtype != "float64" || got.Elements != 30000 || math.Abs(got.Mean-49.5) > 1e-9 || got.Max != 99 || got.Zeros != 300 ||
			!reflect.DeepEqual(got.Warnings, []Warning{{ZeroColumns, 1}}) {
			t.Errorf("got %+v, want 30000 elements of mean 49.5 and a column of zeros", got)
		}
	}
	if y := archive["y"]; y.Dtype != "bool" || y.Mean != 0.5 {
		t.Errorf("got %+v, want a mean of 0.5", y)
	}
}

func TestFilesThatAreNone(t *testing.T) {
	for content, want := range map[string]string{
		"\x1f\x8b\x08\x00": "got a gzipped file, want it unpacked", "": "safetensors", "hello, world": "safetensors", "\x93NUMPY\x01": "npy", "PK\x03\x04": "want a whole ZIP archive of torch.save or NPZ: got a truncated", "PK\x05\x06" + strings.Repeat("\x00", 18): "without arrays",
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := File(path, func(Tensor) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want an error with %q", content, err, want)
		}
	}
	folder := t.TempDir()
	if err := File(folder, nil); err == nil || !strings.Contains(err.Error(), "got a folder, want a file of tensors") {
		t.Errorf("a folder: got %v", err)
	}
	stop := errors.New("enough")
	path := write(t, safetensors.Named{Name: "a", Value: dense([]int{1}, []float32{1})}, safetensors.Named{Name: "b", Value: dense([]int{1}, []float32{1})})
	if n := 0; !errors.Is(File(path, func(Tensor) error { n++; return stop }), stop) || n != 1 {
		t.Errorf("got %d tensors, want one and the error of visit", n)
	}
}

// Memory does not grow with a tensor: its pieces are small.
func TestPiecesAreSmall(t *testing.T) {
	f, err := safetensors.Open(write(t, safetensors.Named{Name: "a", Value: dense([]int{1 << 8, 1 << 10}, make([]float32, 1<<18))}))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, most := newStatistics("a", "F32", []int{1 << 8, 1 << 10}, false), 0
	err = f.Chunks("a", func(v any) error {
		most = max(most, len(v.([]float32)))
		return s.add(v)
	})
	if err != nil || most > 1<<14 || s.tensor().Elements != 1<<18 {
		t.Errorf("got %d numbers in pieces of up to %d, %v, want 2^18 in pieces of at most 2^14", s.tensor().Elements, most, err)
	}
}

// Any bytes give tensors whose numbers all arrive, or an error.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := safetensors.Write(&b, nil, safetensors.Named{Name: "bn/running_var", Value: dense([]int{2}, []float32{0, 1})}); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	var array bytes.Buffer
	if err := npy.Write(&array, dense([]int{2, 3}, []float64{1, 0, 3, 4, 0, 6})); err != nil {
		f.Fatal(err)
	}
	f.Add(array.Bytes())
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, content []byte) {
		_ = Read(bytes.NewReader(content), int64(len(content)), func(x Tensor) error {
			n := 1
			for _, size := range x.Shape {
				n *= size
			}
			if x.Elements != n || x.Zeros+x.NaNs+x.Infinites > n || !(x.Min <= x.Max) && x.NaNs+x.Infinites < n {
				t.Errorf("got %+v, want %d elements", x, n)
			}
			return nil
		})
	})
}

// TestTorchFile reads a file that torch.save has written.
func TestTorchFile(t *testing.T) {
	got := read(t, filepath.Join("..", "pt", "testdata", "state_dict.pth"))
	if w := got["fc.weight"]; len(got) != 9 || w.Dtype != "F32" || w.Elements != 6 || w.Min != 4 || w.Max != 4.625 {
		t.Errorf("got %d tensors, fc.weight %+v, want 9, and 6 numbers from 4 to 4.625", len(got), w)
	}
}

// A model in several files has the statistics of one in a single file.
func TestIndex(t *testing.T) {
	named := []safetensors.Named{{Name: "a", Value: dense([]int{2}, []float32{1, 2})}, {Name: "b", Value: dense([]int{3}, []float32{0, 0, 3})}}
	index := filepath.Join(t.TempDir(), "model.safetensors.index.json")
	if err := safetensors.WriteSharded(index, 8, named...); err != nil {
		t.Fatal(err)
	}
	if got, want := read(t, index), read(t, write(t, named...)); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for want, text := range map[string]string{
		"want an index":                    "[]",
		"nowhere.safetensors":              `{"weight_map": {"a": "nowhere.safetensors"}}`,
		`tensor "c": got none in the file`: `{"weight_map": {"c": "model-00001-of-00002.safetensors"}}`,
	} {
		if err := os.WriteFile(index, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := File(index, func(Tensor) error { return nil }); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", text, err, want)
		}
	}
}

// The numbers of a damaged checkpoint are none.
func TestDamagedCheckpoint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	c := &checkpoint.Checkpoint{Params: map[string]*tensor.Dense{"w": dense([]int{2}, []float32{1, 2})}}
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got["param:w"].Elements != 2 {
		t.Errorf("got %+v, want two elements of param:w", got)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)-1] ^= 1
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := File(path, func(Tensor) error { return nil }); !errors.Is(err, checkpoint.ErrDamaged) {
		t.Errorf("got error %v, want %v", err, checkpoint.ErrDamaged)
	}
}
