package onnxfile

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"google.golang.org/protobuf/encoding/protowire"
)

// A message is a message of protocol buffers that is being written.
type message []byte

func (m *message) number(id protowire.Number, v int64) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, id, protowire.VarintType), uint64(v))
}

func (m *message) float(id protowire.Number, v float32) {
	*m = protowire.AppendFixed32(protowire.AppendTag(*m, id, protowire.Fixed32Type), math.Float32bits(v))
}

func (m *message) bytes(id protowire.Number, b []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, id, protowire.BytesType), b)
}

func (m *message) text(id protowire.Number, s string) {
	if s != "" {
		m.bytes(id, []byte(s))
	}
}

// Bytes is the file of a model.
func (m *Model) Bytes() []byte {
	var out message
	out.number(1, m.IR)
	out.text(2, m.Producer)
	out.bytes(7, m.Graph.message())
	for _, domain := range slices.Sorted(maps.Keys(m.Opsets)) {
		var opset message
		opset.text(1, domain)
		opset.number(2, m.Opsets[domain])
		out.bytes(8, opset)
	}
	return out
}

func (g *Graph) message() (out message) {
	for _, n := range g.Nodes {
		out.bytes(1, n.message())
	}
	out.text(2, g.Name)
	for _, t := range g.Initializers {
		out.bytes(5, t.message())
	}
	for _, p := range g.Inputs {
		out.bytes(11, p.message())
	}
	for _, p := range g.Outputs {
		out.bytes(12, p.message())
	}
	return out
}

func (n *Node) message() (out message) {
	for _, name := range n.Inputs {
		out.bytes(1, []byte(name)) // also an empty one, which stands for an input that is left out
	}
	for _, name := range n.Outputs {
		out.bytes(2, []byte(name))
	}
	out.text(3, n.Name)
	out.text(4, n.Op)
	for _, name := range slices.Sorted(maps.Keys(n.Attributes)) {
		out.bytes(5, n.Attributes[name].message(name))
	}
	out.text(7, n.Domain)
	return out
}

func (a *Attribute) message(name string) (out message) {
	out.text(1, name)
	switch a.Type {
	case AttributeFloat:
		out.float(2, a.Float)
	case AttributeInt:
		out.number(3, a.Int)
	case AttributeString:
		out.bytes(4, []byte(a.String))
	case AttributeTensor:
		out.bytes(5, a.Tensor.message())
	case AttributeGraph:
		out.bytes(6, a.Graph.message())
	case AttributeFloats:
		for _, v := range a.Floats {
			out.float(7, v)
		}
	case AttributeInts:
		for _, v := range a.Ints {
			out.number(8, v)
		}
	case AttributeStrings:
		for _, v := range a.Strings {
			out.bytes(9, []byte(v))
		}
	}
	out.number(20, int64(a.Type))
	return out
}

// message writes a tensor with raw bytes, or with the place of its numbers.
func (t *Tensor) message() (out message) {
	for _, n := range t.Shape {
		out.number(1, int64(n))
	}
	out.number(2, int64(t.Type))
	out.text(8, t.Name)
	if t.External == nil {
		out.bytes(9, t.Raw)
		return out
	}
	for _, entry := range [][2]string{
		{"location", t.External.Location}, {"offset", strconv.FormatInt(t.External.Offset, 10)}, {"length", strconv.FormatInt(t.External.Length, 10)},
	} {
		var e message
		e.text(1, entry[0])
		e.text(2, entry[1])
		out.bytes(13, e)
	}
	out.number(14, 1)
	return out
}

func (p Port) message() (out message) {
	var shape, kind, typ message
	for _, d := range p.Shape {
		var dim message
		if d.Name != "" {
			dim.text(2, d.Name)
		} else {
			dim.number(1, int64(d.Size))
		}
		shape.bytes(1, dim)
	}
	kind.number(1, int64(p.Type))
	kind.bytes(2, shape)
	typ.bytes(1, kind)
	out.text(1, p.Name)
	out.bytes(2, typ)
	return out
}
