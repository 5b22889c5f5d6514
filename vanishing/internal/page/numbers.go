package page

import (
	"math"
	"strconv"

	"github.com/gradflow/gradflow/vanishing/profile"
)

// digits are those of the page's numbers, which is more than a chart can show and less than a profile holds: those who need all
// of them read the profile's own JSON.
const digits = 5

// numbers are written with that many digits. NaN and infinities are the strings "NaN", "+Inf" and "-Inf".
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

// number is one of them.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) { return profile.Number(n).AppendJSON(nil, digits), nil }

// rounded has no more than that many digits.
func rounded(n profile.Number) profile.Number {
	if v := float64(n); math.IsNaN(v) || math.IsInf(v, 0) {
		return n
	}
	v, _ := strconv.ParseFloat(strconv.FormatFloat(float64(n), 'g', digits, 64), 64)
	return profile.Number(v)
}

// roundedList is a copy of a list.
func roundedList(list []profile.Number) []profile.Number {
	var short []profile.Number
	for _, n := range list {
		short = append(short, rounded(n))
	}
	return short
}
