package npy

import (
	"archive/zip"
	"io"
	"os"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/files"
)

// An Archive is an open NPZ file: a ZIP archive of NPY files. It may be used by several goroutines at once.
type Archive struct {
	reader Reader
	names  []string
	files  map[string]*zip.File
	closer io.Closer
}

// Open opens an NPZ file, as [Reader.Open].
func Open(path string) (*Archive, error) { return Reader{}.Open(path) }

// Open opens an NPZ file. Its arrays are read when [Archive.Tensor] asks for them.
func (o Reader) Open(path string) (*Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, errors.Wrap(err, "npy")
	}
	info, err := f.Stat()
	if err == nil {
		var a *Archive
		if a, err = o.newArchive(f, info.Size()); err == nil {
			a.closer = f
			return a, nil
		}
	}
	f.Close()
	return nil, errors.Wrapf(err, "npy: %s", path)
}

// NewArchive reads the directory of an NPZ file of so many bytes.
func (o Reader) NewArchive(r io.ReaderAt, size int64) (*Archive, error) {
	a, err := o.newArchive(r, size)
	return a, errors.Wrap(err, "npy")
}

func (o Reader) newArchive(r io.ReaderAt, size int64) (*Archive, error) {
	directory, err := files.Zip(r, size)
	if err != nil {
		return nil, errors.Wrap(err, "want a ZIP archive of NPY files")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1<<20 + 100*size
	}
	a := &Archive{reader: o, files: make(map[string]*zip.File)}
	left := uint64(o.MaxBytes)
	for _, f := range directory.File {
		name, isArray := strings.CutSuffix(f.Name, ".npy")
		if !isArray {
			continue
		}
		if a.files[name] != nil {
			return nil, errors.Errorf("got two arrays %q, want a name for each", name)
		}
		if f.UncompressedSize64 > left {
			return nil, errors.Errorf("array %q: got an archive of %d bytes that unpacks to more than %d, want less (in Go, Reader.MaxBytes reads more)",
				name, size, o.MaxBytes)
		}
		left -= f.UncompressedSize64
		a.names, a.files[name] = append(a.names, name), f
	}
	return a, nil
}

// Names lists the arrays in the order of the file.
func (a *Archive) Names() []string { return append([]string(nil), a.names...) }

// Tensor reads an array. An error tells of numbers whose checksum is not that of the archive.
func (a *Archive) Tensor(name string) (*tensor.Dense, error) {
	f := a.files[name]
	if f == nil {
		return nil, errors.Errorf("npy: got no array %q in the archive, want one of %q", name, a.names)
	}
	r, err := f.Open()
	if err != nil {
		return nil, errors.Wrapf(err, "npy: array %q", name)
	}
	defer r.Close()
	t, err := Reader{MaxBytes: max(1, int64(f.UncompressedSize64))}.readOnly(r) // 0 is no bound
	return t, errors.Wrapf(files.Damaged(err, f), "npy: array %q", name)
}

// Close closes a file that Open has opened.
func (a *Archive) Close() error {
	if a.closer == nil {
		return nil
	}
	return a.closer.Close()
}
