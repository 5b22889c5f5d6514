package npy

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/files"
)

// A Named is an array of an archive.
type Named struct {
	Name  string
	Value *tensor.Dense
}

// Write writes a tensor in the NPY format, version 1, little-endian and row-major. Elements of type int take 64 bits.
func Write(w io.Writer, t *tensor.Dense) error { return errors.Wrap(write(w, t), "npy") }

// WriteFile writes an NPY file, whole or not at all.
func WriteFile(path string, t *tensor.Dense) error {
	return errors.Wrap(files.Write(path, func(w io.Writer) error { return write(w, t) }), "npy")
}

// WriteArchive writes an NPZ file, uncompressed as numpy.savez does, whole or not at all.
func WriteArchive(path string, arrays ...Named) error {
	return errors.Wrap(files.Write(path, func(w io.Writer) error {
		z := zip.NewWriter(w)
		seen := make(map[string]bool)
		for _, a := range arrays {
			if a.Name == "" || seen[a.Name] {
				return errors.Errorf("got an array with the name %q twice, or without one, want a name for each", a.Name)
			}
			seen[a.Name] = true
			f, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Store})
			if err != nil {
				return err
			}
			if err := write(f, a.Value); err != nil {
				return errors.Wrapf(err, "array %q", a.Name)
			}
		}
		return z.Close()
	}), "npy")
}

func write(w io.Writer, t *tensor.Dense) error {
	if t == nil {
		return errors.New("got a nil tensor, want one to write")
	}
	if t.RequiresIterator() || t.DataOrder().IsColMajor() {
		t = t.Materialize().(*tensor.Dense)
	}
	descr, data, err := encode(t)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(w, makeHeader(descr, t.Shape())); err != nil {
		return err
	}
	return binary.Write(w, binary.LittleEndian, data)
}

// encode gives the description of a tensor's type and what encoding/binary writes.
func encode(t *tensor.Dense) (descr string, data any, err error) {
	switch v := t.Data().(type) {
	case float64, []float64:
		return "<f8", v, nil
	case float32, []float32:
		return "<f4", v, nil
	case bool, []bool:
		return "|b1", v, nil
	case uint8, []uint8:
		return "|u1", v, nil
	case uint16, []uint16:
		return "<u2", v, nil
	case uint32, []uint32:
		return "<u4", v, nil
	case uint64, []uint64:
		return "<u8", v, nil
	case int8, []int8:
		return "|i1", v, nil
	case int16, []int16:
		return "<i2", v, nil
	case int32, []int32:
		return "<i4", v, nil
	case int64, []int64:
		return "<i8", v, nil
	case complex64, []complex64:
		return "<c8", v, nil
	case complex128, []complex128:
		return "<c16", v, nil
	case int:
		return "<i8", int64(v), nil
	case []int:
		wide := make([]int64, len(v))
		for i, x := range v {
			wide[i] = int64(x)
		}
		return "<i8", wide, nil
	}
	return "", nil, errors.Errorf("type: got %v, want numbers or bool", t.Dtype())
}

// makeHeader is all before the numbers, of a multiple of 64 bytes.
func makeHeader(descr string, shape tensor.Shape) string {
	var sizes strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&sizes, "%d, ", n)
	}
	tuple := strings.TrimSuffix(sizes.String(), " ") // one size keeps its comma
	if len(shape) > 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	const before = len(magic) + 4
	length := (before+len(dict)+1+63)/64*64 - before
	return magic + "\x01\x00" + string([]byte{byte(length), byte(length >> 8)}) + dict + strings.Repeat(" ", length-len(dict)-1) + "\n"
}
