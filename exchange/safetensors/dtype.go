package safetensors

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A Dtype is the type of a tensor's elements, by the format's name.
type Dtype string

// The types. F16 and BF16 are read as float32, which holds all of their values.
const (
	F64  Dtype = "F64"
	F32  Dtype = "F32"
	F16  Dtype = "F16"
	BF16 Dtype = "BF16"
	I64  Dtype = "I64"
	I32  Dtype = "I32"
	I16  Dtype = "I16"
	I8   Dtype = "I8"
	U64  Dtype = "U64"
	U32  Dtype = "U32"
	U16  Dtype = "U16"
	U8   Dtype = "U8"
	Bool Dtype = "BOOL"
	C64  Dtype = "C64"  // complex numbers of two float32
	C128 Dtype = "C128" // complex numbers of two float64, in files of package pt; this format has none
)

// sizes are bytes per element.
var sizes = map[Dtype]int{F64: 8, I64: 8, F32: 4, I32: 4, F16: 2, BF16: 2, I16: 2, I8: 1, U64: 8, U32: 4, U16: 2, U8: 1, Bool: 1, C64: 8, C128: 16}

// Size is the number of bytes of an element; 0 for an unknown type.
func (d Dtype) Size() int { return sizes[d] }

// dtypeOf is the type of a tensor.
func dtypeOf(t *tensor.Dense) (Dtype, error) {
	switch t.Dtype() {
	case tensor.Float64:
		return F64, nil
	case tensor.Float32:
		return F32, nil
	case tensor.Int, tensor.Int64:
		return I64, nil
	case tensor.Int32:
		return I32, nil
	case tensor.Int16:
		return I16, nil
	case tensor.Int8:
		return I8, nil
	case tensor.Uint64:
		return U64, nil
	case tensor.Uint32:
		return U32, nil
	case tensor.Uint16:
		return U16, nil
	case tensor.Uint8:
		return U8, nil
	case tensor.Complex64:
		return C64, nil
	case tensor.Bool:
		return Bool, nil
	}
	return "", errors.Errorf("got elements of type %v, want float64, float32, int, int64, int32, int16, int8, uint64, uint32, uint16, uint8, "+
		"bool or complex64", t.Dtype())
}

// Decode gives the elements in raw little-endian bytes, as a slice that a tensor can have as its backing.
func (d Dtype) Decode(raw []byte) any {
	order := binary.LittleEndian
	switch d {
	case F64:
		return each(raw, 8, func(b []byte) float64 { return math.Float64frombits(order.Uint64(b)) })
	case F32:
		return each(raw, 4, func(b []byte) float32 { return math.Float32frombits(order.Uint32(b)) })
	case F16:
		return each(raw, 2, func(b []byte) float32 { return halfToFloat(order.Uint16(b)) })
	case BF16:
		return each(raw, 2, func(b []byte) float32 { return math.Float32frombits(uint32(order.Uint16(b)) << 16) })
	case I64:
		return each(raw, 8, func(b []byte) int64 { return int64(order.Uint64(b)) })
	case I32:
		return each(raw, 4, func(b []byte) int32 { return int32(order.Uint32(b)) })
	case I16:
		return each(raw, 2, func(b []byte) int16 { return int16(order.Uint16(b)) })
	case I8:
		return each(raw, 1, func(b []byte) int8 { return int8(b[0]) })
	case U64:
		return each(raw, 8, order.Uint64)
	case U32:
		return each(raw, 4, order.Uint32)
	case U16:
		return each(raw, 2, order.Uint16)
	case U8:
		return each(raw, 1, func(b []byte) uint8 { return b[0] })
	case C64:
		return each(raw, 8, func(b []byte) complex64 {
			return complex(math.Float32frombits(order.Uint32(b)), math.Float32frombits(order.Uint32(b[4:])))
		})
	case C128:
		return each(raw, 16, func(b []byte) complex128 {
			return complex(math.Float64frombits(order.Uint64(b)), math.Float64frombits(order.Uint64(b[8:])))
		})
	}
	return each(raw, 1, func(b []byte) bool { return b[0] != 0 })
}

// each decodes elements of some bytes each.
func each[T any](raw []byte, size int, decode func([]byte) T) []T {
	list := make([]T, len(raw)/size)
	for i := range list {
		list[i] = decode(raw[i*size:])
	}
	return list
}

// halfToFloat converts a number of 16 bits (IEEE 754 binary16).
func halfToFloat(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero or subnormal: a multiple of 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31: // infinite or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
