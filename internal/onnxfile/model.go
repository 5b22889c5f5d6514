package onnxfile

import (
	"math"

	"github.com/pkg/errors"
)

// A Model is a file.
type Model struct {
	IR       int64            // version of the format
	Producer string           // program that wrote the file
	Opsets   map[string]int64 // version of the operations, by domain; "" is ONNX's own
	Graph    *Graph
}

// A Graph is a list of nodes in an order in which they can be computed.
type Graph struct {
	Name         string
	Nodes        []*Node
	Initializers []*Tensor
	Inputs       []Port // in old files the initialisers too
	Outputs      []Port
}

// A Port is an input or an output of a graph.
type Port struct {
	Name  string
	Type  Type // Undefined if it is no tensor
	Shape []Dim
	Known bool // whether the file tells the number of dimensions
}

// A Dim is the size of an axis: a number, or a name such as "batch" for one that may change. Size is 0 if it is not known.
type Dim struct {
	Size int
	Name string
}

// A Node is an operation with its attributes.
type Node struct {
	Name, Op, Domain string
	Inputs, Outputs  []string // "" for one that is left out
	Attributes       map[string]*Attribute
}

// An Attribute of a node holds one of the values; Type tells which, by ONNX's numbers.
type Attribute struct {
	Type    AttributeType
	Float   float32
	Int     int64
	String  string
	Tensor  *Tensor
	Graph   *Graph
	Floats  []float32
	Ints    []int64
	Strings []string
}

// An AttributeType tells which field of an attribute has its value.
type AttributeType int

// The types of attributes.
const (
	AttributeFloat   AttributeType = 1
	AttributeInt     AttributeType = 2
	AttributeString  AttributeType = 3
	AttributeTensor  AttributeType = 4
	AttributeGraph   AttributeType = 5
	AttributeFloats  AttributeType = 6
	AttributeInts    AttributeType = 7
	AttributeStrings AttributeType = 8
)

// maxDepth is the number of graphs that may be inside each other.
const maxDepth = 16

// Read reads a model. Its tensors keep the bytes that they are read from.
func Read(message []byte) (*Model, error) {
	m := &Model{Opsets: make(map[string]int64)}
	err := each(message, func(f field) (err error) {
		switch f.id {
		case 1:
			m.IR = int64(f.number)
		case 2:
			m.Producer = string(f.bytes)
		case 7:
			m.Graph, err = readGraph(f.bytes, 0)
		case 8:
			return m.readOpset(f.bytes)
		case 25:
			return errors.New("it has functions, which are not supported (export the model without them)")
		}
		return err
	})
	if err == nil && m.Graph == nil {
		err = errors.New("it has no graph")
	}
	return m, errors.Wrap(err, "not a file that can be read as ONNX")
}

func (m *Model) readOpset(message []byte) error {
	domain, version := "", int64(0)
	err := each(message, func(f field) error {
		switch f.id {
		case 1:
			domain = string(f.bytes)
		case 2:
			version = int64(f.number)
		}
		return nil
	})
	if domain == "ai.onnx" {
		domain = ""
	}
	m.Opsets[domain] = version
	return err
}

func readGraph(message []byte, depth int) (*Graph, error) {
	if depth > maxDepth {
		return nil, errors.Errorf("got graphs inside graphs more than %d deep", maxDepth)
	}
	g := &Graph{}
	err := each(message, func(f field) error {
		switch f.id {
		case 1:
			n, err := readNode(f.bytes, depth)
			g.Nodes = append(g.Nodes, n)
			return err
		case 2:
			g.Name = string(f.bytes)
		case 5:
			t, err := readTensor(f.bytes)
			g.Initializers = append(g.Initializers, t)
			return err
		case 11:
			p, err := readPort(f.bytes)
			g.Inputs = append(g.Inputs, p)
			return err
		case 12:
			p, err := readPort(f.bytes)
			g.Outputs = append(g.Outputs, p)
			return err
		case 15:
			return errors.New("it has sparse initialisers, which are not supported")
		}
		return nil
	})
	return g, err
}

