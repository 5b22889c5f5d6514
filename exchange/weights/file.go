package weights

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/npy"
	"github.com/gradflow/gradflow/exchange/pt"
	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/files"
	"github.com/gradflow/gradflow/internal/onnxfile"
	"github.com/gradflow/gradflow/train/checkpoint"
)

// A File is what was read of a file of weights.
type File struct {
	Metadata map[string]string // of a safetensors file; nil for others
	Tensors  []safetensors.Named
	Empty    []string // names of the tensors without elements, which Gorgonia's cannot be
}

// Read reads all tensors of a file: safetensors, the index of a sharded one (a name that ends in .json), a file of torch.save, NPZ, NPY or ONNX. Its
// kind follows from its contents. The array of an NPY file has the name "". Of tensors without elements [File.Empty] has the names.
func Read(path string) (File, error) {
	f, err := read(path)
	return f, errors.Wrap(err, "weights")
}

func read(path string) (File, error) {
	if strings.HasSuffix(path, ".json") {
		return readSharded(path)
	}
	f, err := os.Open(path)
	if err != nil {
		return File{}, err
	}
	defer f.Close()
	stat, err := f.Stat()
	if err != nil {
		return File{}, err
	}
	start := make([]byte, onnxfile.StartSize)
	n, err := f.ReadAt(start, 0)
	if err != nil && err != io.EOF {
		return File{}, err
	}
	var read File
	switch start = start[:n]; {
	case bytes.HasPrefix(start, []byte("\x93NUMPY")):
		read, err = readArray(f)
	case bytes.HasPrefix(start, []byte("PK")):
		read, err = readArchive(f, stat.Size())
	case pt.IsOld(start):
		_, err = pt.New(f, stat.Size())
	case onnxfile.Is(start):
		read, err = readConstants(path)
	case files.IsGzip(start):
		err = files.ErrGzip
	default:
		if read, err = readSafetensors(f, stat.Size()); err != nil && pt.IsPickle(start) {
			_, err = pt.New(f, stat.Size())
		}
	}
	return read, errors.Wrap(err, path)
}

// add reads a tensor of a shape.
func (f *File) add(name string, shape []int, read func(string) (*tensor.Dense, error)) error {
	if slices.Contains(shape, 0) {
		f.Empty = append(f.Empty, name)
		return nil
	}
	t, err := read(name)
	if err == nil {
		f.Tensors = append(f.Tensors, safetensors.Named{Name: name, Value: t})
	}
	return err
}

func readSafetensors(r io.ReaderAt, size int64) (File, error) {
	in, err := safetensors.New(r, size)
	if err != nil {
		return File{}, errors.Wrap(err, "want a file of safetensors, torch.save, NPZ, NPY or ONNX")
	}
	if err := checkpoint.Verify(r, size, in.Metadata); err != nil {
		return File{}, err
	}
	f := File{Metadata: in.Metadata}
	for _, info := range in.Tensors() {
		if err := f.add(info.Name, info.Shape, in.Tensor); err != nil {
			return File{}, err
		}
	}
	return f, nil
}

func readSharded(path string) (f File, _ error) {
	s, err := safetensors.OpenSharded(path)
	if err != nil {
		return f, err
	}
	defer s.Close()
	for _, name := range s.Names() {
		shard, err := s.File(name)
		if err != nil {
			return File{}, err
		}
		info, _ := shard.Info(name)
		if err := f.add(name, info.Shape, s.Tensor); err != nil {
			return File{}, err
		}
	}
	return f, nil
}

func readArray(r io.Reader) (File, error) {
	b := bufio.NewReader(r)
	t, err := npy.Read(b)
	if err != nil {
		return File{}, err
	}
	if _, err := b.ReadByte(); err == nil {
		return File{}, errors.New("got more bytes after the array, want none")
	}
	return File{Tensors: []safetensors.Named{{Value: t}}}, nil
}

func readArchive(r io.ReaderAt, size int64) (File, error) {
	if _, err := files.Zip(r, size); err != nil {
		return File{}, errors.Wrap(err, "want a whole ZIP archive of torch.save or NPZ")
	}
	if pt.Is(r, size) {
		return readTorch(r, size)
	}
	a, err := npy.Reader{}.NewArchive(r, size)
	if err != nil {
		return File{}, err
	}
	if len(a.Names()) == 0 {
		return File{}, errors.New("got a ZIP archive without arrays, want an NPZ file or one of torch.save")
	}
	var f File
	for _, name := range a.Names() {
		info, err := a.Info(name)
		if err != nil {
			return File{}, err
		}
		if err := f.add(name, info.Shape, a.Tensor); err != nil {
			return File{}, err
		}
	}
	return f, nil
}

func readTorch(r io.ReaderAt, size int64) (f File, _ error) {
	in, err := pt.New(r, size)
	if err != nil {
		return f, err
	}
	for _, info := range in.Tensors() {
		if err := f.add(info.Name, info.Shape, in.Tensor); err != nil {
			return File{}, err
		}
	}
	return f, nil
}

// shardBytes are the bytes of numbers in a file of a sharded model, as Hugging Face has them by default.
const shardBytes = 5_000_000_000

// Write writes tensors to a file in the format of its name: .safetensors, .safetensors.index.json (in files of 5 GB) or .npz. Metadata is
// kept by .safetensors alone. The file is whole or absent.
func Write(path string, metadata map[string]string, tensors ...safetensors.Named) error {
	switch {
	case strings.HasSuffix(path, ".safetensors"):
		err := files.Write(path, func(w io.Writer) error { return safetensors.Write(w, metadata, tensors...) })
		return errors.Wrap(err, "weights")
	case strings.HasSuffix(path, ".safetensors.index.json"):
		return errors.Wrap(safetensors.WriteSharded(path, shardBytes, tensors...), "weights")
	case strings.HasSuffix(path, ".npz"):
		arrays := make([]npy.Named, len(tensors))
		for i, t := range tensors {
			arrays[i] = npy.Named{Name: t.Name, Value: t.Value}
		}
		return errors.Wrap(npy.WriteArchive(path, arrays...), "weights")
	}
	return errors.Errorf("weights: got the name %q, want one that ends in .safetensors, .safetensors.index.json or .npz", path)
}
