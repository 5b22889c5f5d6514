package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/gradflow/gradflow/internal/kernel/openblas"
)

// A product holds the arguments of Gemm.
type product[T Float] struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    T
	a, b, c        []T
	lda, ldb, ldc  int
}

// random draws a product. The matrices lie in larger ones, by pad columns.
func random[T Float](rng *rand.Rand, transA, transB bool, m, n, k, pad int, alpha, beta T) product[T] {
	p := product[T]{transA: transA, transB: transB, m: m, n: n, k: k, alpha: alpha, beta: beta, lda: k + pad, ldb: n + pad, ldc: n + pad}
	rowsA, rowsB := m, k
	if transA {
		p.lda, rowsA = m+pad, k
	}
	if transB {
		p.ldb, rowsB = k+pad, n
	}
	draw := func(n int) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = T(2*rng.Float64() - 1)
		}
		return x
	}
	p.a, p.b, p.c = draw(rowsA*p.lda), draw(rowsB*p.ldb), draw(m*p.ldc)
	return p
}

// naive is element (i, j) of the result by definition, in float64.
func (p product[T]) naive(i, j int) float64 {
	var sum float64
	for q := range p.k {
		a, b := p.a[min(i*p.lda+q, len(p.a)-1)], p.b[min(q*p.ldb+j, len(p.b)-1)]
		if p.transA {
			a = p.a[q*p.lda+i]
		}
		if p.transB {
			b = p.b[j*p.ldb+q]
		}
		sum += float64(a) * float64(b)
	}
	sum *= float64(p.alpha)
	if p.beta != 0 {
		sum += float64(p.beta) * float64(p.c[i*p.ldc+j])
	}
	return sum
}

// compute gives the result in a copy of c.
func (p product[T]) compute() []T {
	c := slices.Clone(p.c)
	Gemm(nil, p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, c, p.ldc)
	return c
}

// check compares with the definition. A sum of k products of numbers drawn from [-1, 1] is of size sqrt(k) and carries at
// most k+2 roundings of that; one more than k in size leaves room for beta·c. What lies beside c must stay as it is.
func (p product[T]) check(t *testing.T) {
	t.Helper()
	eps := 0x1p-52
	if is32[T]() {
		eps = 0x1p-23
	}
	tolerance := float64(p.k+2) * math.Sqrt(float64(p.k+1)) * eps
	got := p.compute()
	for i := range p.m {
		for j := range p.ldc {
			at := i*p.ldc + j
			if j >= p.n {
				if got[at] != p.c[at] {
					t.Fatalf("%+v: wrote beside c", p.size())
				}
				continue
			}
			if want := p.naive(i, j); !(math.Abs(float64(got[at])-want) <= tolerance) {
				t.Fatalf("%s: element (%d, %d) is %v, want %v", p.size(), i, j, got[at], want)
			}
		}
	}
}

func (p product[T]) size() string {
	return fmt.Sprintf("%dx%dx%d %T, transposed %v %v, alpha %v, beta %v", p.m, p.n, p.k, p.alpha, p.transA, p.transB, p.alpha, p.beta)
}

// forms calls f for all four forms of a product.
func forms(f func(transA, transB bool)) {
	for _, transA := range []bool{false, true} {
		for _, transB := range []bool{false, true} {
			f(transA, transB)
		}
	}
}

func TestGemm(t *testing.T) {
	products, large := 400, [][3]int{{64, 128, 128}, {9, 257, 1000}, {300, 70, 600}, {65, 10, 513}}
	if testing.Short() { // on an emulated processor
		products, large = 40, [][3]int{{9, 70, 600}, {65, 10, 513}}
	}
	onEach(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 2))
		forms(func(transA, transB bool) {
			for range products {
				m, n, k, pad := 1+rng.IntN(40), 1+rng.IntN(70), rng.IntN(40), rng.IntN(3)
				alpha, beta := [3]float64{1, 1, -0.5}[rng.IntN(3)], [3]float64{0, 1, 0.25}[rng.IntN(3)]
				random(rng, transA, transB, m, n, k, pad, float32(alpha), float32(beta)).check(t)
				random(rng, transA, transB, m, n, k, pad, alpha, beta).check(t)
			}
			for _, s := range large {
				random(rng, transA, transB, s[0], s[1], s[2], 0, float32(1), float32(0)).check(t)
				random(rng, transA, transB, s[0], s[1], s[2], 1, float64(1), float64(1)).check(t)
			}
		})
	})
}

// OpenBLAS and our kernels give the same products, to rounding.
func TestOpenBLAS(t *testing.T) {
	lib, err := openblas.Open()
	if err != nil {
		t.Skipf("SKIPPED: %v", err)
	}
	before := external
	external = lib
	defer func() { external = before }()
	TestGemm(t)
	TestGemmPassesNaNOn(t)
	rng := rand.New(rand.NewPCG(9, 9))
	x, w, bias := randn[float64](rng, 100*30), randn[float64](rng, 30*20), randn[float64](rng, 20)
	z, want := make([]float64, 100*20), make([]float64, 100*20)
	Linear(nil, 100, 30, 20, x, w, bias, Tanh[float64], z)
	external = nil
	Linear(nil, 100, 30, 20, x, w, bias, Tanh[float64], want)
	for i := range z {
		if math.Abs(z[i]-want[i]) > 32*0x1p-50 { // 31 roundings of sums of about 30
			t.Fatalf("element %d: %v, want %v", i, z[i], want[i])
		}
	}
}

