package profile

import (
	"reflect"

	"github.com/gradflow/gradflow/internal/jsonfloat"
)

// A Number is a measured float64. JSON has no NaN and no infinities: a Number writes them as the strings "NaN", "+Inf" and
// "-Inf", and reads them back.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) { return n.AppendJSON(make([]byte, 0, 24), -1), nil }

// AppendJSON appends the number with the given significant digits; -1 means the fewest that read back exactly.
func (n Number) AppendJSON(b []byte, digits int) []byte {
	return jsonfloat.Append(b, float64(n), digits)
}

// UnmarshalJSON implements json.Unmarshaler. It returns the error type to which package json adds the name of the field.
func (n *Number) UnmarshalJSON(text []byte) error {
	return jsonfloat.Parse(text, (*float64)(n), reflect.TypeFor[Number]())
}

// Numbers converts floats.
func Numbers(values []float64) []Number {
	list := make([]Number, len(values))
	for i, v := range values {
		list[i] = Number(v)
	}
	return list
}
