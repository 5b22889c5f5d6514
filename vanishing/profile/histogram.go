package profile

// A Histogram counts numbers by sign and size, on a logarithmic scale: bucket i holds those with
// 2^(Low+i) <= |x| < 2^(Low+i+1). Outer buckets that are empty are left out, so that Low depends on the numbers.
type Histogram struct {
	Low      int   `json:"low"`      // exponent of the first bucket
	Negative []int `json:"negative"` // counts of the numbers below zero, by size
	Positive []int `json:"positive"` // counts of those above, by size; as many buckets as Negative
	Zero     int   `json:"zero"`     // numbers that are exactly zero
	NaN      int   `json:"nan"`
	Inf      int   `json:"inf"` // infinities of both signs
}
