package data

import (
	"maps"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/npy"
)

// ReadNPZ reads a dataset from arrays of an NPZ file, as numpy.savez writes them. "x", "X" or "input" becomes X, "y", "Y" or "target"
// becomes Y, and any other array a column of its name. dt is the type of X and of other floats, float32 or float64; integers in X
// are converted. Y of integers holds classes if it is (N) or (N, 1).
//
// The file may unpack to 100 times its size and a MiB more; with [npy.Reader] arrays can be read by hand.
func ReadNPZ(path string, dt tensor.Dtype) (*Dataset, error) {
	if !isFloat(dt) {
		return nil, errors.Errorf("data: type of X: got %v, want tensor.Float32 or tensor.Float64", dt)
	}
	archive, err := npy.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "data")
	}
	defer archive.Close()
	arrays := make(map[string]*tensor.Dense)
	for _, name := range archive.Names() {
		column := name
		switch strings.ToLower(name) {
		case "x":
			column = inputName
		case "y":
			column = targetName
		}
		if arrays[column] != nil {
			return nil, errors.Errorf("data: %s: got two arrays for %q, the last %q, want one", path, column, name)
		}
		if arrays[column], err = archive.Tensor(name); err != nil {
			return nil, errors.Wrapf(err, "data: %s", path)
		}
	}
	ds, err := fromArrays(arrays, dt)
	return ds, errors.Wrap(err, path)
}

// fromArrays makes a dataset of arrays by the names of columns.
func fromArrays(arrays map[string]*tensor.Dense, dt tensor.Dtype) (*Dataset, error) {
	ds := new(Dataset)
	for _, name := range slices.Sorted(maps.Keys(arrays)) {
		values := arrays[name]
		if len(values.Shape()) == 0 {
			return nil, errors.Errorf("data: array %q: got a scalar, want a sample axis", name)
		}
		if dt := values.Dtype(); dt == tensor.Complex64 || dt == tensor.Complex128 {
			return nil, errors.Errorf("data: array %q: got complex numbers, want real ones (save their real and imaginary parts)", name)
		}
		if isFloat(values.Dtype()) || name == inputName {
			values = asFloats(values, dt)
		}
		switch name {
		case inputName:
			ds.X = values
		case targetName:
			if s := values.Shape(); values.Dtype() == tensor.Int && len(s) == 2 && s[1] == 1 {
				values = tensor.New(tensor.WithShape(s[0]), tensor.WithBacking(values.Ints()))
			}
			ds.Y = values
		default:
			ds.Columns = append(ds.Columns, Column{name, values})
		}
	}
	return ds, ds.Validate()
}

// asFloats converts numbers and flags to a type of floats.
func asFloats(t *tensor.Dense, dt tensor.Dtype) *tensor.Dense {
	if t.Dtype() == dt {
		return t
	}
	to := tensor.New(tensor.Of(dt), tensor.WithShape(t.Shape()...))
	switch v := t.Data().(type) {
	case []float32:
		convert(to, v)
	case []float64:
		convert(to, v)
	case []int:
		convert(to, v)
	case []bool:
		flags := make([]int, len(v))
		for i, flag := range v {
			if flag {
				flags[i] = 1
			}
		}
		convert(to, flags)
	}
	return to
}

func convert[T float32 | float64 | int](to *tensor.Dense, from []T) {
	if to.Dtype() == tensor.Float32 {
		for i, v := range from {
			to.Float32s()[i] = float32(v)
		}
		return
	}
	for i, v := range from {
		to.Float64s()[i] = float64(v)
	}
}

// WriteNPZ writes the columns of d to an NPZ file, which [ReadNPZ] and NumPy read: X as "x", Y as "y" and others by their names. The
// names of classes are not in it.
func (d *Dataset) WriteNPZ(path string) error {
	if err := d.validateLayout(); err != nil {
		return err
	}
	var arrays []npy.Named
	for _, c := range d.AllColumns() {
		name := c.Name
		switch name {
		case inputName:
			name = "x"
		case targetName:
			name = "y"
		}
		arrays = append(arrays, npy.Named{Name: name, Value: c.Values})
	}
	return errors.Wrap(npy.WriteArchive(path, arrays...), "data")
}
