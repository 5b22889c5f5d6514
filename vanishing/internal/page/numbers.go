package page

import (
	"math"
	"strconv"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// digits is the number of significant digits of the page's numbers: more than a chart can show. The profile's JSON has all digits.
const digits = 5

// numbers are written with so many digits. NaN and infinities are the strings "NaN", "+Inf" and "-Inf".
type numbers []float64

// MarshalJSON implements json.Marshaler.
func (n numbers) MarshalJSON() ([]byte, error) {
	b := make([]byte, 0, 2+10*len(n))
	b = append(b, '[')
	for i, v := range n {
		if i > 0 {
			b = append(b, ',')
		}
		b = profile.Number(v).AppendJSON(b, digits)
	}
	return append(b, ']'), nil
}

// number is a single number, written like numbers.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return profile.Number(n).AppendJSON(nil, digits), nil }

// rounded rounds a number to so many digits.
func rounded(n profile.Number) profile.Number {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return n
	}
	v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', digits, 64), 64)
	return profile.Number(v)
}

// roundedList is a copy of a list with its numbers rounded.
func roundedList(list []profile.Number) []profile.Number {
	var short []profile.Number
	for _, n := range list {
		short = append(short, rounded(n))
	}
	return short
}
