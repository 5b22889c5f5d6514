package npy

import (
	"io"
	"os"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Reader reads files. The zero value is ready to use.
type Reader struct {
	// MaxBytes bounds the bytes of an array, and of all arrays of an archive together. 0 means 2^30 for an array, and for an archive
	// 100 times its size and a MiB more.
	MaxBytes int64
}

// defaultMax is the bound of an array.
const defaultMax = 1 << 30

// Read reads an array, as [Reader.Read].
func Read(r io.Reader) (*tensor.Dense, error) { return Reader{}.Read(r) }

// ReadFile reads an NPY file, as [Reader.ReadFile].
func ReadFile(path string) (*tensor.Dense, error) { return Reader{}.ReadFile(path) }

// Read reads an array in the NPY format, and no more of r. The error of a malformed one names the byte.
func (o Reader) Read(r io.Reader) (*tensor.Dense, error) {
	t, err := o.read(r)
	return t, errors.Wrap(err, "npy")
}

// ReadFile reads a file that holds one array in the NPY format.
func (o Reader) ReadFile(path string) (*tensor.Dense, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "npy")
	}
	defer f.Close()
	t, err := o.readOnly(f)
	return t, errors.Wrapf(err, "npy: %s", path)
}

// readOnly reads an array after which nothing may follow.
func (o Reader) readOnly(r io.Reader) (*tensor.Dense, error) {
	t, err := o.read(r)
	if err == nil {
		err = expectEnd(r)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// expectEnd returns an error unless r has ended. In an archive the end is where the checksum is compared.
func expectEnd(r io.Reader) error {
	var extra [1]byte
	switch n, err := io.ReadFull(r, extra[:]); {
	case n > 0:
		return errors.New("got more bytes after the array, want none")
	case err != io.EOF:
		return err
	}
	return nil
}

func (o Reader) read(r io.Reader) (*tensor.Dense, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	size := h.elements() * int64(h.format.size)
	if size == 0 {
		return nil, errors.Errorf("got shape %v without elements, want at least one", h.shape)
	}
	if limit := o.limit(); size > limit {
		return nil, errors.Errorf("shape %v: got %d bytes of numbers, want at most %d (in Go, Reader.MaxBytes reads more)", h.shape, size, limit)
	}
	values := h.format.values()
	chunk := make([]byte, min(size, 1<<16)) // a multiple of the size of a number
	for done := int64(0); done < size; {
		part := chunk[:min(size-done, int64(len(chunk)))]
		n, err := io.ReadFull(r, part)
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return nil, errors.Errorf("byte %d: the file ends after %d of the %d bytes of numbers that shape %v takes",
				h.size+done+int64(n), done+int64(n), size, h.shape)
		}
		if err != nil {
			return nil, errors.Wrapf(err, "byte %d", h.size+done+int64(n))
		}
		if err := values.add(part); err != nil {
			return nil, err
		}
		done += int64(n)
	}
	return values.tensor(h.shape, h.fortran), nil
}

func (o Reader) limit() int64 {
	if o.MaxBytes == 0 {
		return defaultMax
	}
	return o.MaxBytes
}
