package inspect

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/exchange/npy"
	"github.com/gradflow/gradflow/exchange/pt"
	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/onnxfile"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// File reads a file, as [Read] does, or the index of a model in several files: a name that ends in .json.
func File(path string, visit func(Tensor) error) error {
	f, err := os.Open(path)
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	if stat.IsDir() {
		return errors.New("inspect: got a folder, want a file of tensors, such as " + filepath.Join(path, "parameters.safetensors"))
	}
	if strings.HasSuffix(path, ".json") {
		return sharded(path, visit)
	}
	start := make([]byte, onnxfile.StartSize)
	if n, _ := f.ReadAt(start, 0); onnxfile.Is(start[:n]) { // its numbers may be in files beside it
		m, err := onnxfile.Open(path)
		if err != nil {
			return errors.Wrap(err, "inspect")
		}
		return constantsOf(m, visit)
	}
	return Read(f, stat.Size(), visit)
}

// sharded reads the tensors of an index, in the order of their names.
func sharded(path string, visit func(Tensor) error) error {
	s, err := safetensors.OpenSharded(path)
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	defer s.Close()
	for _, name := range s.Names() {
		f, err := s.File(name)
		if err != nil {
			return errors.Wrap(err, "inspect")
		}
		info, has := f.Info(name)
		if !has {
			return errors.Errorf("inspect: tensor %q: got none in the file that the index names, want it there", name)
		}
		if err := pieces(name, info.Dtype, info.Shape, f.Chunks, visit); err != nil {
			return err
		}
	}
	return nil
}

// Read reads a file of so many bytes and gives each of its tensors to visit, in the order of the file. The kind of the file follows from its
// first bytes. An error of visit ends the reading.
func Read(r io.ReaderAt, size int64, visit func(Tensor) error) error {
	start := make([]byte, onnxfile.StartSize)
	n, err := r.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return errors.Wrap(err, "inspect")
	}
	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("\x93NUMPY")):
		return array(io.NewSectionReader(r, 0, size), visit)
	case bytes.HasPrefix(start, []byte("PK\x03\x04")), bytes.HasPrefix(start, []byte("PK\x05\x06")):
		return archive(r, size, visit)
	case pt.IsOld(start):
		_, err := pt.New(r, size)
		return errors.Wrap(err, "inspect")
	case onnxfile.Is(start):
		return constants(r, size, visit)
	case files.IsGzip(start):
		return errors.Wrap(files.ErrGzip, "inspect")
	}
	return tensors(r, size, start, visit)
}

// tensors reads a safetensors file that begins so. Its first bytes are a size, which may look like the start of a pickle.
func tensors(r io.ReaderAt, size int64, start []byte, visit func(Tensor) error) error {
	f, err := safetensors.New(r, size)
	if err != nil && pt.IsPickle(start) {
		_, err = pt.New(r, size)
		return errors.Wrap(err, "inspect")
	}
	if err != nil {
		return errors.Wrap(err, "inspect: neither an NPY nor an NPZ file, and no safetensors file either")
	}
	if err := checkpoint.Verify(r, size, f.Metadata); err != nil {
		return errors.Wrap(err, "inspect")
	}
	for _, info := range f.Tensors() {
		if err := pieces(info.Name, info.Dtype, info.Shape, f.Chunks, visit); err != nil {
			return err
		}
	}
	return nil
}

// pieces reads a tensor by a method Chunks.
func pieces(name string, dtype safetensors.Dtype, shape []int, chunks func(string, func(any) error) error, visit func(Tensor) error) error {
	s := newStatistics(name, string(dtype), shape, false)
	if err := chunks(name, s.add); err != nil {
		return errors.Wrap(err, "inspect")
	}
	return visit(s.tensor())
}

// array reads an NPY file, whose array has no name.
func array(r io.Reader, visit func(Tensor) error) error {
	var s *statistics
	r = bufio.NewReader(r)
	err := npy.Chunks(r, func(i npy.Info) error {
		s = newStatistics("", i.Dtype, i.Shape, i.Fortran)
		return nil
	}, func(v any) error { return s.add(v) })
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	if n, _ := io.ReadFull(r, make([]byte, 1)); n > 0 {
		return errors.New("inspect: got more bytes after the array, want none")
	}
	return visit(s.tensor())
}

// archive reads a ZIP archive: a file of PyTorch's or an NPZ file.
func archive(r io.ReaderAt, size int64, visit func(Tensor) error) error {
	if _, err := files.Zip(r, size); err != nil {
		return errors.Wrap(err, "inspect: want a whole ZIP archive of torch.save or NPZ")
	}
	if pt.Is(r, size) {
		return torchFile(r, size, visit)
	}
	a, err := npy.Reader{}.NewArchive(r, size)
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	if len(a.Names()) == 0 {
		return errors.New("inspect: got a ZIP archive without arrays, want an NPZ file or one of PyTorch's")
	}
	for _, name := range a.Names() {
		var s *statistics
		err := a.Chunks(name, func(i npy.Info) error {
			s = newStatistics(name, i.Dtype, i.Shape, i.Fortran)
			return nil
		}, func(v any) error { return s.add(v) })
		if err != nil {
			return errors.Wrap(err, "inspect")
		}
		if err := visit(s.tensor()); err != nil {
			return err
		}
	}
	return nil
}

// torchFile reads a file that torch.save has written.
func torchFile(r io.ReaderAt, size int64, visit func(Tensor) error) error {
	f, err := pt.New(r, size)
	if err != nil {
		return errors.Wrap(err, "inspect")
	}
	for _, info := range f.Tensors() {
		if err := pieces(info.Name, info.Dtype, info.Shape, f.Chunks, visit); err != nil {
			return err
		}
	}
	return nil
}
