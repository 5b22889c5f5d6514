package main

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	. "github.com/gomlx/gomlx/pkg/core/graph" //lint:ignore ST1001 formulas read better, as in GoMLX's own code
	"github.com/gomlx/gomlx/pkg/core/tensors"
	"github.com/pkg/errors"
)

// A trainer trains a network on the same batches over and over. Forward pass, gradients and update are one compiled graph. It
// takes the state, which is the parameters and the optimiser's moments, and returns the next state.
type trainer struct {
	backend backends.Backend
	exec    *Exec
	state   []*tensors.Tensor
	images  []*tensors.Tensor
	labels  []*tensors.Tensor
	steps   int
}

func newTrainer(folder string, c config, batch int, optimizer string) (*trainer, error) {
	if optimizer != "sgd" && optimizer != "adam" {
		return nil, errors.Errorf("gomlx: unknown optimiser: got %q, want sgd or adam", optimizer)
	}
	t := &trainer{}
	if err := t.load(folder, batch); err != nil {
		return nil, err
	}
	n := len(t.state)
	if optimizer == "adam" {
		for range 2 {
			for _, p := range t.state[:n] {
				t.state = append(t.state, tensors.FromShape(p.Shape()))
			}
		}
	}
	var err error
	if t.backend, err = simplego.New(""); err != nil {
		return nil, err
	}
	t.exec, err = NewExec(t.backend, func(in []*Node) []*Node {
		images, labels, count, state := in[0], in[1], in[2], in[3:]
		params := state[:n]
		d := &drawing{config: c, params: params}
		loss := crossEntropy(d.logits(images), labels)
		grads := Gradient(loss, params...)
		if optimizer == "sgd" {
			return append([]*Node{loss}, descend(c.Rate, params, grads)...)
		}
		next, m, v := adam(c.Rate, count, params, grads, state[n:2*n], state[2*n:])
		return slices.Concat([]*Node{loss}, next, m, v)
	})
	return t, err
}

// step makes one training step and returns the loss before it. The graph may reuse the memory of the old state.
func (t *trainer) step() (float32, error) {
	i := t.steps % len(t.images)
	t.steps++
	args := []any{t.images[i], t.labels[i], float32(t.steps)}
	for _, s := range t.state {
		buffer, err := DonateTensorBuffer(s, t.backend, 0)
		if err != nil {
			return 0, err
		}
		args = append(args, buffer)
	}
	out, err := t.exec.Exec(args...)
	if err != nil {
		return 0, err
	}
	t.state = out[1:]
	return tensors.ToScalar[float32](out[0]), out[0].FinalizeAll()
}

// load reads the export of gradflow's bench: the initial parameters and the batches.
func (t *trainer) load(folder string, batch int) error {
	text, err := os.ReadFile(filepath.Join(folder, "params.json"))
	if err != nil {
		return errors.WithStack(err)
	}
	var list []struct{ Shape []int }
	if err := json.Unmarshal(text, &list); err != nil {
		return errors.Wrap(err, "params.json")
	}
	weights, err := read[float32](folder, "weights.f32")
	if err != nil {
		return err
	}
	for _, p := range list {
		n := 1
		for _, d := range p.Shape {
			n *= d
		}
		t.state = append(t.state, tensors.FromFlatDataAndDimensions(weights[:n], p.Shape...))
		weights = weights[n:]
	}
	images, err := read[float32](folder, "images.f32")
	if err != nil {
		return err
	}
	labels, err := read[int64](folder, "labels.i64")
	if err != nil {
		return err
	}
	pixels := len(images) / len(labels)
	for i := 0; i < len(labels); i += batch {
		t.images = append(t.images, tensors.FromFlatDataAndDimensions(images[i*pixels:(i+batch)*pixels], batch, pixels))
		t.labels = append(t.labels, tensors.FromFlatDataAndDimensions(labels[i:i+batch], batch))
	}
	return nil
}

// read reads little-endian numbers.
func read[T float32 | int64](folder, name string) ([]T, error) {
	f, err := os.Open(filepath.Join(folder, name))
	if err != nil {
		return nil, errors.WithStack(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, errors.WithStack(err)
	}
	var zero T
	x := make([]T, info.Size()/int64(binary.Size(zero)))
	return x, errors.Wrap(binary.Read(f, binary.LittleEndian, x), name)
}
