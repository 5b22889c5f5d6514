package onnxfile

import (
	"math"

	"github.com/pkg/errors"
	"google.golang.org/protobuf/encoding/protowire"
)

// A field is one field of a message in the wire format of protocol buffers: a number, or bytes, which may be a message in turn.
type field struct {
	id     protowire.Number
	kind   protowire.Type
	number uint64
	bytes  []byte
}

// each calls f with the fields of a message, in order.
func each(message []byte, f func(field) error) error {
	for len(message) > 0 {
		id, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return errors.Wrap(protowire.ParseError(n), "the key of a field")
		}
		message = message[n:]
		got := field{id: id, kind: kind}
		switch kind {
		case protowire.VarintType:
			got.number, n = protowire.ConsumeVarint(message)
		case protowire.Fixed32Type:
			var v uint32
			v, n = protowire.ConsumeFixed32(message)
			got.number = uint64(v)
		case protowire.Fixed64Type:
			got.number, n = protowire.ConsumeFixed64(message)
		case protowire.BytesType:
			got.bytes, n = protowire.ConsumeBytes(message)
		default: // a group, which proto3 does not have
			n = protowire.ConsumeFieldValue(id, kind, message)
		}
		if n < 0 {
			return errors.Wrapf(protowire.ParseError(n), "field %d", id)
		}
		if err := f(got); err != nil {
			return err
		}
		message = message[n:]
	}
	return nil
}

// integers adds the numbers of a repeated field, which come one by one or packed.
func (f field) integers(list []int64) ([]int64, error) {
	if f.kind != protowire.BytesType {
		return append(list, int64(f.number)), nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeVarint(b)
		if n < 0 {
			return nil, errors.Wrapf(protowire.ParseError(n), "numbers of field %d", f.id)
		}
		list, b = append(list, int64(v)), b[n:]
	}
	return list, nil
}

// floats adds the numbers of a repeated field of float32.
func (f field) floats(list []float32) ([]float32, error) {
	if f.kind != protowire.BytesType {
		return append(list, f.float()), nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeFixed32(b)
		if n < 0 {
			return nil, errors.Wrapf(protowire.ParseError(n), "numbers of field %d", f.id)
		}
		list, b = append(list, math.Float32frombits(v)), b[n:]
	}
	return list, nil
}

// doubles adds the numbers of a repeated field of float64.
func (f field) doubles(list []float64) ([]float64, error) {
	if f.kind != protowire.BytesType {
		return append(list, math.Float64frombits(f.number)), nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := protowire.ConsumeFixed64(b)
		if n < 0 {
			return nil, errors.Wrapf(protowire.ParseError(n), "numbers of field %d", f.id)
		}
		list, b = append(list, math.Float64frombits(v)), b[n:]
	}
	return list, nil
}

// float is a single float32.
func (f field) float() float32 { return math.Float32frombits(uint32(f.number)) }