// An element has the same bits as in the product of its row and column alone, also if a is copied block by block.
func TestElementsDoNotDependOnTheirPlace(t *testing.T) {
	if testing.Short() { // on an emulated processor; one core copies a from a width of 450 on
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
		t.Run("small", func(t *testing.T) { testPlaces(t, 37, 77, 390, 0) })
		t.Run("scattered", func(t *testing.T) { testPlaces(t, 15, 450, 390, 500) })
		return
	}
	t.Run("small", func(t *testing.T) { testPlaces(t, 67, 77, 600, 0) })
	t.Run("scattered", func(t *testing.T) { testPlaces(t, 550, 330, 520, 0) })
}

func testPlaces(t *testing.T, m, n, k, pad int) {
	onEach(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(3, 4))
		forms(func(transA, transB bool) {
			p := random(rng, transA, transB, m, n, k, pad, float32(1), float32(0))
			all := p.compute()
			for range 40 {
				i, j := rng.IntN(p.m), rng.IntN(p.n)
				one := p
				one.m, one.n, one.c = 1, 1, make([]float32, 1)
				a, b := i*p.lda, j // first elements of the row and the column
				if transA {
					a = i
				}
				if transB {
					b = j * p.ldb
				}
				one.a, one.b = p.a[a:], p.b[b:]
				if got := one.compute()[0]; got != all[i*p.ldc+j] {
					t.Fatalf("%s: element (%d, %d) is %v, alone %v", p.size(), i, j, all[i*p.ldc+j], got)
				}
			}
		})
	})
}

// NaN and infinities propagate, also where they are multiplied by zero; with beta = 0 those in c do not.
func TestGemmPassesNaNOn(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	onEach(t, func(t *testing.T) {
		forms(func(transA, transB bool) {
			for _, bad := range []float32{nan, inf} {
				for _, inA := range []bool{true, false} {
					p := product[float32]{transA: transA, transB: transB, m: 9, n: 33, k: 4, alpha: 1,
						a: make([]float32, 9*4), b: make([]float32, 4*33), c: slices.Repeat([]float32{nan}, 9*33), lda: 4, ldb: 33, ldc: 33}
					if transA {
						p.lda = 9
					}
					if transB {
						p.ldb = 4
					}
					if inA {
						p.a[0] = bad // (0, 0): row 0 of c
					} else {
						p.b[0] = bad // (0, 0): column 0
					}
					for at, v := range p.compute() {
						hit := inA && at/33 == 0 || !inA && at%33 == 0
						if isNaN := v != v; isNaN != hit || (!hit && v != 0) {
							t.Fatalf("%s, %v: element %d is %v", p.size(), bad, at, v)
						}
					}
				}
			}
		})
	})
}

func TestLinear(t *testing.T) {
	onEach(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		for _, s := range [][3]int{{1, 1, 1}, {64, 128, 128}, {100, 784, 40}, {33, 300, 10}} {
			batch, in, out := s[0], s[1], s[2]
			x, w, bias := randn[float32](rng, batch*in), randn[float32](rng, in*out), randn[float32](rng, out)
			z, want := make([]float32, batch*out), make([]float32, batch*out)
			for i := range batch {
				copy(want[i*out:], bias)
			}
			Gemm(nil, false, false, batch, out, in, 1, x, in, w, out, 1, want, out)
			if Linear(nil, batch, in, out, x, w, bias, nil, z); !slices.Equal(z, want) {
				t.Errorf("%v: not the product and the bias", s)
			}
			Tanh(nil, want, want)
			if Linear(nil, batch, in, out, x, w, bias, Tanh[float32], z); !slices.Equal(z, want) {
				t.Errorf("%v: not the product, the bias and tanh", s)
			}
			Gemm(nil, false, false, batch, out, in, 1, x, in, w, out, 0, want, out)
			if Linear(nil, batch, in, out, x, w, nil, nil, z); !slices.Equal(z, want) {
				t.Errorf("%v: not the product without a bias", s)
			}
		}
	})
}

// shapes are those of training: forward, and the gradients by both factors.
var shapes = []struct {
	m, n, k        int
	transA, transB bool
}{
	{64, 128, 128, false, false}, {64, 128, 128, false, true}, {128, 128, 64, true, false},
	{64, 256, 256, false, false}, {256, 128, 128, false, false}, {256, 256, 256, false, false},
	{64, 256, 784, false, false}, {784, 128, 64, true, false}, {784, 256, 256, true, false}, {256, 784, 784, false, false},
	{64, 512, 512, false, false}, {64, 512, 512, false, true}, {512, 512, 64, true, false}, {256, 512, 512, false, false},
	{64, 10, 128, false, false}, {64, 128, 10, false, true}, {128, 10, 64, true, false}, {1024, 1024, 1024, false, false},
}

func BenchmarkGemm(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	for _, s := range shapes {
		b.Run(fmt.Sprintf("%dx%dx%d,%v,%v", s.m, s.n, s.k, s.transA, s.transB), func(b *testing.B) {
			p := random(rng, s.transA, s.transB, s.m, s.n, s.k, 0, float32(1), float32(0))
			for b.Loop() {
				Gemm(nil, p.transA, p.transB, p.m, p.n, p.k, p.alpha, p.a, p.lda, p.b, p.ldb, p.beta, p.c, p.ldc)
			}
			b.ReportMetric(2*float64(s.m)*float64(s.n)*float64(s.k)*float64(b.N)/float64(b.Elapsed().Nanoseconds()), "GF/s")
		})
	}
}
