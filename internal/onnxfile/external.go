package onnxfile

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/files"
)

// An External tells where the numbers of a tensor are that its file does not hold, as those of models above 2 GB.
type External struct {
	Location string // path of a file of raw bytes, from the folder of the model
	Offset   int64  // of the first byte
	Length   int64  // in bytes; 0 if the file does not tell
}

// Open reads the model in a file, with the numbers that it has in files beside it. Tensors whose file is not there stay External.
func Open(path string) (*Model, error) {
	contents, err := files.ReadRegular(path)
	if err != nil {
		return nil, err
	}
	m, err := Read(contents)
	if err != nil {
		return nil, err
	}
	for _, t := range m.Graph.tensors() {
		if err := t.fetch(filepath.Dir(path)); err != nil {
			return nil, errors.Wrapf(err, "tensor %q", t.Name)
		}
	}
	return m, nil
}

// tensors lists all tensors of a graph and of those inside it.
func (g *Graph) tensors() (list []*Tensor) {
	list = append(list, g.Initializers...)
	for _, n := range g.Nodes {
		for _, a := range n.Attributes {
			if a.Tensor != nil {
				list = append(list, a.Tensor)
			}
			if a.Graph != nil {
				list = append(list, a.Graph.tensors()...)
			}
		}
	}
	return list
}

// fetch reads the numbers from a file in a folder, if it is there.
func (t *Tensor) fetch(folder string) error {
	if t.External == nil {
		return nil
	}
	e := *t.External
	if !filepath.IsLocal(filepath.FromSlash(e.Location)) {
		return errors.Errorf("its numbers are in the file %q: want one beside the model", e.Location)
	}
	elements, err := t.Size()
	if err != nil {
		return err
	}
	size := int64(elements) * int64(t.Type.size())
	if e.Length != 0 && e.Length != size || e.Offset < 0 {
		return errors.Errorf("its numbers are in the file %q: got %d bytes from %d on, want %d for shape %v of %v", e.Location, e.Length, e.Offset, size, t.Shape, t.Type)
	}
	path := filepath.Join(folder, filepath.FromSlash(e.Location))
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular() || size > info.Size()-e.Offset:
		return errors.Errorf("its numbers are in %s: got a file of %d bytes, want %d from %d on (perhaps it is cut, or of another model)", path, info.Size(), size, e.Offset)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	raw := make([]byte, size)
	if _, err := io.ReadFull(io.NewSectionReader(f, e.Offset, size), raw); err != nil {
		return errors.Wrap(err, path)
	}
	t.Raw, t.External = raw, nil
	return nil
}

// Elsewhere is the error of numbers that are in a file that was not read; nil if the tensor has its numbers.
func (t *Tensor) Elsewhere() error {
	if t.External == nil {
		return nil
	}
	return errors.Errorf("its numbers are in another file, %q: got none beside the model, want it in the model's folder under this name (or the model saved as one file)",
		t.External.Location)
}

// readExternal adds a key and its value.
func (e *External) readExternal(message []byte) error {
	key, value := "", ""
	err := each(message, func(f field) error {
		switch f.id {
		case 1:
			key = string(f.bytes)
		case 2:
			value = string(f.bytes)
		}
		return nil
	})
	if err != nil {
		return err
	}
	switch key {
	case "location":
		e.Location = value
	case "offset":
		e.Offset, err = strconv.ParseInt(value, 10, 64)
	case "length":
		e.Length, err = strconv.ParseInt(value, 10, 64)
	}
	return errors.Wrapf(err, "%s of its numbers", key)
}
