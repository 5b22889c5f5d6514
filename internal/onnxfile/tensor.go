package onnxfile

import (
	"encoding/binary"
	"math"
	"slices"

	"github.com/pkg/errors"
)

// A Type is the type of a tensor's elements, by the number that ONNX gives it.
type Type int

// The types that are named in this repository.
const (
	Undefined Type = 0
	Float     Type = 1
	Uint8     Type = 2
	Int8      Type = 3
	Uint16    Type = 4
	Int16     Type = 5
	Int32     Type = 6
	Int64     Type = 7
	String    Type = 8
	Bool      Type = 9
	Float16   Type = 10
	Double    Type = 11
	Uint32    Type = 12
	Uint64    Type = 13
	BFloat16  Type = 16
)

var typeNames = map[Type]string{
	Undefined: "other than a tensor", Float: "float32", Uint8: "uint8", Int8: "int8", Uint16: "uint16", Int16: "int16", Int32: "int32", Int64: "int64",
	String: "string", Bool: "bool", Float16: "float16", Double: "float64", Uint32: "uint32", Uint64: "uint64", 14: "complex64",
	15: "complex128", BFloat16: "bfloat16",
}

// String is the type's name, as "float32".
func (t Type) String() string {
	if name := typeNames[t]; name != "" {
		return name
	}
	return "a type of later versions of ONNX"
}

// IsFloat reports whether t is one of the four types of floating-point numbers.
func (t Type) IsFloat() bool { return t == Float || t == Double || t == Float16 || t == BFloat16 }

// IsInteger reports whether t is a type of integers.
func (t Type) IsInteger() bool {
	return slices.Contains([]Type{Uint8, Int8, Uint16, Int16, Int32, Int64, Uint32, Uint64}, t)
}

// size is bytes per element; 0 for types that have no fixed number or are not read.
func (t Type) size() int {
	switch t {
	case Uint8, Int8, Bool:
		return 1
	case Uint16, Int16, Float16, BFloat16:
		return 2
	case Float, Int32, Uint32:
		return 4
	case Double, Int64, Uint64:
		return 8
	}
	return 0
}

// A Tensor is a constant of a file. Its numbers are decoded by Numbers.
type Tensor struct {
	Name     string
	Type     Type
	Shape    []int
	External *External // where its numbers are; nil if they are in the fields below

	Raw      []byte // little-endian; if nil, the numbers are in one of the next fields
	Floats   []float32
	Doubles  []float64
	Integers []int64
	Strings  []string
}

func readTensor(message []byte) (*Tensor, error) {
	t := &Tensor{}
	err := each(message, func(f field) (err error) {
		switch f.id {
		case 1:
			var dims []int64
			if dims, err = f.integers(nil); err != nil {
				return err
			}
			for _, d := range dims {
				if d < 0 || d > math.MaxInt32 {
					return errors.Errorf("got %d elements along an axis, want 0 to %d", d, math.MaxInt32)
				}
				t.Shape = append(t.Shape, int(d))
			}
		case 2:
			t.Type = Type(f.number)
		case 3:
			return errors.New("it is a segment of a tensor, which is not supported")
		case 4:
			t.Floats, err = f.floats(t.Floats)
		case 5, 7, 11:
			t.Integers, err = f.integers(t.Integers)
		case 6:
			t.Strings = append(t.Strings, string(f.bytes))
		case 8:
			t.Name = string(f.bytes)
		case 9:
			t.Raw = f.bytes
		case 10:
			t.Doubles, err = f.doubles(t.Doubles)
		case 13:
			if t.External == nil {
				t.External = &External{}
			}
			return t.External.readExternal(f.bytes)
		case 14:
			if f.number == 1 && t.External == nil {
				t.External = &External{}
			}
		}
		return err
	})
	return t, errors.Wrapf(err, "tensor %q", t.Name)
}

// ReadTensor reads a file that holds one tensor, as the tests of ONNX do.
func ReadTensor(message []byte) (*Tensor, error) { return readTensor(message) }

// Size is the number of elements by the shape.
func (t *Tensor) Size() (int, error) { return SizeOf(t.Shape) }

