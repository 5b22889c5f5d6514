package checkpoint

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
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
	if err := verify(content); err != nil {
		return nil, err
	}
	f, err := safetensors.New(bytes.NewReader(content), int64(len(content)))
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

// verify compares the content with its checksum.
func verify(content []byte) error {
	key := []byte(`"` + checksumKey + `":"`)
	at := bytes.Index(content, key)
	if at < 0 || len(content)-at-len(key) < len(noChecksum) {
		return damaged("got %d bytes without a checksum", len(content))
	}
	at += len(key)
	if got, want := string(content[at:at+len(noChecksum)]), checksum(content, at); got != want {
		return damaged("got the checksum %.16q, want %.16q", got, want)
	}
	return nil
}

// checksum is the checksum of a content that holds it at a place.
func checksum(content []byte, at int) string {
	sum := sha256.New()
	sum.Write(content[:at])
	sum.Write([]byte(noChecksum))
	sum.Write(content[at+len(noChecksum):])
	return hex.EncodeToString(sum.Sum(nil))
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
