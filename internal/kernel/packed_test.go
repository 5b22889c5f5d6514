package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A product with a packed factor has the bits of Gemm, whatever the sizes, the strides and what is added.
func TestPackedGivesTheBitsOfGemm(t *testing.T) {
	onEach(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		sizes := [][3]int{{1, 1, 1}, {3, 5, 7}, {16, 128, 64}, {7, 40, 33}, {9, 31, 600}, {32, 64, 385}}
		if testing.Short() { // on an emulated processor
			sizes[5][0] = 8
		}
		for _, size := range sizes {
			for _, transB := range []bool{false, true} {
				t.Run(fmt.Sprint(size, transB), func(t *testing.T) {
					checkPacked[float32](t, rng, transB, size[0], size[1], size[2])
					checkPacked[float64](t, rng, transB, size[0], size[1], size[2])
				})
			}
		}
	})
}

func checkPacked[T Float](t *testing.T, rng *rand.Rand, transB bool, m, n, k int) {
	t.Helper()
	random := func(size int) []T {
		x := make([]T, size)
		for i := range x {
			x[i] = T(rng.NormFloat64())
		}
		return x
	}
	lda, ldc := k+3, n+2
	a, d, c := random(m*lda), random(m*ldc), random(m*ldc)
	ldb := n + 1
	if transB {
		ldb = k + 1
	}
	b := random((n + k) * ldb)
	var p Packed[T]
	p.Pack(transB, n, k, b, ldb)
	same := func(x, y T) bool { return x == y || external != nil && math.Abs(float64(x-y)) <= 1e-4 } // the library's bits depend on m
	for _, ldd := range []int{-1, 0, ldc} {
		got, want := slices.Clone(c), slices.Clone(c)
		beta := T(0)
		add := d
		switch ldd {
		case -1:
			add = nil
		case 0:
			beta = 1
			for i := range m {
				copy(want[i*ldc:i*ldc+n], d[:n])
			}
		default:
			beta = 1
			for i := range m {
				copy(want[i*ldc:i*ldc+n], d[i*ldc:i*ldc+n])
			}
		}
		Gemm(nil, false, transB, m, n, k, 1, a, lda, b, ldb, beta, want, ldc)
		p.Multiply(nil, m, a, lda, add, max(ldd, 0), got, ldc)
		if !slices.EqualFunc(got, want, same) {
			t.Errorf("%T, ldd %d: the products differ", a[0], ldd)
		}
	}
}

// Packing and multiplying again allocates nothing.
func TestPackedAllocatesNothing(t *testing.T) {
	x, y := make([]float32, 64*64), make([]float32, 64*64)
	var p Packed[float32]
	allocs := testing.AllocsPerRun(10, func() {
		p.Pack(true, 50, 64, x, 64)
		p.Multiply(nil, 13, x, 64, x, 0, y, 64)
	})
	if allocs > 0 {
		t.Errorf("got %v allocations, want none", allocs)
	}
}
