package onnxtest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/pkg/errors"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// Dir is where Debian's package puts the tests.
const Dir = "/usr/share/libonnx-testdata/data"

// Folders have tests of operations; PyTorch has computed the outputs of the next two after the first.
var Folders = []string{"node", "pytorch-converted", "pytorch-operator", "simple"}

// A Tensor is a tensor with its numbers; of strings they are nil. What is no tensor has the type Undefined.
type Tensor struct {
	Name    string
	Type    onnxfile.Type
	Shape   []int
	Numbers []float64
}

// A Case is a model with inputs, and the outputs that it should give.
type Case struct {
	Name    string
	File    []byte
	Model   *onnxfile.Model
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
	err := c.read(filepath.Join(Dir, name))
	return c, errors.Wrap(err, name)
}

func (c *Case) read(folder string) (err error) {
	if c.File, err = os.ReadFile(filepath.Join(folder, "model.onnx")); err != nil {
		return errors.Wrap(err, "onnxtest")
	}
	if c.Model, err = onnxfile.Read(c.File); err != nil {
		return err
	}
	if c.Inputs, err = readTensors(filepath.Join(folder, "test_data_set_0", "input_%d.pb")); err != nil {
		return err
	}
	constants := make(map[string]bool)
	for _, t := range c.Model.Graph.Initializers {
		constants[t.Name] = true
	}
	var ports []onnxfile.Port
	for _, in := range c.Model.Graph.Inputs {
		if !constants[in.Name] {
			ports = append(ports, in)
		}
	}
	if err := name(c.Inputs, ports); err != nil {
		return err
	}
	for _, t := range c.Model.Graph.Initializers {
		c.Inputs = append(c.Inputs, numbersOf(t))
	}
	if c.Outputs, err = readTensors(filepath.Join(folder, "test_data_set_0", "output_%d.pb")); err != nil {
		return err
	}
	return name(c.Outputs, c.Model.Graph.Outputs)
}

// name gives tensors the names of the model. Numbers of bfloat16 are stored as their bits.
func name(list []*Tensor, ports []onnxfile.Port) error {
	if len(list) > len(ports) {
		return errors.Errorf("got %d tensors, want %d", len(list), len(ports))
	}
	for i, t := range list {
		t.Name = ports[i].Name
		if ports[i].Type == onnxfile.BFloat16 && t.Type == onnxfile.Uint16 {
			t.Type = onnxfile.BFloat16
			for k, bits := range t.Numbers {
				t.Numbers[k] = float64(math.Float32frombits(uint32(bits) << 16))
			}
		}
	}
	return nil
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
		t, err := onnxfile.ReadTensor(b)
		if err != nil { // the file holds no tensor, but a sequence
			t = &onnxfile.Tensor{}
		}
		list = append(list, numbersOf(t))
	}
}

func numbersOf(t *onnxfile.Tensor) *Tensor {
	numbers, err := t.Numbers()
	if err != nil && t.Type != onnxfile.String {
		return &Tensor{Name: t.Name}
	}
	return &Tensor{Name: t.Name, Type: t.Type, Shape: t.Shape, Numbers: numbers}
}
