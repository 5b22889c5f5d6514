package theory

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
	rows, cols fourier
	// Memory of the last transforms. A spectrum has the frequencies of a row below each other.
	table, spectrum, sum []complex128
}

func newCorrelator(g grid) *correlator {
	c := &correlator{grid: g, rows: newFourier(2*g.h - 1), cols: newFourier(2*g.w - 1)}
	n := c.rows.size * c.cols.size
	c.table, c.spectrum, c.sum = make([]complex128, n), make([]complex128, n), make([]complex128, n)
	return c
}

// auto is Σ x(α) x(α+d) over positions α, for each offset d, added up over several x. Two of them are transformed at once, as real and
// imaginary parts: their products do not meet in the real part.
func (c *correlator) auto(lists ...[]float64) []float64 {
	if len(lists) == 1 && allEqual(lists[0]) {
		return c.pairs(lists[0][0] * lists[0][0])
	}
	clear(c.sum)
	for i := 0; i < len(lists); i += 2 {
		x, y := lists[i], []float64(nil)
		if i+1 < len(lists) {
			y = lists[i+1]
		}
		for k, v := range c.forward(x, y) {
			c.sum[k] += complex(real(v)*real(v)+imag(v)*imag(v), 0)
		}
	}
	return c.byOffset(c.sum)
}

func allEqual(x []float64) bool {
	for _, v := range x {
		if v != x[0] {
			return false
		}
	}
	return true
}

// pairs is the number of pairs of positions, for each offset, times a factor.
func (c *correlator) pairs(factor float64) []float64 {
	list := make([]float64, c.offsets())
	for i := range list {
		dy, dx := c.offset(i)
		list[i] = factor * float64((c.h-max(dy, -dy))*(c.w-max(dx, -dx)))
	}
	return list
}

// cross is Σ (x(α) y(α+d) + y(α) x(α+d))/2 over positions α, for each offset d.
func (c *correlator) cross(x, y []float64) []float64 {
	copy(c.sum, c.forward(x, nil))
	for i, v := range c.forward(y, nil) {
		c.sum[i] = complex(real(c.sum[i])*real(v)+imag(c.sum[i])*imag(v), 0)
	}
	return c.byOffset(c.sum)
}

// sums is Σ x(α') k(α'-α) over positions α', for each position α, where k lists offsets and is even.
func (c *correlator) sums(x, k []float64) []float64 {
	copy(c.sum, c.forward(x, nil))
	clear(c.table)
	for i, v := range k { // negative offsets come last
		dy, dx := c.offset(i)
		c.table[(dy+c.rows.size)%c.rows.size*c.cols.size+(dx+c.cols.size)%c.cols.size] = complex(v, 0)
	}
	for i, v := range c.transform(c.cols.size) {
		c.sum[i] *= v
	}
	list := make([]float64, c.size())
	for i, v := range c.back(c.sum)[:c.size()] {
		list[i] = real(v) / float64(len(c.sum))
	}
	return list
}

// forward transforms the values at positions, with zeros after them. x are the real parts, y the imaginary ones; nil means 0.
func (c *correlator) forward(x, y []float64) []complex128 {
	clear(c.table[:c.rows.size*c.w])
	for i, v := range x {
		c.table[i] = complex(v, 0)
	}
	for i, v := range y {
		c.table[i] += complex(0, v)
	}
	return c.transform(c.w)
}

// transform gives the spectrum of the table, which has so many columns; the others are zero.
func (c *correlator) transform(columns int) []complex128 {
	c.rows.forward(c.table, columns)
	clear(c.spectrum)
	transpose(c.spectrum, c.table, c.rows.size, columns)
	c.cols.forward(c.spectrum, c.rows.size)
	return c.spectrum
}

// back gives the first w columns of the table of a spectrum, times the number of elements.
func (c *correlator) back(spectrum []complex128) []complex128 {
	c.cols.back(spectrum, c.rows.size)
	transpose(c.table, spectrum, c.w, c.rows.size)
	c.rows.back(c.table, c.w)
	return c.table
}

// transpose writes a table of rows and columns to one of columns and rows.
func transpose(to, from []complex128, rows, columns int) {
	for i := range rows {
		for j, v := range from[i*columns:][:columns] {
			to[j*rows+i] = v
		}
	}
}

// byOffset transforms back a real spectrum: the real part is the same at opposite offsets.
func (c *correlator) byOffset(spectrum []complex128) []float64 {
	table := c.back(spectrum)
	list := make([]float64, c.offsets())
	for dx := range c.w {
		for dy := 1 - c.h; dy < c.h; dy++ {
			v := real(table[(dy+c.rows.size)%c.rows.size*c.w+dx]) / float64(len(spectrum))
			list[c.index(dy, dx)], list[c.index(-dy, -dx)] = v, v
		}
	}
	return list
}
