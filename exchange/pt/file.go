package pt

import (
	"archive/zip"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/files"
)

// pickleName is the entry of the archive with the pickle.
const pickleName = "data.pkl"

// maxPickle is the largest pickle that is read. It has some 200 bytes for each tensor.
const maxPickle = 16 << 20

// old is how files begin that torch.save wrote before PyTorch 1.6: with a pickle of the number 0x1950a86a20f9469cfc6c, of which these are the first bytes.
const old = "\x80\x02\x8a\n\x6c\xfc\x9c\x46\xf9"

// IsOld reports whether a file that begins so is of the form that torch.save wrote before PyTorch 1.6. [New] says what to do with it.
func IsOld(start []byte) bool { return strings.HasPrefix(string(start), old) }

// IsPickle reports whether a file that begins so may be a pickle alone, as Python's pickle writes it: by the mark of protocols 2 to 5, or by
// how a dictionary or list begins in older ones. The start of a file of another kind may look the same. [New] says what to do with a pickle.
func IsPickle(start []byte) bool {
	if len(start) > 1 && start[0] == 0x80 {
		return start[1] >= 2 && start[1] <= 5
	}
	return slices.ContainsFunc([]string{"(dp", "(lp", "}q", "]q", "ccollections\n"}, func(prefix string) bool { return strings.HasPrefix(string(start), prefix) })
}

// A File is an open file of tensors. It may be used by several goroutines at once.
type File struct {
	// Values are what the containers hold beside tensors: numbers, texts and truth values, as "epoch" in a checkpoint. They have the Go
	// types int64, float64, string and bool.
	Values map[string]any

	tensors []named
	byName  map[string]int
	closer  io.Closer
}

// An Info describes a tensor of a file.
type Info struct {
	Name  string
	Dtype safetensors.Dtype
	Shape []int // empty for a scalar
}

// Open opens a file by its path.
func Open(name string) (*File, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, errors.Wrap(err, "pt")
	}
	stat, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, errors.Wrap(err, "pt")
	}
	file, err := New(f, stat.Size())
	if err != nil {
		f.Close()
		return nil, errors.Wrap(err, name)
	}
	file.closer = f
	return file, nil
}

// New reads what tensors there are in a file of so many bytes.
func New(r io.ReaderAt, size int64) (*File, error) {
	f, err := read(r, size)
	return f, errors.Wrap(err, "pt")
}

func read(r io.ReaderAt, size int64) (*File, error) {
	archive, err := files.Zip(r, size)
	if err != nil {
		return nil, noArchive(r, err)
	}
	stored := &storages{file: r, entries: make(map[string]*entry)}
	var program *zip.File
	for _, file := range archive.File {
		switch {
		case path.Base(file.Name) == pickleName && program == nil:
			program = file
		case path.Base(path.Dir(file.Name)) == "data":
			stored.entries[path.Base(file.Name)] = &entry{File: file}
		case path.Base(file.Name) == "byteorder":
			order, err := contents(file, 16)
			if err != nil {
				return nil, errors.Wrap(err, file.Name)
			}
			if strings.TrimSpace(string(order)) != "little" {
				return nil, errors.Errorf("got byte order %q, want little", order)
			}
		}
	}
	if program == nil {
		return nil, errors.New("got a ZIP archive without data.pkl, want one that torch.save has written")
	}
	raw, err := contents(program, maxPickle)
	if err != nil {
		return nil, errors.Wrap(err, program.Name)
	}
	root, err := unpickle(raw, stored)
	if err != nil {
		return nil, errors.Wrap(err, program.Name)
	}
	return list(root)
}

// noArchive says what a file is that is no ZIP archive, and how to save its tensors anew.
func noArchive(r io.ReaderAt, err error) error {
	start := make([]byte, len(old))
	n, _ := r.ReadAt(start, 0)
	switch start = start[:n]; {
	case IsOld(start):
		return errors.New(`got a file of the old form of torch.save, want a ZIP archive, as torch.save writes since PyTorch 1.6 (in Python, load it there ` +
			`and save it again: torch.save(torch.load("old.pt"), "new.pt"))`)
	case IsPickle(start):
		return errors.New(`got a pickle alone, which torch.save has not written, want a ZIP archive, as torch.save writes since PyTorch 1.6 (in Python, load ` +
			`it there and save it again: torch.save({name: torch.as_tensor(v) for name, v in pickle.load(open("old.pt", "rb")).items()}, "new.pt"))`)
	}
	return errors.Wrap(err, "want a ZIP archive, as torch.save writes since PyTorch 1.6")
}

// Is reports whether a file of so many bytes is a ZIP archive with a pickle, as torch.save writes it.
func Is(r io.ReaderAt, size int64) bool {
	archive, err := zip.NewReader(r, size)
	return err == nil && slices.ContainsFunc(archive.File, func(entry *zip.File) bool { return path.Base(entry.Name) == pickleName })
}

// contents reads an entry of at most so many bytes.
func contents(entry *zip.File, most int64) ([]byte, error) {
	r, err := entry.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, most+1))
	if err == nil && int64(len(raw)) > most {
		return nil, errors.Errorf("got more than %d bytes, want at most as many", most)
	}
	return raw, files.Damaged(err, entry)
}

// Tensors describes the tensors, in the order in which they were saved.
func (f *File) Tensors() []Info {
	infos := make([]Info, len(f.tensors))
	for i, t := range f.tensors {
		infos[i] = Info{Name: t.name, Dtype: t.value.storage.dtype, Shape: slices.Clone(t.value.shape)}
	}
	return infos
}

// Has tells whether the file has a tensor of this name.
func (f *File) Has(name string) bool { _, has := f.byName[name]; return has }

// Tensor reads a tensor, in row-major order, after it has compared the checksum of its numbers, and of those that share their storage. A scalar has shape (). Numbers of 16 bits become float32.
func (f *File) Tensor(name string) (*tensor.Dense, error) {
	i, has := f.byName[name]
	if !has {
		return nil, errors.Errorf("pt: got no tensor %q in the file, which has %d", name, len(f.tensors))
	}
	t := f.tensors[i].value
	if t.elements() == 0 {
		return nil, errors.Errorf("pt: tensor %q: got shape %v without elements, want at least one", name, t.shape)
	}
	if err := t.storage.verify(); err != nil {
		return nil, errors.Wrapf(err, "pt: tensor %q", name)
	}
	raw, err := t.bytes()
	if err != nil {
		return nil, errors.Wrapf(err, "pt: tensor %q", name)
	}
	return tensor.New(tensor.WithShape(t.shape...), tensor.WithBacking(t.storage.dtype.Decode(raw))), nil
}

// Close closes a file that Open has opened.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}
