package safetensors

import (
	"encoding/binary"
	"io"
	"os"
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A File is an open file of tensors. It may be used by several goroutines at once.
type File struct {
	// Metadata is what the header tells beside the tensors; nil if nothing.
	Metadata map[string]string

	infos  []Info
	byName map[string]int
	data   io.ReaderAt
	start  int64 // of the numbers
	closer io.Closer
}

// Open opens a file by its path.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "safetensors")
	}
	stat, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, errors.Wrap(err, "safetensors")
	}
	file, err := New(f, stat.Size())
	if err != nil {
		f.Close()
		return nil, errors.Wrap(err, path)
	}
	file.closer = f
	return file, nil
}

// New reads the header of a file of so many bytes.
func New(r io.ReaderAt, size int64) (*File, error) {
	header, err := readHeader(r, size)
	if err != nil {
		return nil, errors.Wrap(err, "safetensors")
	}
	f := &File{data: r, start: 8 + int64(len(header)), byName: make(map[string]int)}
	if f.infos, f.Metadata, err = parseHeader(header, size-f.start); err != nil {
		return nil, errors.Wrap(err, "safetensors")
	}
	for i, info := range f.infos {
		f.byName[info.Name] = i
	}
	return f, nil
}

// readHeader reads the header's bytes.
func readHeader(r io.ReaderAt, size int64) ([]byte, error) {
	var length [8]byte
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, errors.Errorf("got a file of %d bytes, want at least 8 with the length of the header", size)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, errors.Errorf("got a header of %d bytes in a file of %d, want one that fits, of %d at most (is it a safetensors file?)", n, size, maxHeader)
	}
	header := make([]byte, n)
	_, err := io.ReadFull(io.NewSectionReader(r, 8, int64(n)), header)
	return header, errors.Wrap(err, "the header")
}

// Tensors describes the tensors, in the order of their bytes.
func (f *File) Tensors() []Info { return slices.Clone(f.infos) }

// Info describes the tensor of this name, if the file has it.
func (f *File) Info(name string) (info Info, has bool) {
	i, has := f.byName[name]
	if has {
		info = f.infos[i]
	}
	return info, has
}

// Has tells whether the file has a tensor of this name.
func (f *File) Has(name string) bool { _, has := f.byName[name]; return has }

// Tensor reads a tensor. A scalar has shape ().
func (f *File) Tensor(name string) (*tensor.Dense, error) {
	i, has := f.byName[name]
	if !has {
		return nil, errors.Errorf("safetensors: got no tensor %q in the file, which has %d", name, len(f.infos))
	}
	info := f.infos[i]
	if info.Elements() == 0 {
		return nil, errors.Errorf("safetensors: tensor %q: got shape %v without elements, want at least one", name, info.Shape)
	}
	raw := make([]byte, info.end-info.start)
	if _, err := io.ReadFull(io.NewSectionReader(f.data, f.start+info.start, int64(len(raw))), raw); err != nil {
		return nil, errors.Wrapf(err, "safetensors: tensor %q", name)
	}
	return tensor.New(tensor.WithShape(info.Shape...), tensor.WithBacking(info.Dtype.Decode(raw))), nil
}

// Close closes a file that Open has opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
