package kernel

import "math/bits"

// An exponentTally is what is counted in a piece.
type exponentTally struct {
	// tables count by the bits of sign and exponent together, so that a table has 2^9 or 2^12 places. Neighbours are often
	// of one size, and one table would make each wait for the one before: they take turns in several. These lie one behind
	// the other with a gap, as places of the same address modulo 4096 would wait for each other too.
	tables         [2 * (1<<12 + tableGap)]uint32
	subnormal      [2][52]int // by sign and exponent, from the least on
	zero, nan, inf int
}

const tableGap = 16

// begin forgets what was counted.
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

// tally64 counts in two.
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

// of is the count of a sign and the exponent's bits.
func (t *exponentTally) of(f floatFormat, sign, exponent int) int {
	n := 0
	for i := range f.tables() {
		n += int(t.tables[i*f.stride()+sign<<f.exponent+exponent])
	}
	return n
}

// tallySpecial tells apart what shares its exponent's bits: subnormal numbers by their size, NaN and infinities. They are
// rare, so that a second look is taken only if there are some.
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

// addTo adds the counts of a sign to those by exponent, and gives the first and the last that is not zero.
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
