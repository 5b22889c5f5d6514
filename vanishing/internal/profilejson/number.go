// Package profilejson writes profiles as JSON and reads them back: values of structs, slices, pointers, numbers and strings,
// under the names of their tags, one after the other and without a tree of all in between, as profiles may be gigabytes.
//
// JSON has no NaN and no infinities. They are the strings "NaN", "+Inf" and "-Inf". Numbers of a tier that was not recorded are
// left out, and are NaN when they are read back.
package profilejson

import (
	"math"
	"strconv"
)

// AppendNumber writes a number with so many significant digits; -1 is as many as it takes to read it back as it was.
func AppendNumber(b []byte, v float64, digits int) []byte {
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

// number reads what AppendNumber has written.
func number(token []byte) (v float64, ok bool) {
	switch string(token) {
	case `"NaN"`:
		return math.NaN(), true
	case `"+Inf"`:
		return math.Inf(1), true
	case `"-Inf"`:
		return math.Inf(-1), true
	}
	if c := token[0]; c != '-' && !isDigit(c) {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(token), 64)
	return v, err == nil
}