func readNode(message []byte, depth int) (*Node, error) {
	n := &Node{}
	err := each(message, func(f field) error {
		switch f.id {
		case 1:
			n.Inputs = append(n.Inputs, string(f.bytes))
		case 2:
			n.Outputs = append(n.Outputs, string(f.bytes))
		case 3:
			n.Name = string(f.bytes)
		case 4:
			n.Op = string(f.bytes)
		case 5:
			return n.readAttribute(f.bytes, depth)
		case 7:
			if n.Domain = string(f.bytes); n.Domain == "ai.onnx" {
				n.Domain = ""
			}
		}
		return nil
	})
	return n, errors.Wrapf(err, "node %q (%s)", n.Name, n.Op)
}

func (n *Node) readAttribute(message []byte, depth int) error {
	name, a := "", &Attribute{}
	err := each(message, func(f field) (err error) {
		switch f.id {
		case 1:
			name = string(f.bytes)
		case 2:
			a.Float = f.float()
		case 3:
			a.Int = int64(f.number)
		case 4:
			a.String = string(f.bytes)
		case 5:
			a.Tensor, err = readTensor(f.bytes)
		case 6:
			a.Graph, err = readGraph(f.bytes, depth+1)
		case 7:
			a.Floats, err = f.floats(a.Floats)
		case 8:
			a.Ints, err = f.integers(a.Ints)
		case 9:
			a.Strings = append(a.Strings, string(f.bytes))
		case 20:
			a.Type = AttributeType(f.number)
		}
		return err
	})
	if n.Attributes == nil {
		n.Attributes = make(map[string]*Attribute)
	}
	n.Attributes[name] = a
	return errors.Wrapf(err, "attribute %q", name)
}

// readPort reads a ValueInfoProto.
func readPort(message []byte) (p Port, err error) {
	err = each(message, func(f field) error {
		switch f.id {
		case 1:
			p.Name = string(f.bytes)
		case 2: // type
			return each(f.bytes, func(f field) error {
				if f.id != 1 { // no tensor
					return nil
				}
				return p.readTensorType(f.bytes)
			})
		}
		return nil
	})
	return p, errors.Wrapf(err, "input or output %q", p.Name)
}

func (p *Port) readTensorType(message []byte) error {
	return each(message, func(f field) error {
		switch f.id {
		case 1:
			p.Type = Type(f.number)
		case 2: // shape
			p.Known = true
			return each(f.bytes, func(f field) error { return p.readDim(f.bytes) })
		}
		return nil
	})
}

func (p *Port) readDim(message []byte) error {
	var d Dim
	err := each(message, func(f field) error {
		switch {
		case f.id == 1 && (int64(f.number) < 0 || f.number > math.MaxInt32):
			return nil // some programs write -1 for a size that is not known
		case f.id == 1:
			d.Size = int(f.number)
		case f.id == 2:
			d.Name = string(f.bytes)
		}
		return nil
	})
	p.Shape = append(p.Shape, d)
	return err
}

// Int is an attribute that is one integer, or what it is by default.
func (n *Node) Int(name string, missing int) int {
	if a := n.Attributes[name]; a != nil {
		return int(a.Int)
	}
	return missing
}

// Real is an attribute that is one float, or what it is by default.
func (n *Node) Real(name string, missing float64) float64 {
	if a := n.Attributes[name]; a != nil {
		return float64(a.Float)
	}
	return missing
}

// Text is an attribute that is a text, or what it is by default.
func (n *Node) Text(name, missing string) string {
	if a := n.Attributes[name]; a != nil {
		return a.String
	}
	return missing
}

// Integers is an attribute that is a list of integers; nil if it is missing.
func (n *Node) Integers(name string) []int {
	a := n.Attributes[name]
	if a == nil {
		return nil
	}
	list := make([]int, len(a.Ints))
	for i, v := range a.Ints {
		list[i] = int(v)
	}
	return list
}
