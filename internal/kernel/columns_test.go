package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

func randn[T Float](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// near tells whether a sum of n products in float64, rounded to T once or twice, is what it should be.
func near[T Float](got T, want, size float64) bool {
	eps := 0x1p-52
	if is32[T]() {
		eps = 0x1p-23
	}
	return math.Abs(float64(got)-want) <= 4*eps*max(size, math.Abs(want))
}

// sizes are matrices with and without whole blocks, and some that are split over the cores.
var sizes = [][2]int{{1, 1}, {3, 7}, {64, 16}, {5, 33}, {64, 128}, {17, 70}, {300, 513}}

func TestColumns(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, s := range sizes {
			checkColumns[float32](t, s[0], s[1])
			checkColumns[float64](t, s[0], s[1])
		}
	})
}

func checkColumns[T Float](t *testing.T, rows, cols int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	x, dy, gain, shift := randn[T](rng, rows*cols), randn[T](rng, rows*cols), randn[T](rng, cols), randn[T](rng, cols)
	vector := func() []T { return make([]T, cols) }
	mean, rstd, sums, dgain, vars := vector(), vector(), vector(), vector(), vector()
	ColumnMeans(nil, mean, x)
	ColumnRStd(nil, rstd, x, mean, 1e-5)
	ColumnVars(nil, vars, x, mean, 3)
	SumRows(nil, sums, dy)
	ColumnDGain(nil, dgain, x, mean, rstd, dy)
	y, dx := make([]T, rows*cols), make([]T, rows*cols)
	NormalizeColumns(nil, y, x, mean, rstd, gain, shift)
	NormalizeColumnsBackward(nil, dx, x, mean, rstd, gain, dy, dgain, sums)
	n := float64(rows)
	for j := range cols {
		var sum, squares, sumDy, hat float64
		for i := range rows {
			sum += float64(x[i*cols+j])
		}
		for i := range rows {
			v, d := float64(x[i*cols+j]), float64(dy[i*cols+j])
			squares += (v - float64(mean[j])) * (v - float64(mean[j]))
			sumDy += d
			hat += d * (v - float64(mean[j])) * float64(rstd[j])
		}
		for name, c := range map[string]struct {
			got        T
			want, size float64
		}{
			"mean": {mean[j], sum / n, 1}, "rstd": {rstd[j], 1 / math.Sqrt(squares/n+1e-5), 0}, "vars": {vars[j], squares / 3, 0},
			"sum": {sums[j], sumDy, n}, "dgain": {dgain[j], hat, n},
		} {
			if !near(c.got, c.want, c.size) {
				t.Fatalf("%dx%d, column %d: %s is %v, want %v", rows, cols, j, name, c.got, c.want)
			}
		}
		for i := range rows {
			at := i*cols + j
			xhat := (float64(x[at]) - float64(mean[j])) * float64(rstd[j])
			if want := xhat*float64(gain[j]) + float64(shift[j]); !near(y[at], want, math.Abs(xhat*float64(gain[j]))+math.Abs(float64(shift[j]))) {
				t.Fatalf("%dx%d: y is %v, want %v", rows, cols, y[at], want)
			}
			a := float64(rstd[j]) * float64(gain[j])
			terms := []float64{float64(dy[at]), float64(sums[j]) / n, xhat * float64(dgain[j]) / n}
			size := math.Abs(a) * (math.Abs(terms[0]) + math.Abs(terms[1]) + math.Abs(terms[2]))
			if want := a * (terms[0] - terms[1] - terms[2]); !near(dx[at], want, size) {
				t.Fatalf("%dx%d: dx is %v, want %v", rows, cols, dx[at], want)
			}
		}
	}
}

func TestCountBetween(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, s := range sizes {
			checkBetween[float32](t, s[0], s[1])
			checkBetween[float64](t, s[0], s[1])
		}
	})
}

func checkBetween[T Float](t *testing.T, rows, cols int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(rows), uint64(cols)))
	x, counts := randn[T](rng, rows*cols), make([]T, cols)
	for i := range x {
		x[i] = T(math.Round(float64(x[i]))) // some lie on the borders
	}
	x[0] = T(math.NaN())
	for _, borders := range [][2]T{{-1, 1}, {0, T(math.Inf(1))}, {T(math.Inf(-1)), 0}} {
		low, high := borders[0], borders[1]
		CountBetween(counts, x, low, high)
		for j, got := range counts {
			want := T(0)
			for i := range rows {
				if v := x[i*cols+j]; v > low && v <= high {
					want++
				}
			}
			if got != want {
				t.Fatalf("%dx%d, column %d: %v between %v and %v, want %v", rows, cols, j, got, low, high, want)
			}
		}
	}
}

