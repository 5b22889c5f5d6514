package theory

import dsp "gonum.org/v1/gonum/dsp/fourier"

// A fourier is the discrete Fourier transform of the columns of a table. It must not be used by several goroutines at once.
type fourier struct {
	size   int
	one    *dsp.CmplxFFT
	column []complex128
}

// newFourier makes a transform of at least the given size, a power of two.
func newFourier(atLeast int) fourier {
	size := 1
	for size < atLeast {
		size *= 2
	}
	return fourier{size: size, one: dsp.NewCmplxFFT(size), column: make([]complex128, size)}
}

// forward transforms the columns of a table of size rows in place.
func (f fourier) forward(x []complex128, columns int) { f.each(x, columns, f.one.Coefficients) }

// back undoes forward, but for a factor of size.
func (f fourier) back(x []complex128, columns int) { f.each(x, columns, f.one.Sequence) }

func (f fourier) each(x []complex128, columns int, transform func(dst, src []complex128) []complex128) {
	for j := range columns {
		for i := range f.column {
			f.column[i] = x[i*columns+j]
		}
		transform(f.column, f.column)
		for i, v := range f.column {
			x[i*columns+j] = v
		}
	}
}
