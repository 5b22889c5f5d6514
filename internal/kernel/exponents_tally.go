package kernel

import "math/bits"

// An exponentTally holds the counts of a piece.
type exponentTally struct {
	// tables count by sign and exponent field together: a table has 2^9 or 2^12 counters. Neighbouring elements often have
	// the same exponent. In one table each increment would wait for the one before, so neighbours count in different tables.
	// The gap between tables avoids the same wait between counters whose addresses are equal modulo 4096.
	tables         [2 * (1<<12 + tableGap)]uint32
	subnormal      [2][52]int // by sign and exponent, from the smallest exponent up
	zero, nan, inf int
}

const tableGap = 16

// begin resets the counts.
func (t *exponentTally) begin(f floatFormat) {
	clear(t.tables[:f.tables()*f.stride()])
	t.subnormal = [2][52]int{}
	t.nan, t.inf = 0, 0
}

// tally32 counts in four tables.
func (t *exponentTally) tally32(x []uint32) {
	const places, stride = 1 << 9, 1<<9 + tableGap
	a, b := (*[places]uint32)(t.tables[:]), (*[places]uint32)(t.tables[stride:])
	c, d := (*[places]uint32)(t.tables[2*stride:]), (*[places]uint32)(t.tables[3*stride:])
	for ; len(x) >= 4; x = x[4:] {
		a[x[0]>>23]++
		b[x[1]>>23]++
		c[x[2]>>23]++
		d[x[3]>>23]++
	}
	for _, v := range x {
		a[v>>23]++
	}
}

// tally64 counts in two tables.
func (t *exponentTally) tally64(x []uint64) {
	const places, stride = 1 << 12, 1<<12 + tableGap
	a, b := (*[places]uint32)(t.tables[:]), (*[places]uint32)(t.tables[stride:])
	for ; len(x) >= 2; x = x[2:] {
		a[x[0]>>52]++
		b[x[1]>>52]++
	}
	for _, v := range x {
		a[v>>52]++
	}
}

// of is the count of a sign and an exponent field.
func (t *exponentTally) of(f floatFormat, sign, exponent int) int {
	n := 0
	for i := range f.tables() {
		n += int(t.tables[i*f.stride()+sign<<f.exponent+exponent])
	}
	return n
}

// tallySpecial separates numbers that share an exponent field: subnormal numbers by size, and NaN from infinities. They are
// rare, so the second pass over x runs only if there are some.
func tallySpecial[U uint32 | uint64](t *exponentTally, x []U, f floatFormat) {
	special := t.of(f, 0, f.special()) + t.of(f, 1, f.special())
	if special == 0 && t.of(f, 0, 0)+t.of(f, 1, 0) == t.zero {
		return
	}
	for _, v := range x {
		sign, exponent, mantissa := v>>(f.mantissa+f.exponent), v<<1>>(f.mantissa+1), v&(1<<f.mantissa-1)
		switch {
		case mantissa == 0:
		case exponent == 0:
			t.subnormal[sign][bits.Len64(uint64(mantissa))-1]++
		case int(exponent) == f.special():
			t.nan++
		}
	}
	t.inf = special - t.nan
}

// addTo adds the counts of a sign to counts, and gives the first and the last bucket that it added to.
func (t *exponentTally) addTo(counts []int, sign int, f floatFormat) (first, last int) {
	first, last = len(counts), -1
	for e, n := range t.subnormal[sign][:f.mantissa] {
		if n != 0 {
			counts[e] += n
			first, last = min(first, e), max(last, e)
		}
	}
	for i := range f.tables() {
		normal := t.tables[i*f.stride()+sign<<f.exponent+1:][:f.special()-1]
		for j, n := range normal { // nearly all are zero
			if n != 0 {
				e := j + f.mantissa
				counts[e] += int(n)
				first, last = min(first, e), max(last, e)
			}
		}
	}
	return first, last
}