func TestSums(t *testing.T) {
	onEach(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(1, 1))
		for _, n := range []int{0, 1, 7, 8, 16, 17, 100, 8192, 8193, 20_000} {
			checkSums(t, randn[float32](rng, n))
			checkSums(t, randn[float64](rng, n))
		}
	})
}

func checkSums[T Float](t *testing.T, x []T) {
	t.Helper()
	var sum, size, squares float64
	for _, v := range x {
		sum += float64(v)
		size += math.Abs(float64(v))
		squares += float64(v) * float64(v)
	}
	tolerance := 0x1p-53 * float64(len(x)) * max(size, squares) // n additions, each rounded
	s, q := SumAndSquares(x)
	if math.Abs(s-sum) > tolerance || math.Abs(q-squares) > tolerance || math.Abs(SumSquares(x)-squares) > tolerance || Sum(x) != s {
		t.Errorf("%d elements: sums %v and %v, want %v and %v", len(x), s, q, sum, squares)
	}
	if HasNaN(x) {
		t.Errorf("%d elements: found a NaN, want none", len(x))
	}
	for i := range min(len(x), 20) {
		y := slices.Clone(x)
		y[i] = T(math.NaN())
		if !HasNaN(y) {
			t.Fatalf("NaN at %d of %d was not found", i, len(x))
		}
	}
}

func TestSoftmax(t *testing.T) {
	onEach(t, func(t *testing.T) {
		checkSoftmax[float32](t)
		checkSoftmax[float64](t)
	})
}

func checkSoftmax[T Float](t *testing.T) {
	t.Helper()
	for _, cols := range []int{1, 2, 10, 100} {
		rng := rand.New(rand.NewPCG(3, uint64(cols)))
		const rows = 7
		z, p, dz, labels := randn[T](rng, rows*cols), make([]T, rows*cols), make([]T, rows*cols), make([]int, rows)
		for i := range labels {
			labels[i] = rng.IntN(cols)
		}
		for j := range cols {
			z[j] *= 1000 // the first row: exp overflows unless the maximum is subtracted
		}
		Softmax(nil, p, z, cols)
		SoftmaxCrossEntropy(nil, dz, z, labels, cols, 0.5)
		var loss float64
		for i, label := range labels {
			row := z[i*cols : (i+1)*cols]
			top := float64(slices.Max(row))
			var sum float64
			for _, v := range row {
				sum += math.Exp(float64(v) - top)
			}
			loss += math.Log(sum) + top - float64(row[label])
			for j, v := range row {
				want := math.Exp(float64(v)-top) / sum
				// The difference is rounded to half an ulp, which becomes an equal relative error of the probability.
				if size := want*max(1, math.Abs(float64(v)-top)) + 0x1p-100; !near(p[i*cols+j], want, size) {
					t.Fatalf("%d columns: probability %v, want %v", cols, p[i*cols+j], want)
				}
				d := want
				if j == label {
					d--
				}
				if !near(dz[i*cols+j], d/2, 1) {
					t.Fatalf("%d columns: gradient %v, want %v", cols, dz[i*cols+j], d/2)
				}
			}
		}
		if got := CrossEntropyLabels(nil, z, labels, cols); !near(T(got), loss, rows) {
			t.Errorf("%d columns: loss %v, want %v", cols, got, loss)
		}
	}
}

func TestOptimizers(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range []int{0, 1, 15, 16, 40, 8192, 20_011} {
			checkOptimizers[float32](t, n)
			checkOptimizers[float64](t, n)
		}
	})
}

// checkOptimizers makes a step with and without sums, and compares both with the formulas in float64.
func checkOptimizers[T Float](t *testing.T, n int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, uint64(n)))
	w0, g, m0, v0 := randn[T](rng, n), randn[T](rng, n), randn[T](rng, n), randn[T](rng, n)
	for i := range v0 {
		v0[i] *= v0[i]
	}
	for u := upSgd; u < numUpdates; u++ {
		w, m, v := slices.Clone(w0), slices.Clone(m0), slices.Clone(v0)
		step := func(level Measurement, sums *Sums) { moveWith(u, parameter[T]{w, g, m, v}, 0.01, level, sums) }
		step(MeasureNothing, nil)
		plain := slices.Clone(w)
		copy(w, w0)
		copy(m, m0)
		copy(v, v0)
		var sums Sums
		step(MeasureAll, &sums)
		if !slices.Equal(w, plain) {
			t.Fatalf("update %d of %d: other numbers with sums than without", u, n)
		}
		var want Sums
		for i := range w {
			mi, next := stepByFormula(u, float64(w0[i]), float64(g[i]), float64(m0[i]), float64(v0[i]))
			terms := 4 + math.Abs(next-float64(w0[i])) + math.Abs(mi-float64(m0[i])) // the size of what is added
			if !near(w[i], next, terms) || !near(m[i], mi, terms) {
				t.Fatalf("update %d of %d: element %d is %v, want %v", u, n, i, w[i], next)
			}
			want.Grad += float64(g[i]) * float64(g[i])
			want.Param += float64(w0[i]) * float64(w0[i])
			change := float64(w[i] - w0[i])
			want.Update += change * change
		}
		for _, s := range [][2]float64{{sums.Grad, want.Grad}, {sums.Param, want.Param}, {sums.Update, want.Update}} {
			if math.Abs(s[0]-s[1]) > float64(n)*0x1p-53*s[1] {
				t.Errorf("update %d of %d: sums %+v, want %+v", u, n, sums, want)
			}
		}
	}
}

