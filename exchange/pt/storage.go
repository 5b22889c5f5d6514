package pt

import (
	"archive/zip"
	"io"
	"math"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/exchange/safetensors"
)

// storageTypes are the elements of torch's classes of storages.
var storageTypes = map[string]safetensors.Dtype{
	"DoubleStorage": safetensors.F64, "FloatStorage": safetensors.F32, "HalfStorage": safetensors.F16, "BFloat16Storage": safetensors.BF16,
	"LongStorage": safetensors.I64, "IntStorage": safetensors.I32, "ShortStorage": safetensors.I16, "CharStorage": safetensors.I8,
	"ByteStorage": safetensors.U8, "BoolStorage": safetensors.Bool, "ComplexFloatStorage": safetensors.C64, "ComplexDoubleStorage": safetensors.C128,
}

// storages are the entries of the archive that hold numbers, by their keys.
type storages struct {
	file    io.ReaderAt
	entries map[string]*entry
}

// A storage is one of them: numbers that tensors share.
type storage struct {
	dtype    safetensors.Dtype
	elements int64
	entry    *entry
	data     *io.SectionReader
}

// find opens a storage. Its entry must not be compressed, as torch.save never does, so that its size is that in the file.
func (s *storages) find(key string, dtype safetensors.Dtype, elements int64) (*storage, error) {
	entry := s.entries[key]
	if entry == nil {
		return nil, errors.Errorf("got no numbers for storage %q in the archive", key)
	}
	if entry.Method != zip.Store {
		return nil, errors.Errorf("storage %q: got compressed numbers, want them as they are", key)
	}
	at, err := entry.DataOffset()
	if err != nil {
		return nil, errors.Wrapf(err, "storage %q", key)
	}
	size := int64(entry.UncompressedSize64)
	if want := int64(dtype.Size()); elements < 0 || size < 0 || elements > size/want {
		return nil, errors.Errorf("storage %q: got %d bytes, want %d elements of %d", key, size, elements, want)
	}
	return &storage{dtype: dtype, elements: elements, entry: entry, data: io.NewSectionReader(s.file, at, size)}, nil
}

// A view is a tensor: elements of a storage, some strides apart.
type view struct {
	storage *storage
	offset  int64 // of its first element
	shape   []int
	strides []int64
}

// newView checks that a view lies within its storage, and has no more elements than that.
func newView(s *storage, offset int64, shape []int, strides []int64) (*view, error) {
	if len(shape) != len(strides) {
		return nil, errors.Errorf("a tensor: got %d sizes and %d strides, want as many", len(shape), len(strides))
	}
	last, elements := offset, int64(1)
	for i, n := range shape {
		if n < 0 || strides[i] < 0 || n > 0 && elements > math.MaxInt64/int64(n) || n > 1 && strides[i] > (math.MaxInt64-max(last, 0))/int64(n-1) {
			return nil, errors.Errorf("a tensor: got shape %v and strides %v, want some that can be counted", shape, strides)
		}
		elements *= int64(n)
		if n > 1 {
			last += int64(n-1) * strides[i]
		}
	}
	if elements > 0 && (offset < 0 || last >= s.elements) {
		return nil, errors.Errorf("a tensor: got elements %d to %d of a storage of %d", offset, last, s.elements)
	}
	if elements > s.elements {
		return nil, errors.Errorf("a tensor: got %d elements in a storage of %d, want no more than that (save an expanded tensor as a contiguous one)", elements, s.elements)
	}
	return &view{storage: s, offset: offset, shape: shape, strides: strides}, nil
}

func (v *view) elements() int64 {
	n := int64(1)
	for _, size := range v.shape {
		n *= int64(size)
	}
	return n
}

// contiguous reports whether the elements lie one after another, in row-major order.
func (v *view) contiguous() bool {
	want := int64(1)
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] > 1 && v.strides[i] != want {
			return false
		}
		want *= int64(v.shape[i])
	}
	return true
}

// bytes reads the elements in row-major order.
func (v *view) bytes() ([]byte, error) {
	size := int64(v.storage.dtype.Size())
	if v.contiguous() {
		return v.storage.read(v.offset, v.elements())
	}
	all, err := v.storage.read(0, v.storage.elements)
	if err != nil {
		return nil, err
	}
	raw := make([]byte, 0, v.elements()*size)
	index := make([]int, len(v.shape))
	for range v.elements() {
		at := v.offset
		for i, k := range index {
			at += int64(k) * v.strides[i]
		}
		raw = append(raw, all[at*size:(at+1)*size]...)
		v.advance(index)
	}
	return raw, nil
}

// advance counts an index up in row-major order.
func (v *view) advance(index []int) {
	for i := len(index) - 1; i >= 0; i-- {
		if index[i]++; index[i] < v.shape[i] {
			return
		}
		index[i] = 0
	}
}

// verify returns an error if the numbers are not those that were written.
func (s *storage) verify() error { return s.entry.verify(s.data) }

// read reads elements of a storage.
func (s *storage) read(first, elements int64) ([]byte, error) {
	size := int64(s.dtype.Size())
	raw := make([]byte, elements*size)
	_, err := io.ReadFull(io.NewSectionReader(s.data, first*size, int64(len(raw))), raw)
	return raw, err
}
