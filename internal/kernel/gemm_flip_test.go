package kernel

import (
	"math/rand/v2"
	"testing"
)

// A product that is computed as its transpose has the bits of one that is not.
func TestFlippedProducts(t *testing.T) {
	if !hasAssembly() || external != nil {
		t.Skip("SKIPPED: without our own kernels no product is flipped")
	}
	flippedProducts[float32](t)
	flippedProducts[float64](t)
}

func flippedProducts[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 11))
	few := panelWidth[T]()
	for _, m := range []int{few / 2, few - 3, few} {
		for _, n := range []int{4 * m, 4*m + 5} {
			for _, k := range []int{1, 7, 400} { // the last one in two stretches
				if k == 400 && m > few/2 && testing.Short() { // on an emulated processor
					continue
				}
				p := random[T](rng, false, true, m, n, k, 3, T(1.5), 0)
				if g := (gemm[T]{m: m, n: n, k: k, transB: true}); !g.flips() {
					t.Fatalf("%T, %d x %d x %d: want a flipped product", T(0), m, n, k)
				}
				p.check(t)
				all := p.compute()
				for row := range m {
					one := p
					one.m, one.a, one.c = 1, p.a[row*p.lda:], p.c[row*p.ldc:(row+1)*p.ldc]
					for j, want := range one.compute() {
						if got := all[row*p.ldc+j]; got != want {
							t.Fatalf("%T, %d x %d x %d: element (%d, %d) is %g, want %g, as computed alone", T(0), m, n, k, row, j, got, want)
						}
					}
				}
			}
		}
	}
}
