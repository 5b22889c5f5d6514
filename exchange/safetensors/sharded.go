package safetensors

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/internal/files"
)

// A Sharded is an open model in several files with an index, "model.safetensors.index.json", as Hugging Face keeps large ones. Its files are
// opened when a tensor of theirs is read. It must not be used by several goroutines at once.
type Sharded struct {
	// Metadata is what the index tells beside the tensors.
	Metadata map[string]any

	folder string
	files  map[string]string // by the names of tensors
	names  []string
	open   map[string]*File
}

// index is the JSON of an index file.
type index struct {
	Metadata  map[string]any    `json:"metadata"`
	WeightMap map[string]string `json:"weight_map"`
}

// maxIndex is the largest index file that is read.
const maxIndex = 64 << 20

// OpenSharded opens a model by the path of its index. The files that it names must lie in the same folder.
func OpenSharded(path string) (*Sharded, error) {
	s, err := openSharded(path)
	return s, errors.Wrapf(err, "safetensors: %s", path)
}

func openSharded(path string) (*Sharded, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxIndex+1))
	if err != nil || len(raw) > maxIndex {
		return nil, errors.Errorf("got an index of more than %d bytes, or error %v", maxIndex, err)
	}
	var i index
	if err := json.Unmarshal(raw, &i); err != nil {
		return nil, errors.Wrap(err, "want an index: a JSON object with weight_map")
	}
	if len(i.WeightMap) == 0 {
		return nil, errors.New("got no weight_map, want an index that names the file of each tensor")
	}
	for _, name := range slices.Sorted(maps.Keys(i.WeightMap)) {
		if file := i.WeightMap[name]; !filepath.IsLocal(file) || strings.ContainsAny(file, `/\`) {
			return nil, errors.Errorf("tensor %q: got file %q, want one beside the index", name, file)
		}
	}
	return &Sharded{
		Metadata: i.Metadata, folder: filepath.Dir(path), files: i.WeightMap,
		names: slices.Sorted(maps.Keys(i.WeightMap)), open: make(map[string]*File),
	}, nil
}

// Names lists the tensors in the order of their names.
func (s *Sharded) Names() []string { return slices.Clone(s.names) }

// File opens the file of a tensor. It stays open until [Sharded.Close].
func (s *Sharded) File(tensor string) (*File, error) {
	name, has := s.files[tensor]
	if !has {
		return nil, errors.Errorf("safetensors: got no tensor %q in the index, which has %d", tensor, len(s.files))
	}
	if s.open[name] == nil {
		path := filepath.Join(s.folder, name)
		f, err := Open(path)
		if err != nil && isArchive(path) {
			return nil, errors.Errorf("safetensors: %s: got a ZIP archive, as torch.save writes, want safetensors as the index of a model in several files names them "+
				"(read each file alone, or save the model in this format)", path)
		}
		if err != nil {
			return nil, err
		}
		s.open[name] = f
	}
	return s.open[name], nil
}

// isArchive reports whether a file begins as a ZIP archive.
func isArchive(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	return files.IsZip(f)
}

// Tensor reads a tensor. A scalar has shape ().
func (s *Sharded) Tensor(name string) (*tensor.Dense, error) {
	f, err := s.File(name)
	if err != nil {
		return nil, err
	}
	return f.Tensor(name)
}

// Close closes all files.
func (s *Sharded) Close() error {
	var first error
	for _, f := range s.open {
		if err := f.Close(); first == nil {
			first = err
		}
	}
	return first
}

// WriteSharded writes tensors to files of at most so many bytes of numbers each, or of one tensor that is larger, and an index. The path is
// that of the index, "folder/model.safetensors.index.json"; the files are "folder/model-00001-of-00003.safetensors" and so on. Each file is
// whole or absent, and the index is written last.
func WriteSharded(path string, most int64, tensors ...Named) error {
	base, isIndex := strings.CutSuffix(path, ".safetensors.index.json")
	if !isIndex || most <= 0 {
		return errors.Errorf("safetensors: got path %q and %d bytes, want a path that ends in .safetensors.index.json and at least one byte", path, most)
	}
	shards, total, err := shardsOf(tensors, most)
	if err != nil {
		return errors.Wrap(err, "safetensors")
	}
	i := index{Metadata: map[string]any{"total_size": total}, WeightMap: make(map[string]string)}
	for k, shard := range shards {
		name := fmt.Sprintf("%s-%05d-of-%05d.safetensors", base, k+1, len(shards))
		if err := files.Write(name, func(w io.Writer) error { return Write(w, nil, shard...) }); err != nil {
			return errors.Wrap(err, "safetensors")
		}
		for _, t := range shard {
			i.WeightMap[t.Name] = filepath.Base(name)
		}
	}
	raw, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return errors.Wrap(err, "safetensors")
	}
	err = files.Write(path, func(w io.Writer) error { _, err := w.Write(append(raw, '\n')); return err })
	return errors.Wrap(err, "safetensors")
}

// shardsOf splits tensors in their order.
func shardsOf(tensors []Named, most int64) (shards [][]Named, total int64, err error) {
	room := int64(0)
	seen := make(map[string]bool)
	for _, t := range tensors {
		switch {
		case seen[t.Name]:
			return nil, 0, errors.Errorf("got the name %q twice, want each once", t.Name)
		case t.Value == nil:
			return nil, 0, errors.Errorf("tensor %q is nil", t.Name)
		}
		seen[t.Name] = true
		dtype, err := dtypeOf(t.Value)
		if err != nil {
			return nil, 0, errors.Wrapf(err, "tensor %q", t.Name)
		}
		size := int64(t.Value.Shape().TotalSize() * dtype.Size())
		if size > room || shards == nil {
			shards, room = append(shards, nil), most
		}
		last := len(shards) - 1
		shards[last] = append(shards[last], t)
		room, total = room-size, total+size
	}
	return shards, total, nil
}
