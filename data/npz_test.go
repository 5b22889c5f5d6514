package data

import (
	"path/filepath"
	"reflect"
	"testing"

	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/npy"
)

func TestNPZ(t *testing.T) {
	ds := numbered(t, 5, 3, tensor.Float32)
	ds.Columns = append(ds.Columns, Column{"mask", dense([]bool{true, false, true, true, false}, 5)})
	path := filepath.Join(t.TempDir(), "set.npz")
	if err := ds.WriteNPZ(path); err != nil {
		t.Fatal(err)
	}
	got, err := ReadNPZ(path, tensor.Float32)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range ds.AllColumns() {
		if v := got.Column(c.Name); v == nil || !reflect.DeepEqual(v.Data(), c.Values.Data()) && c.Name != "target" {
			t.Errorf("%s: got %v, want %v", c.Name, v, c.Values)
		}
	}
	if y := got.Y.Dtype(); y != tensor.Float32 {
		t.Errorf("type of one-hot Y: got %v, want that of X", y)
	}
}

// Images of bytes and a column of labels are what many files of NumPy hold.
func TestNPZOfBytes(t *testing.T) {
	write := func(arrays ...npy.Named) string {
		path := filepath.Join(t.TempDir(), "set.npz")
		if err := npy.WriteArchive(path, arrays...); err != nil {
			t.Fatal(err)
		}
		return path
	}
	x, y := npy.Named{Name: "X", Value: dense([]uint8{0, 255, 3, 4}, 2, 2)}, npy.Named{Name: "target", Value: dense([]int{7, 0}, 2, 1)}
	ds, err := ReadNPZ(write(x, y), tensor.Float64)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ds.X.Data(), []float64{0, 255, 3, 4}) || !reflect.DeepEqual(ds.Y.Data(), []int{7, 0}) || ds.Y.Dims() != 1 {
		t.Errorf("got X %v and Y %v", ds.X.Data(), ds.Y.Data())
	}
	_, err = ReadNPZ(write(x, npy.Named{Name: "input", Value: x.Value}), tensor.Float32)
	wantError(t, err, `two arrays for "input", the last "input"`)
	_, err = ReadNPZ(write(x, npy.Named{Name: "y", Value: dense([]int{1, 2, 3}, 3)}), tensor.Float32)
	wantError(t, err, "set.npz", "shape of Y")
	_, err = ReadNPZ(write(npy.Named{Name: "n", Value: tensor.New(tensor.FromScalar(3.5))}), tensor.Float32)
	wantError(t, err, `array "n": got a scalar`)
	_, err = ReadNPZ(write(npy.Named{Name: "phase", Value: dense([]complex64{1, 2i}, 2)}), tensor.Float32)
	wantError(t, err, `array "phase": got complex numbers, want real ones`)
	_, err = ReadNPZ("nowhere.npz", tensor.Float32)
	wantError(t, err, "data: npy: ", "nowhere.npz")
	_, err = ReadNPZ(write(x), tensor.Int)
	wantError(t, err, "type of X: got int")
}