// maxSize is the largest number of elements that a tensor of a file can have.
const maxSize = math.MaxInt32

// SizeOf is the number of elements of a shape. Too many to count are an error.
func SizeOf(shape []int) (int, error) {
	size := 1
	if slices.Contains(shape, 0) {
		return 0, nil
	}
	for _, n := range shape {
		if n < 0 || size > maxSize/n {
			return 0, errors.Errorf("got shape %v, want at most %d elements", shape, maxSize)
		}
		size *= n
	}
	return size, nil
}

// Numbers are the elements in row-major order. Integers beyond 2^53 are rounded, as a float64 does not hold them all.
func (t *Tensor) Numbers() ([]float64, error) {
	list, err := t.numbers()
	return list, errors.Wrapf(err, "tensor %q", t.Name)
}

func (t *Tensor) numbers() ([]float64, error) {
	want, err := t.Size()
	if err != nil {
		return nil, err
	}
	size := t.Type.size()
	switch {
	case t.External != nil:
		return nil, t.Elsewhere()
	case size == 0:
		return nil, errors.Errorf("got elements of type %d (%v), which are not supported", int(t.Type), t.Type)
	case t.Raw != nil && len(t.Raw)/size != want || len(t.Raw)%size != 0:
		return nil, errors.Errorf("got %d bytes, want %d for shape %v of %v", len(t.Raw), want*size, t.Shape, t.Type)
	}
	list := t.listed()
	if t.Raw != nil {
		list = t.Type.decode(t.Raw)
	}
	if len(list) != want {
		return nil, errors.Errorf("got %d numbers, want %d for shape %v of %v", len(list), want, t.Shape, t.Type)
	}
	return list, nil
}

// listed are the numbers of a tensor without raw bytes.
func (t *Tensor) listed() []float64 {
	switch t.Type {
	case Float:
		return convert(t.Floats, func(v float32) float64 { return float64(v) })
	case Double:
		return slices.Clone(t.Doubles)
	case Float16:
		return convert(t.Integers, func(v int64) float64 { return float64(half(uint16(v))) })
	case BFloat16:
		return convert(t.Integers, func(v int64) float64 { return float64(math.Float32frombits(uint32(uint16(v)) << 16)) })
	case Uint64:
		return convert(t.Integers, func(v int64) float64 { return float64(uint64(v)) })
	}
	return convert(t.Integers, func(v int64) float64 { return float64(v) })
}

func convert[T any](list []T, f func(T) float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// decode reads raw bytes.
func (t Type) decode(raw []byte) []float64 {
	size := t.size()
	out := make([]float64, len(raw)/size)
	for i := range out {
		out[i] = t.number(raw[i*size : (i+1)*size])
	}
	return out
}

// number reads one element.
func (t Type) number(b []byte) float64 {
	order := binary.LittleEndian
	switch t {
	case Float:
		return float64(math.Float32frombits(order.Uint32(b)))
	case Double:
		return math.Float64frombits(order.Uint64(b))
	case Float16:
		return float64(half(order.Uint16(b)))
	case BFloat16:
		return float64(math.Float32frombits(uint32(order.Uint16(b)) << 16))
	case Int64:
		return float64(int64(order.Uint64(b)))
	case Uint64:
		return float64(order.Uint64(b))
	case Int32:
		return float64(int32(order.Uint32(b)))
	case Uint32:
		return float64(order.Uint32(b))
	case Int16:
		return float64(int16(order.Uint16(b)))
	case Uint16:
		return float64(order.Uint16(b))
	case Int8:
		return float64(int8(b[0]))
	}
	return float64(b[0])
}

// half converts a number of 16 bits (IEEE 754 binary16).
func half(h uint16) float32 {
	sign, exponent, fraction := uint32(h>>15)<<31, uint32(h>>10&31), uint32(h&1023)
	switch exponent {
	case 0: // zero or subnormal: a multiple of 2^-24
		return math.Float32frombits(sign | math.Float32bits(float32(fraction)*0x1p-24))
	case 31: // infinite or NaN
		return math.Float32frombits(sign | 0xff<<23 | fraction<<13)
	}
	return math.Float32frombits(sign | (exponent+127-15)<<23 | fraction<<13)
}
