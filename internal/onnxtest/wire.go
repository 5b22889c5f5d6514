package onnxtest

import (
	"encoding/binary"
	"math"

	"github.com/pkg/errors"
)

// A field is one field of a message in the wire format of protocol buffers: a number, or bytes, which may be a message in turn.
type field struct {
	id     int
	number uint64
	bytes  []byte
}

// fields splits a message.
func fields(message []byte) (list []field, err error) {
	for len(message) > 0 {
		key, n := binary.Uvarint(message)
		if n <= 0 {
			return nil, errors.New("onnxtest: a key is cut off")
		}
		f := field{id: int(key >> 3)}
		if f.number, f.bytes, n, err = payload(message[n:], key&7, n); err != nil {
			return nil, errors.Wrapf(err, "onnxtest: field %d", f.id)
		}
		list, message = append(list, f), message[n:]
	}
	return list, nil
}

// payload reads what follows a key of n bytes, and returns the number of bytes up to the next key.
func payload(rest []byte, kind uint64, n int) (number uint64, bytes []byte, next int, err error) {
	switch kind {
	case 0:
		number, size := binary.Uvarint(rest)
		if size <= 0 {
			return 0, nil, 0, errors.New("a number is cut off")
		}
		return number, nil, n + size, nil
	case 1, 5:
		size := map[uint64]int{1: 8, 5: 4}[kind]
		if len(rest) < size {
			return 0, nil, 0, errors.New("a fixed number is cut off")
		}
		var wide [8]byte
		copy(wide[:], rest[:size])
		return binary.LittleEndian.Uint64(wide[:]), nil, n + size, nil
	case 2:
		length, size := binary.Uvarint(rest)
		if size <= 0 || uint64(len(rest)-size) < length {
			return 0, nil, 0, errors.New("bytes are cut off")
		}
		return 0, rest[size : size+int(length)], n + size + int(length), nil
	}
	return 0, nil, 0, errors.Errorf("got wire type %d, want 0, 1, 2 or 5", kind)
}

// integers are the numbers of a repeated field, which come one by one or packed.
func (f field) integers() (list []int) {
	if f.bytes == nil {
		return []int{int(int64(f.number))}
	}
	for b := f.bytes; len(b) > 0; {
		v, n := binary.Uvarint(b)
		if n <= 0 {
			break
		}
		list, b = append(list, int(int64(v))), b[n:]
	}
	return list
}

// float is a single number.
func (f field) float() float64 { return float64(math.Float32frombits(uint32(f.number))) }

// floats are packed numbers.
func floats(b []byte) (list []float64) {
	for ; len(b) >= 4; b = b[4:] {
		list = append(list, float64(math.Float32frombits(binary.LittleEndian.Uint32(b))))
	}
	return list
}
