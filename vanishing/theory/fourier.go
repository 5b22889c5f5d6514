package theory

import (
	"math"
	"math/bits"
	"math/cmplx"
)

// A fourier is the discrete Fourier transform of a size that is a power of two (Cooley and Tukey 1965).
type fourier struct {
	size  int
	roots []complex128 // exp(-2πik/size) for k below size/2
}

// newFourier makes a transform of at least the given size.
func newFourier(atLeast int) fourier {
	f := fourier{size: 1}
	for f.size < atLeast {
		f.size *= 2
	}
	for k := range f.size / 2 {
		f.roots = append(f.roots, cmplx.Rect(1, -2*math.Pi*float64(k)/float64(f.size)))
	}
	return f
}

// forward transforms the columns of a table of size rows in place.
func (f fourier) forward(x []complex128, columns int) { f.transform(x, columns, false) }

// back undoes forward, but for a factor of size.
func (f fourier) back(x []complex128, columns int) { f.transform(x, columns, true) }

func (f fourier) transform(x []complex128, columns int, conjugate bool) {
	row := func(i int) []complex128 { return x[i*columns:][:columns] }
	unused := bits.LeadingZeros(uint(f.size)) + 1
	for i := range f.size {
		if j := int(bits.Reverse(uint(i)) >> unused); i < j {
			swap(row(i), row(j))
		}
	}
	for half := 1; half < f.size; half *= 2 {
		for first := 0; first < f.size; first += 2 * half {
			for k := range half {
				root := f.roots[k*(f.size/2/half)]
				if conjugate {
					root = cmplx.Conj(root)
				}
				butterfly(row(first+k), row(first+k+half), root)
			}
		}
	}
}

func swap(a, b []complex128) {
	for j, v := range a {
		a[j], b[j] = b[j], v
	}
}

// butterfly replaces each a and b by a + root·b and a - root·b.
func butterfly(a, b []complex128, root complex128) {
	b = b[:len(a)]
	for j, v := range a {
		turned := root * b[j]
		a[j], b[j] = v+turned, v-turned
	}
}
