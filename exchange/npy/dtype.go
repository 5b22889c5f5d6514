package npy

import (
	"encoding/binary"
	"math"
	"strconv"

	"github.com/pkg/errors"
	"gorgonia.org/tensor"
)

// A format is how a file holds a number.
type format struct {
	order binary.ByteOrder
	kind  byte // 'f', 'i', 'u', 'b' or 'c'
	size  int  // bytes
}

// parseFormat reads a description such as "<f8".
func parseFormat(descr string) (format, error) {
	f := format{order: binary.LittleEndian}
	rest := descr
	switch {
	case rest == "":
	case rest[0] == '>':
		f.order = binary.BigEndian
		rest = rest[1:]
	case rest[0] == '<' || rest[0] == '|' || rest[0] == '=':
		rest = rest[1:]
	}
	if len(rest) > 1 {
		f.kind = rest[0]
		f.size, _ = strconv.Atoi(rest[1:])
	}
	switch string(f.kind) + strconv.Itoa(f.size) {
	case "f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1", "c8", "c16":
		return f, nil
	}
	return f, errors.Errorf("type: got %q, want floats of 2 to 8 bytes, integers of 1 to 8 bytes, bool, or complex numbers of 8 or 16 bytes (convert it by astype)", descr)
}

// values is a growing list of numbers of a type that tensors have.
type values interface {
	// add decodes bytes of whole numbers.
	add(bytes []byte) error
	// tensor is the list as a tensor.
	tensor(shape []int, fortran bool) *tensor.Dense
	// slice is the list itself.
	slice() any
}

func (f format) values() values {
	switch {
	case f.kind == 'f' && f.size == 8:
		return &list[float64]{size: 8, decode: func(b []byte) (float64, error) { return math.Float64frombits(f.order.Uint64(b)), nil }}
	case f.kind == 'f' && f.size == 4:
		return &list[float32]{size: 4, decode: func(b []byte) (float32, error) { return math.Float32frombits(f.order.Uint32(b)), nil }}
	case f.kind == 'f':
		return &list[float32]{size: 2, decode: func(b []byte) (float32, error) { return half(f.order.Uint16(b)), nil }}
	case f.kind == 'c' && f.size == 8:
		return &list[complex64]{size: 8, decode: func(b []byte) (complex64, error) {
			return complex(math.Float32frombits(f.order.Uint32(b)), math.Float32frombits(f.order.Uint32(b[4:]))), nil
		}}
	case f.kind == 'c':
		return &list[complex128]{size: 16, decode: func(b []byte) (complex128, error) {
			return complex(math.Float64frombits(f.order.Uint64(b)), math.Float64frombits(f.order.Uint64(b[8:]))), nil
		}}
	case f.kind == 'b':
		return &list[bool]{size: 1, decode: func(b []byte) (bool, error) { return b[0] != 0, nil }}
	}
	return &list[int]{size: f.size, decode: f.integer}
}

// integer decodes an integer that int can hold.
func (f format) integer(b []byte) (int, error) {
	var bits uint64
	switch f.size {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(f.order.Uint16(b))
	case 4:
		bits = uint64(f.order.Uint32(b))
	default:
		bits = f.order.Uint64(b)
	}
	unused := 64 - 8*f.size
	if v := int64(bits<<unused) >> unused; f.kind == 'i' && int64(int(v)) == v {
		return int(v), nil
	}
	if f.kind == 'u' && bits <= math.MaxInt {
		return int(bits), nil
	}
	return 0, errors.Errorf("got an integer that int cannot hold, want one of at most %d", math.MaxInt)
}

// half is the value of a number of 16 bits (IEEE 754).
func half(bits uint16) float32 {
	sign, exponent, fraction := uint32(bits>>15)<<31, int(bits>>10&31), uint32(bits&1023)
	switch exponent {
	case 31:
		return math.Float32frombits(sign | 0x7f800000 | fraction<<13)
	case 0:
		v := float32(fraction) * 0x1p-24
		return math.Float32frombits(math.Float32bits(v) | sign)
	}
	return math.Float32frombits(sign | uint32(exponent-15+127)<<23 | fraction<<13)
}

type list[T any] struct {
	size   int // bytes of a number
	decode func(b []byte) (T, error)
	values []T
}

func (l *list[T]) add(bytes []byte) error {
	for ; len(bytes) > 0; bytes = bytes[l.size:] {
		v, err := l.decode(bytes[:l.size])
		if err != nil {
			return errors.Wrapf(err, "element %d", len(l.values))
		}
		l.values = append(l.values, v)
	}
	return nil
}

func (l *list[T]) tensor(shape []int, fortran bool) *tensor.Dense {
	if len(shape) == 0 {
		return tensor.New(tensor.FromScalar(l.values[0]))
	}
	if fortran {
		l.values = rowMajor(l.values, shape)
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(l.values))
}

// rowMajor brings values whose first axis varies fastest into the order in which the last one does.
func rowMajor[T any](values []T, shape []int) []T {
	sorted := make([]T, len(values))
	index := make([]int, len(shape))
	for i := range sorted {
		at := 0
		for axis := len(shape) - 1; axis >= 0; axis-- {
			at = at*shape[axis] + index[axis]
		}
		sorted[i] = values[at]
		for axis := len(shape) - 1; axis >= 0; axis-- {
			if index[axis]++; index[axis] < shape[axis] {
				break
			}
			index[axis] = 0
		}
	}
	return sorted
}
