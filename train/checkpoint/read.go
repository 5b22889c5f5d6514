package checkpoint

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/files"
)

// ErrDamaged is the cause of the error of a file that is not what was written: cut, changed, or no checkpoint.
var ErrDamaged = errors.New("the checkpoint is damaged")

// ErrVersion is the cause of the error of a checkpoint in a format of a later version.
var ErrVersion = errors.New("the checkpoint is of a later version")

// Read reads a checkpoint. If any bit of the file has changed since it was written, the error wraps [ErrDamaged].
func Read(path string) (*Checkpoint, error) {
	content, err := files.ReadRegular(path)
	if err != nil {
		return nil, errors.Wrap(err, "checkpoint")
	}
	c, err := decode(content)
	return c, errors.Wrapf(err, "checkpoint: %s", path)
}

// damaged is an error that wraps ErrDamaged.
func damaged(format string, args ...any) error { return errors.Wrapf(ErrDamaged, format, args...) }

// decode reads the content of a file.
func decode(content []byte) (*Checkpoint, error) {
	in, size := bytes.NewReader(content), int64(len(content))
	if err := verify(in, size); err != nil {
		return nil, err
	}
	f, err := safetensors.New(in, size)
	if err != nil {
		return nil, damaged("%v", err)
	}
	version, err := strconv.Atoi(f.Metadata[versionKey])
	if err != nil || version < 1 {
		return nil, damaged("got version %q, want a number", f.Metadata[versionKey])
	}
	if version > Version {
		return nil, errors.Wrapf(ErrVersion, "got version %d, want at most %d (use a newer gradflow)", version, Version)
	}
	c := &Checkpoint{Params: make(map[string]*tensor.Dense), Optimizer: make(map[string]*tensor.Dense), States: make(map[string]State)}
	if err := json.Unmarshal([]byte(f.Metadata[positionKey]), &c.Position); err != nil {
		return nil, damaged("the position: %v", err)
	}
	if c.Step < 0 || c.Epoch < 0 || c.Batch < 0 {
		return nil, damaged("the position: got step %d, epoch %d and batch %d, want at least 0", c.Step, c.Epoch, c.Batch)
	}
	for _, info := range f.Tensors() {
		t, err := f.Tensor(info.Name)
		if err != nil {
			return nil, damaged("%v", err)
		}
		if err := c.take(info.Name, t); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// take puts a tensor of a file in its place.
func (c *Checkpoint) take(name string, t *tensor.Dense) error {
	prefix, rest, _ := strings.Cut(name, ":")
	switch prefix + ":" {
	case paramPrefix:
		c.Params[rest] = t
	case averagePrefix:
		if c.Averaged == nil {
			c.Averaged = make(map[string]*tensor.Dense)
		}
		c.Averaged[rest] = t
	case optimizerPrefix:
		c.Optimizer[rest] = t
	case valuesPrefix:
		text, ok := t.Data().([]byte)
		if !ok || !json.Valid(text) {
			return damaged("tensor %q: got %v, want the bytes of JSON", name, t.Dtype())
		}
		s := c.States[rest]
		s.Values = json.RawMessage(text)
		c.States[rest] = s
	case tensorPrefix:
		state, of, _ := strings.Cut(rest, ":")
		s := c.States[state]
		if s.Tensors == nil {
			s.Tensors = make(map[string]*tensor.Dense)
		}
		s.Tensors[of] = t
		c.States[state] = s
	default:
		return damaged("got a tensor %q, want one of a checkpoint", name)
	}
	return nil
}
