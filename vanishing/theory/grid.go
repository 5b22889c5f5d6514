package theory

import "gonum.org/v1/gonum/dsp/fourier"

// A grid is the positions of an image, row by row. Two positions have an offset, of which there are (2h-1)·(2w-1).
type grid struct{ h, w int }

func (g grid) size() int    { return g.h * g.w }
func (g grid) offsets() int { return (2*g.h - 1) * (2*g.w - 1) }

// index is the place of an offset in a list of all.
func (g grid) index(dy, dx int) int { return (dy+g.h-1)*(2*g.w-1) + dx + g.w - 1 }

// offset is the offset at a place of the list.
func (g grid) offset(index int) (dy, dx int) {
	return index/(2*g.w-1) - (g.h - 1), index%(2*g.w-1) - (g.w - 1)
}

// A correlator computes sums over pairs of positions of a grid, by Fourier transforms of a size at which no two offsets share a place.
type correlator struct {
	grid
	rows, cols         int
	alongRow, alongCol *fourier.CmplxFFT
}

func newCorrelator(g grid) *correlator {
	c := &correlator{grid: g, rows: powerOfTwo(2*g.h - 1), cols: powerOfTwo(2*g.w - 1)}
	c.alongRow, c.alongCol = fourier.NewCmplxFFT(c.cols), fourier.NewCmplxFFT(c.rows)
	return c
}

func powerOfTwo(atLeast int) int {
	p := 1
	for p < atLeast {
		p *= 2
	}
	return p
}

// auto is Σ x(α) x(α+d) over positions α, for each offset d, added up over several x. Two of them are transformed at once, as real and
// imaginary parts: their products do not meet in the real part.
func (c *correlator) auto(lists ...[]float64) []float64 {
	sum := make([]complex128, c.rows*c.cols)
	for i := 0; i < len(lists); i += 2 {
		x, y := lists[i], []float64(nil)
		if i+1 < len(lists) {
			y = lists[i+1]
		}
		for k, v := range c.forward(x, y) {
			sum[k] += complex(real(v)*real(v)+imag(v)*imag(v), 0)
		}
	}
	return c.byOffset(sum)
}

// cross is Σ (x(α) y(α+d) + y(α) x(α+d))/2 over positions α, for each offset d.
func (c *correlator) cross(x, y []float64) []float64 {
	a, b := c.forward(x, nil), c.forward(y, nil)
	for i, v := range a {
		a[i] = complex(real(v)*real(b[i])+imag(v)*imag(b[i]), 0)
	}
	return c.byOffset(a)
}

// sums is Σ x(α') k(α'-α) over positions α', for each position α, where k lists offsets and is even.
func (c *correlator) sums(x, k []float64) []float64 {
	a, b := c.forward(x, nil), make([]complex128, c.rows*c.cols)
	for i, v := range k {
		b[c.place(c.offset(i))] = complex(v, 0)
	}
	c.transform(b, true, c.rows)
	for i := range a {
		a[i] *= b[i]
	}
	c.transform(a, false, c.rows)
	list := make([]float64, c.size())
	for i := range list {
		list[i] = real(a[c.place(i/c.w, i%c.w)]) / float64(len(a))
	}
	return list
}

// place is that of a position or an offset; negative offsets come last.
func (c *correlator) place(dy, dx int) int {
	return (dy+c.rows)%c.rows*c.cols + (dx+c.cols)%c.cols
}

// forward transforms the values at positions, with zeros after them. x are the real parts, y the imaginary ones; nil means 0.
func (c *correlator) forward(x, y []float64) []complex128 {
	to := make([]complex128, c.rows*c.cols)
	for i, v := range x {
		im := 0.0
		if y != nil {
			im = y[i]
		}
		to[c.place(i/c.w, i%c.w)] = complex(v, im)
	}
	c.transform(to, true, c.h)
	return to
}

// byOffset transforms back.
func (c *correlator) byOffset(a []complex128) []float64 {
	c.transform(a, false, c.rows)
	list := make([]float64, c.offsets())
	for i := range list {
		list[i] = real(a[c.place(c.offset(i))]) / float64(len(a))
	}
	return list
}

// transform works in place, on numbers of which only the first rows are not zero. Back and forth multiplies by the number of elements.
func (c *correlator) transform(x []complex128, forward bool, rows int) {
	do := func(f *fourier.CmplxFFT, line []complex128) {
		if forward {
			f.Coefficients(line, line)
		} else {
			f.Sequence(line, line)
		}
	}
	for i := range rows {
		do(c.alongRow, x[i*c.cols:(i+1)*c.cols])
	}
	line := make([]complex128, c.rows)
	for j := range c.cols {
		for i := range line {
			line[i] = x[i*c.cols+j]
		}
		do(c.alongCol, line)
		for i, v := range line {
			x[i*c.cols+j] = v
		}
	}
}
