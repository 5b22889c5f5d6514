package onnxtest

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pkg/errors"
)

// Dir is where Debian's package puts the tests.
const Dir = "/usr/share/libonnx-testdata/data"

// A Tensor is a tensor of float32; of another type it has no numbers.
type Tensor struct {
	Name    string
	Shape   []int
	Numbers []float64
}

// A Node is an operation with its attributes.
type Node struct {
	Op      string
	Inputs  []string // "" for one that is left out
	Outputs []string
	Ints    map[string][]int
	Floats  map[string]float64
	Strings map[string]string
}

// Int is an attribute that is one number, or what it is by default.
func (n *Node) Int(name string, missing int) int {
	if v := n.Ints[name]; len(v) == 1 {
		return v[0]
	}
	return missing
}

// Float is an attribute that is one number, or what it is by default.
func (n *Node) Float(name string, missing float64) float64 {
	if v, has := n.Floats[name]; has {
		return v
	}
	return missing
}

// A Case is a model with inputs, and the outputs that it should give.
type Case struct {
	Name    string
	Nodes   []*Node
	Inputs  []*Tensor // of the data set, then the model's constants; each has its name in the model
	Outputs []*Tensor // in the order of the model's outputs
}

// Input is the tensor of a name; nil if there is none.
func (c *Case) Input(name string) *Tensor {
	for _, t := range c.Inputs {
		if t.Name == name {
			return t
		}
	}
	return nil
}

// Read reads a test, such as "node/test_conv_with_strides_padding".
func Read(name string) (*Case, error) {
	c := &Case{Name: name}
	model, err := os.ReadFile(filepath.Join(Dir, name, "model.onnx"))
	if err != nil {
		return nil, errors.Wrap(err, "onnxtest")
	}
	names, constants, err := c.readModel(model)
	if err != nil {
		return nil, errors.Wrap(err, name)
	}
	if c.Inputs, err = readTensors(filepath.Join(Dir, name, "test_data_set_0", "input_%d.pb")); err != nil {
		return nil, errors.Wrap(err, name)
	}
	if len(c.Inputs) > len(names) {
		return nil, errors.Errorf("%s: got %d inputs, want %d", name, len(c.Inputs), len(names))
	}
	for i, t := range c.Inputs {
		t.Name = names[i]
	}
	c.Inputs = append(c.Inputs, constants...)
	c.Outputs, err = readTensors(filepath.Join(Dir, name, "test_data_set_0", "output_%d.pb"))
	return c, errors.Wrap(err, name)
}

// readTensors reads files until there is no next one.
func readTensors(pattern string) (list []*Tensor, err error) {
	for i := 0; ; i++ {
		b, err := os.ReadFile(fmt.Sprintf(pattern, i))
		if os.IsNotExist(err) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		t, err := readTensor(b)
		if err != nil {
			return nil, err
		}
		list = append(list, t)
	}
}
