package checkpoint

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/exchange/safetensors"
	"github.com/gradflow/gradflow/internal/files"
)

// Version is the version of the format. Files of a higher one are an error that wraps [ErrVersion].
const Version = 1

// The keys of the metadata.
const (
	versionKey  = "gradflow.checkpoint"
	checksumKey = "gradflow.checksum"
	positionKey = "gradflow.position"
)

// Write writes a checkpoint to a file. The file is whole or absent: one of that name is replaced at the end only.
func (c *Checkpoint) Write(path string) error {
	tensors, err := c.tensors()
	if err != nil {
		return err
	}
	position, err := json.Marshal(c.Position)
	if err != nil {
		return errors.Wrap(err, "checkpoint: the position")
	}
	metadata := map[string]string{versionKey: strconv.Itoa(Version), positionKey: string(position), checksumKey: noChecksum}
	sum := sha256.New()
	if err := safetensors.Write(sum, metadata, tensors...); err != nil {
		return errors.Wrap(err, "checkpoint")
	}
	metadata[checksumKey] = hex.EncodeToString(sum.Sum(nil))
	err = files.Write(path, func(w io.Writer) error {
		buffered := bufio.NewWriterSize(w, 1<<16)
		if err := safetensors.Write(buffered, metadata, tensors...); err != nil {
			return err
		}
		return buffered.Flush()
	})
	return errors.Wrap(err, "checkpoint")
}

// tensors lists all tensors under their names in the file, in an order that depends on the names alone.
func (c *Checkpoint) tensors() ([]safetensors.Named, error) {
	var list []safetensors.Named
	add := func(prefix string, tensors map[string]*tensor.Dense) {
		for _, name := range slices.Sorted(maps.Keys(tensors)) {
			list = append(list, safetensors.Named{Name: prefix + name, Value: tensors[name]})
		}
	}
	add(paramPrefix, c.Params)
	add(averagePrefix, c.Averaged)
	add(optimizerPrefix, c.Optimizer)
	for _, name := range slices.Sorted(maps.Keys(c.States)) {
		if strings.Contains(name, ":") {
			return nil, errors.Errorf("checkpoint: the name of a state: got %q, want one without a colon", name)
		}
		text, err := json.Marshal(c.States[name].Values)
		if err != nil {
			return nil, errors.Wrapf(err, "checkpoint: the state of %s", name)
		}
		add(valuesPrefix, map[string]*tensor.Dense{name: tensor.New(tensor.WithShape(len(text)), tensor.WithBacking(text))})
		add(tensorPrefix+name+":", c.States[name].Tensors)
	}
	return list, nil
}
