package onnx

import (
	"math"

	"github.com/gradflow/gradflow/internal/onnxfile"
)

// rounded is the number of a type that a result becomes. Integers wrap around as in ONNX Runtime; of 64 bits they do not, and
// inexact reports that float64 cannot hold the result.
func rounded(typ onnxfile.Type, v float64) (r float64, inexact bool) {
	switch typ {
	case onnxfile.Float:
		return float64(float32(v)), false
	case onnxfile.Float16:
		return roundHalf(v), false
	case onnxfile.BFloat16:
		return roundBFloat(v), false
	case onnxfile.Bool:
		if v != 0 {
			return 1, false
		}
		return 0, false
	}
	if !typ.IsInteger() {
		return v, false
	}
	if v = math.Trunc(v); !isExact(v) {
		return v, true
	}
	switch i := int64(v); typ {
	case onnxfile.Int8:
		return float64(int8(i)), false
	case onnxfile.Uint8:
		return float64(uint8(i)), false
	case onnxfile.Int16:
		return float64(int16(i)), false
	case onnxfile.Uint16:
		return float64(uint16(i)), false
	case onnxfile.Int32:
		return float64(int32(i)), false
	case onnxfile.Uint32:
		return float64(uint32(i)), false
	case onnxfile.Uint64:
		return v, v < 0
	}
	return v, false
}

// roundHalf rounds to the nearest number of 16 bits (IEEE 754 binary16).
func roundHalf(v float64) float64 {
	switch abs := math.Abs(v); {
	case abs >= 65520:
		return math.Copysign(math.Inf(1), v)
	case abs < 0x1p-14: // subnormal: multiples of 2^-24
		return math.Copysign(math.RoundToEven(v*0x1p24)*0x1p-24, v)
	case abs != abs:
		return v
	}
	fraction, exponent := math.Frexp(v)
	return math.Ldexp(math.RoundToEven(fraction*0x1p11), exponent-11)
}

// roundBFloat rounds to the nearest number of 16 bits with the exponent of a float32.
func roundBFloat(v float64) float64 {
	if v != v {
		return v
	}
	bits := math.Float32bits(float32(v))
	bits += 0x7fff + bits>>16&1
	return float64(math.Float32frombits(bits &^ 0xffff))
}
