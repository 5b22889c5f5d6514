// Package jsonfloat writes all float64 as JSON, which has no NaN and no infinities: these are the strings "NaN", "+Inf" and "-Inf".
package jsonfloat

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
)

// Append appends a number with the given significant digits; -1 means the fewest that read back exactly.
func Append(b []byte, v float64, digits int) []byte {
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

// Parse reads a number into v, which null leaves as it is. It returns the error type to which package json adds the name of the
// field, for a field of the given type.
func Parse(text []byte, v *float64, as reflect.Type) (err error) {
	switch string(text) {
	case `"NaN"`:
		*v = math.NaN()
	case `"+Inf"`:
		*v = math.Inf(1)
	case `"-Inf"`:
		*v = math.Inf(-1)
	case "null":
	default:
		if *v, err = strconv.ParseFloat(string(text), 64); err != nil {
			const most = 40
			return &json.UnmarshalTypeError{Value: string(text[:min(len(text), most)]), Type: as}
		}
	}
	return nil
}
