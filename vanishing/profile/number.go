package profile

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
)

// A Number is a measured float64. JSON has no NaN and no infinities: a Number writes them as the strings "NaN", "+Inf" and
// "-Inf", and reads them back.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) { return n.AppendJSON(make([]byte, 0, 24), -1), nil }

// AppendJSON appends the number with the given significant digits; -1 means the fewest that read back exactly.
func (n Number) AppendJSON(b []byte, digits int) []byte {
	v := float64(n)
	switch {
	case math.IsNaN(v):
		return append(b, `"NaN"`...)
	case math.IsInf(v, 1):
		return append(b, `"+Inf"`...)
	case math.IsInf(v, -1):
		return append(b, `"-Inf"`...)
	}
	return strconv.AppendFloat(b, v, 'g', digits, 64)
}

// UnmarshalJSON implements json.Unmarshaler. It returns the error type to which package json adds the name of the field.
func (n *Number) UnmarshalJSON(text []byte) error {
	switch string(text) {
	case `"NaN"`:
		*n = Number(math.NaN())
		return nil
	case `"+Inf"`:
		*n = Number(math.Inf(1))
		return nil
	case `"-Inf"`:
		*n = Number(math.Inf(-1))
		return nil
	case "null":
		return nil
	}
	v, err := strconv.ParseFloat(string(text), 64)
	if *n = Number(v); err != nil {
		const most = 40
		return &json.UnmarshalTypeError{Value: string(text[:min(len(text), most)]), Type: reflect.TypeFor[Number]()}
	}
	return nil
}

// Numbers converts floats.
func Numbers(values []float64) []Number {
	list := make([]Number, len(values))
	for i, v := range values {
		list[i] = Number(v)
	}
	return list
}
