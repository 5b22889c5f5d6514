package onnx

import (
	"slices"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"

	"github.com/gradflow/gradflow/graph"
	"github.com/gradflow/gradflow/internal/onnxfile"
)

// newestOpset is the newest version of ONNX's operations that is read; older ones are read too.
const newestOpset = 22

// A File is a model that was read from a file.
type File struct {
	// Producer names the program that wrote the file, and Opset is the version of its operations.
	Producer string
	Opset    int

	graph *onnxfile.Graph
}

// Open reads a file. It is read whole, with the numbers that it has in files beside it (external data).
func Open(path string) (*File, error) {
	m, err := onnxfile.Open(path)
	if err != nil {
		return nil, errors.Wrap(errors.Wrap(err, "onnx"), path)
	}
	f, err := fileOf(m)
	return f, errors.Wrap(err, path)
}

// Read reads the contents of a file. The File keeps them. Numbers in other files are not found, as the folder is not known: see [Open].
func Read(contents []byte) (*File, error) {
	m, err := onnxfile.Read(contents)
	if err != nil {
		return nil, errors.Wrap(err, "onnx")
	}
	return fileOf(m)
}

func fileOf(m *onnxfile.Model) (*File, error) {
	opset, has := m.Opsets[""]
	switch {
	case len(m.Opsets) == 0 && m.IR >= 3:
		return nil, errors.New("onnx: the file names no opset (perhaps it is cut)")
	case !has: // as in files of version 2, and in those that have only operations of others
		opset = 1
	}
	if opset < 1 || opset > newestOpset {
		return nil, errors.Errorf("onnx: got opset %d, want 1 to %d (export the model for an older opset)", opset, newestOpset)
	}
	return &File{Producer: m.Producer, Opset: int(opset), graph: m.Graph}, nil
}

// A Port is an input or an output of a file.
type Port struct {
	Name  string
	Type  string   // of its elements, as "float32"
	Shape []int    // 0 for an axis whose size is free; empty if the file does not tell
	Axes  []string // names of the free axes, as "batch"; "" for others
}

func portOf(p onnxfile.Port) Port {
	port := Port{Name: p.Name, Type: p.Type.String()}
	for _, d := range p.Shape {
		port.Shape, port.Axes = append(port.Shape, d.Size), append(port.Axes, d.Name)
	}
	return port
}

// Ports lists the inputs that a file wants values for, and its outputs.
func (f *File) Ports() (inputs, outputs []Port) {
	for _, in := range f.fed() {
		inputs = append(inputs, portOf(in))
	}
	for _, out := range f.graph.Outputs {
		outputs = append(outputs, portOf(out))
	}
	return inputs, outputs
}

// fed lists the inputs that are no constants.
func (f *File) fed() (list []onnxfile.Port) {
	constants := make(map[string]bool)
	for _, t := range f.graph.Initializers {
		constants[t.Name] = true
	}
	for _, in := range f.graph.Inputs {
		if !constants[in.Name] {
			list = append(list, in)
		}
	}
	return list
}

// Inputs are the inputs of a program of the model for batches of some samples: the first axis of each input gets this size if it is
// free. Inputs that Options.Fixed names are left out. Another free axis is an error: give these inputs their shapes yourself.
func (f *File) Inputs(batch int, o Options) (list []graph.Input, err error) {
	for _, in := range f.fed() {
		if o.Fixed[in.Name] != nil {
			continue
		}
		input := graph.Input{Name: in.Name, Shape: tensor.Shape{}}
		if in.Type.IsInteger() {
			input.Dtype = tensor.Int
		}
		for i, d := range in.Shape {
			switch {
			case d.Size > 0:
				input.Shape = append(input.Shape, d.Size)
			case i == 0:
				input.Shape = append(input.Shape, batch)
			default:
				return nil, errors.Errorf("onnx: input %q: axis %d is free (%s): got no size for it, want a graph.Input of your own with its size",
					in.Name, i, d.Name)
			}
		}
		if len(input.Shape) == 0 {
			input.Shape = tensor.Shape{1}
		}
		list = append(list, input)
	}
	return list, nil
}

// Operators counts the operations of the file by their names, those inside graphs of operations too.
func (f *File) Operators() map[string]int {
	counts := make(map[string]int)
	countOperators(f.graph, counts)
	return counts
}

func countOperators(g *onnxfile.Graph, counts map[string]int) {
	for _, n := range g.Nodes {
		counts[n.Op]++
		for _, a := range n.Attributes {
			if a.Graph != nil {
				countOperators(a.Graph, counts)
			}
		}
	}
}

// Unsupported lists the operations of the file that cannot be read, in the order of the alphabet.
func (f *File) Unsupported() (names []string) {
	for name := range f.Operators() {
		if _, known := operators[name]; !known {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
