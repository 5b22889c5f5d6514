package npy

import (
	"io"
	"slices"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
)

// chunkBytes are the bytes of an array that are read at once: a multiple of the size of every number.
const chunkBytes = 1 << 16

// An Info describes an array.
type Info struct {
	Dtype   string // "float16", "float32", "float64", "int8", ..., "uint64", "complex64", "complex128" or "bool"
	Shape   []int  // empty for a scalar
	Fortran bool   // whether the first axis varies fastest in the file
}

// Chunks reads an array in the NPY format piece by piece, in the order of the file: it gives its description to begin, and then each piece to
// visit, as a slice of float64, float32, int, complex64, complex128 or bool. Memory does not grow with the array. An error of begin or visit ends the reading.
func Chunks(r io.Reader, begin func(Info) error, visit func(values any) error) error {
	h, err := readHeader(r)
	if err != nil {
		return errors.Wrap(err, "npy")
	}
	if err := begin(Info{h.format.name(), h.shape, h.fortran}); err != nil {
		return err
	}
	size := h.elements() * int64(h.format.size)
	chunk := make([]byte, min(size, chunkBytes))
	for done := int64(0); done < size; {
		part := chunk[:min(size-done, int64(len(chunk)))]
		n, err := io.ReadFull(r, part)
		done += int64(n)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			return errors.Wrapf(err, "npy: byte %d", h.size+done)
		}
		if err != nil {
			return errors.Wrapf(err, "npy: byte %d: the file ends after %d of the %d bytes of numbers that shape %v takes", h.size+done, done, size, h.shape)
		}
		values := h.format.values()
		if err := values.add(part); err != nil {
			return errors.Wrap(err, "npy")
		}
		if err := visit(values.slice()); err != nil {
			return err
		}
	}
	return nil
}

// Info describes an array of the archive. It reads no numbers: their checksum is compared by [Archive.Tensor] and [Archive.Chunks], which do.
func (a *Archive) Info(name string) (info Info, err error) {
	enough := errors.New("enough")
	if err = a.Chunks(name, func(i Info) error {
		if info = i; slices.Contains(i.Shape, 0) {
			return nil // there is nothing to read but the end, with the checksum
		}
		return enough
	}, nil); errors.Cause(err) == enough {
		err = nil
	}
	return info, err
}

// Chunks reads an array of the archive piece by piece, as the function [Chunks] does, and to the end of its entry: an error that follows the
// last piece tells of bytes after the numbers, or of a checksum that is not that of the archive.
func (a *Archive) Chunks(name string, begin func(Info) error, visit func(values any) error) error {
	f := a.files[name]
	if f == nil {
		return errors.Errorf("npy: got no array %q in the archive, want one of %q", name, a.names)
	}
	r, err := f.Open()
	if err != nil {
		return errors.Wrapf(err, "npy: array %q", name)
	}
	defer r.Close()
	if err := Chunks(r, begin, visit); err != nil {
		return errors.Wrapf(files.Damaged(err, f), "array %q", name)
	}
	return errors.Wrapf(files.Damaged(expectEnd(r), f), "npy: array %q", name)
}

// name is NumPy's name of the type.
func (f format) name() string {
	kind := map[byte]string{'f': "float", 'i': "int", 'u': "uint", 'c': "complex"}[f.kind]
	if kind == "" {
		return "bool"
	}
	return kind + strconv.Itoa(8*f.size)
}

func (l *list[T]) slice() any { return l.values }
