package kernel

import (
	"unsafe"

	"github.com/gradflow/gradflow/internal/pool"
)

// ExponentCounts are numbers counted by sign and binary exponent. The zero value is ready for [CountExponents].
// Reusing it allocates nothing.
type ExponentCounts struct {
	Low int // exponent of the first bucket; 0 if there is none
	// Negative and Positive are the counts of the numbers below and above zero: bucket i counts those with
	// 2^(Low+i) <= |x| < 2^(Low+i+1). Both have the same number of buckets; outer buckets that are empty in both are left
	// out. The next count overwrites both slices.
	Negative, Positive []int

	Zero, NaN, Inf int // of either sign

	buckets [2][]int // by sign, for all exponents of the type
	job     exponentJob
}

// CountExponents counts the elements of x, subnormal ones too.
func CountExponents[T Float](c *ExponentCounts, x []T) {
	c.job.count(unsafe.Pointer(first(x)), len(x), formatOf[T]())
	c.gather()
}

// exponentPiece is the smallest number of elements that is worth a core.
const exponentPiece = 1 << 14

// A floatFormat is the layout of a type's bits: sign, exponent, mantissa.
type floatFormat struct {
	double             bool
	mantissa, exponent int // bits
}

func formatOf[T Float]() floatFormat {
	if is32[T]() {
		return floatFormat{false, 23, 8}
	}
	return floatFormat{true, 52, 11}
}

// special is the exponent field of infinities and NaN. In zeros and subnormal numbers the field is 0.
func (f floatFormat) special() int { return 1<<f.exponent - 1 }

// least is the exponent of the smallest subnormal number.
func (f floatFormat) least() int { return 2 - 1<<(f.exponent-1) - f.mantissa }

// buckets is the number of exponents of finite numbers.
func (f floatFormat) buckets() int { return f.special() - 1 + f.mantissa }

// stride is the distance between tables.
func (f floatFormat) stride() int { return 2<<f.exponent + tableGap }

// tables is the number of tables that a piece is counted in.
func (f floatFormat) tables() int {
	if f.double {
		return 2
	}
	return 4
}

// An exponentJob counts pieces on several cores. The counts are integers, so they do not depend on how x is cut into pieces.
type exponentJob struct {
	floatFormat
	x      unsafe.Pointer
	n      int
	active int // pieces
	pieces []exponentTally
}

func (j *exponentJob) count(x unsafe.Pointer, n int, f floatFormat) {
	j.floatFormat, j.x, j.n = f, x, n
	j.active = max(1, min(pool.Workers(), n/exponentPiece))
	if len(j.pieces) < j.active {
		j.pieces = make([]exponentTally, j.active)
	}
	pool.Run(j.active, j)
	j.x = nil
}

// Do counts a piece.
func (j *exponentJob) Do(i int) {
	from, to := i*j.n/j.active, (i+1)*j.n/j.active
	p := &j.pieces[i]
	p.begin(j.floatFormat)
	if j.double {
		x := unsafe.Slice((*float64)(j.x), j.n)[from:to]
		p.zero = CountZeros(x)
		all := unsafe.Slice((*uint64)(unsafe.Pointer(first(x))), len(x))
		p.tally64(all)
		tallySpecial(p, all, j.floatFormat)
		return
	}
	x := unsafe.Slice((*float32)(j.x), j.n)[from:to]
	p.zero = CountZeros(x)
	all := unsafe.Slice((*uint32)(unsafe.Pointer(first(x))), len(x))
	p.tally32(all)
	tallySpecial(p, all, j.floatFormat)
}

// gather adds the pieces.
func (c *ExponentCounts) gather() {
	f := c.job.floatFormat
	for sign := range c.buckets {
		if len(c.buckets[sign]) < f.buckets() {
			c.buckets[sign] = make([]int, f.buckets())
		}
		clear(c.buckets[sign])
	}
	c.Zero, c.NaN, c.Inf = 0, 0, 0
	low, high := f.buckets(), -1 // the outermost that are not empty
	for i := range c.job.active {
		p := &c.job.pieces[i]
		c.Zero, c.NaN, c.Inf = c.Zero+p.zero, c.NaN+p.nan, c.Inf+p.inf
		for sign, counts := range c.buckets {
			first, last := p.addTo(counts, sign, f)
			low, high = min(low, first), max(high, last)
		}
	}
	if c.Low = f.least() + low; high < 0 {
		c.Low, low = 0, 0
	}
	c.Positive, c.Negative = c.buckets[0][low:high+1], c.buckets[1][low:high+1]
}
