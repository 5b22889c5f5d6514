package theory

import (
	"math"
	"math/cmplx"
	"math/rand/v2"
	"testing"
)

// The transform is the sum that defines it, and back undoes it.
func TestFourierIsItsSum(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 4))
	for _, atLeast := range []int{1, 2, 5, 16} {
		f := newFourier(atLeast)
		if f.size < atLeast || f.size >= 2*atLeast {
			t.Fatalf("the size is %d for at least %d", f.size, atLeast)
		}
		const columns = 3
		x := make([]complex128, f.size*columns)
		for i := range x {
			x[i] = complex(rng.NormFloat64(), rng.NormFloat64())
		}
		got := append([]complex128(nil), x...)
		f.forward(got, columns)
		for k := range f.size {
			for j := range columns {
				var want complex128
				for i := range f.size {
					want += x[i*columns+j] * cmplx.Rect(1, -2*math.Pi*float64(i*k)/float64(f.size))
				}
				if cmplx.Abs(got[k*columns+j]-want) > 1e-13*float64(f.size) { // some roundings for each summand
					t.Errorf("size %d, frequency %d: got %v, want %v", f.size, k, got[k*columns+j], want)
				}
			}
		}
		f.back(got, columns)
		for i, v := range got {
			if cmplx.Abs(v/complex(float64(f.size), 0)-x[i]) > 1e-13 {
				t.Errorf("size %d: back gives %v at %d, want %v", f.size, v/complex(float64(f.size), 0), i, x[i])
			}
		}
	}
}