// stepByFormula is a step of moveWith in float64: what it leaves in m, and the parameter.
func stepByFormula(u update, w, g, m, v float64) (next, moved float64) {
	d := g + 0.01*w
	switch u {
	case upSgd:
		return m, w - 0.1*d
	case upMomentum:
		m = 0.9*m + d
		return m, w - 0.1*m
	case upNesterov:
		m = 0.9*m + d
		return m, w - 0.1*(d+0.9*m)
	case upAdam:
		m = 0.9*m + 0.1*d
		return m, w - 0.1*m/(math.Sqrt(0.99*v+0.01*d*d)/0.3+1e-3)
	case upAdamw:
		m = 0.9*m + 0.1*g
		return m, 0.99*w - 0.1*m/(math.Sqrt(0.99*v+0.01*g*g)/0.3+1e-3)
	case upRmsprop:
		return m, w - 0.1*d/(math.Sqrt(0.99*v+0.01*d*d)+1e-3)
	case upRmspropMomentum:
		m = 0.9*m + d/(math.Sqrt(0.99*v+0.01*d*d)+1e-3)
		return m, w - 0.1*m
	case upAdagrad:
		return m, w - 0.1*d/(math.Sqrt(v+d*d)+1e-3)
	case upLion:
		return 0.99*m + 0.01*g, 0.99*w - math.Copysign(0.1, 0.9*m+0.1*g)
	case upLars:
		m = 0.9*m + 0.1*d
		return m, w - m
	case upMerge:
		return 0.99*w - 0.1*m, 0.99*w - 0.1*m
	}
	return m, 0.99*w - 0.1*m // upDirection
}

func double(dst, a, b []float32) {
	for i := range dst {
		dst[i] = a[i] + b[i]
	}
}

// Map computes every element once, wherever the parts end.
func TestMap(t *testing.T) {
	for _, n := range []int{0, 1, 2*mapPiece - 1, 2 * mapPiece, 5*mapPiece + 3} {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i)
		}
		Map(double, x, x, x)
		for i, v := range x {
			if v != 2*float32(i) {
				t.Fatalf("%d elements: element %d is %g", n, i, v)
			}
		}
	}
}

// A long sum is the same on one core as on several.
func TestSumsDoNotDependOnTheCores(t *testing.T) {
	x := randn[float32](rand.New(rand.NewPCG(7, 8)), 5*sumPiece+17)
	sum, squares := SumAndSquares(x)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if s, q := SumAndSquares(x); s != sum || q != squares {
		t.Errorf("%v and %v on one core, %v and %v on several", s, q, sum, squares)
	}
}

// Nothing here allocates once it has run.
func TestNoAllocations(t *testing.T) {
	x, y, small, labels := make([]float32, 70_001), make([]float32, 70_001), make([]float32, 100), make([]int, 10)
	var counts ExponentCounts
	for name, f := range map[string]func(){
		"tanh":      func() { Tanh(nil, y, x) },
		"sum":       func() { SumSquares(x) },
		"sizes":     func() { AbsStats(x) },
		"zeros":     func() { CountZeros(x) },
		"exponents": func() { CountExponents(&counts, x) },
		"map":       func() { Map(double, y, x, x) },
		"columns":   func() { SumRows(nil, small, x[:70_000]) },
		"normalize": func() { NormalizeColumns(nil, y[:70_000], x[:70_000], small, small, small, small) },
		"adam":      func() { Adam(x, y, y, y, AdamStep{}, MeasureAll, &Sums{}) },
		"softmax":   func() { SoftmaxCrossEntropy(nil, small, small, labels, 10, 1) },
		"loss":      func() { CrossEntropyLabels(nil, small, labels, 10) },
	} {
		f()
		if n := testing.AllocsPerRun(20, f); n != 0 {
			t.Errorf("%s: %g allocations", name, n)
		}
	}
}
