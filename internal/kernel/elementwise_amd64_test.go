package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// ulps is the distance of got from want in units of the last place of a float type. A subnormal result may be flushed.
func ulps[T Float](got T, want float64) float64 {
	g := float64(got)
	bits, least := 23, -126
	if !is32[T]() {
		bits, least = 52, -1022
	}
	switch {
	case math.IsNaN(g) || math.IsNaN(want):
		if math.IsNaN(g) && math.IsNaN(want) {
			return 0
		}
		return math.Inf(1)
	case math.IsInf(float64(T(want)), 0):
		want = float64(T(want)) // beyond the range
	}
	if g == want || g == 0 && math.Abs(want) < math.Ldexp(1, least) {
		return 0
	}
	_, exponent := math.Frexp(want)
	return math.Abs(g-want) / math.Ldexp(1, max(exponent-1, least)-bits)
}

// fewer is n, or a tenth of it on an emulated processor.
func fewer(n int) int {
	if testing.Short() {
		return n / 10
	}
	return n
}

// sweep gives numbers of all sizes and both signs, the special ones among them.
func sweep[T Float](n int) []T {
	rng := rand.New(rand.NewPCG(1, 2))
	list := []T{0, T(math.Copysign(0, -1)), T(math.Inf(1)), T(math.Inf(-1)), T(math.NaN()), 1, -1}
	for _, edge := range []float64{87, 88, 88.7, 88.8, 89, 103, 104, 708, 709.7, 710, 745, 746, 0.34657, 0.34658, 9.01, 9.02, 19.06, 0.5, 1e-4} {
		for range 40 {
			list = append(list, T(edge+rng.NormFloat64()*0.01), T(-edge+rng.NormFloat64()*0.01))
		}
	}
	for len(list) < n {
		if is32[T]() {
			list = append(list, T(math.Float32frombits(rng.Uint32())), T(rng.NormFloat64()*10))
		} else {
			list = append(list, T(math.Float64frombits(rng.Uint64())), T(rng.NormFloat64()*10))
		}
	}
	return list
}

// The errors that the documentation states.
var bounds = []struct {
	name   string
	ulps32 float64
	ulps64 float64
	f32    func(f *Flushed, dst, x []float32)
	f64    func(f *Flushed, dst, x []float64)
	want   func(x float64) float64
}{
	{"exp", 2, 2, Exp[float32], Exp[float64], exp},
	{"sigmoid", 3, 3, Sigmoid[float32], Sigmoid[float64], sigmoid},
	{"silu", 4, 4, SiLU[float32], SiLU[float64], func(x float64) float64 { return x * sigmoid(x) }},
	{"tanh", 3, 3, Tanh[float32], Tanh[float64], math.Tanh},
	{"erf", 3, 3, Erf[float32], Erf[float64], math.Erf},
	{"gelu", 5, 7, GELU[float32], GELU[float64], func(x float64) float64 { return x * normalCDF(x) }},
	{"gelu_tanh", 5, math.Inf(1), GELUTanh[float32], GELUTanh[float64], func(x float64) float64 { return x * sigmoid(geluTanhArgument(x)) }}, // see TestErrorOfGELUTanh
	{"relu", 0, 0, ReLU[float32], ReLU[float64], func(x float64) float64 { return max(0, x) }},
}

func TestUlps(t *testing.T) {
	for _, b := range bounds {
		checkUlps(t, b.name, b.ulps32, b.f32, b.want)
		checkUlps(t, b.name, b.ulps64, b.f64, b.want)
	}
}

func checkUlps[T Float](t *testing.T, name string, bound float64, f func(f *Flushed, dst, x []T), want func(float64) float64) {
	t.Helper()
	x := sweep[T](fewer(400_000))
	y := make([]T, len(x))
	f(nil, y, x)
	smallest := 0x1p-1022 // of normal numbers
	if is32[T]() {
		smallest = 0x1p-126
	}
	worst, at := 0.0, T(0)
	for i := range x {
		in := float64(x[i])
		if useAVX2 && math.Abs(in) < smallest {
			in = 0 // subnormal, which the vector kernels read as zero
		}
		if name == "relu" && in == 0 {
			// Where both operands of MAXPS count as zeros the result is the second. Processors give the zero, emulators the
			// subnormal number it was.
			if math.Abs(float64(y[i])) > math.Abs(float64(x[i])) {
				t.Errorf("relu of %T is %g at %g", x[0], y[i], x[i])
			}
			continue
		}
		if name == "gelu_tanh" && (sigmoid(geluTanhArgument(in)) < 2*smallest || in < -20) {
			continue // where the factor is flushed; the reference has no more digits in float64
		}
		if name == "silu" && sigmoid(in) < smallest || name == "gelu" && normalCDF(in) < smallest {
			continue // where the factor is flushed, so is the product
		}
		if e := ulps(y[i], want(in)); e > worst {
			worst, at = e, x[i]
		}
	}
	t.Logf("%s %T: %.2f ulp at %g", name, x[0], worst, at)
	if worst > bound {
		t.Errorf("%s of %T: got an error of %.2f ulp at %g, want at most the documented %g", name, x[0], worst, at, bound)
	}
}

// The slopes of erf, ELU and GELU. GELU's slope has a zero, near which no relative error is bounded: its error counts in ulps of 1.
func TestUlpsOfSlopes(t *testing.T) {
	slopes := []struct {
		name     string
		f32      func(f *Flushed, dx, x, dy []float32)
		f64      func(f *Flushed, dx, x, dy []float64)
		want     func(x float64) float64
		relative bool
	}{
		{"erf", ErfBackward[float32], ErfBackward[float64], func(x float64) float64 { return 2 / math.Sqrt(math.Pi) * gauss(x) }, true},
		{"gelu", GELUBackward[float32], GELUBackward[float64], func(x float64) float64 {
			return normalCDF(x) + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
		}, false},
		{"gelu_tanh", GELUTanhBackward[float32], GELUTanhBackward[float64], geluTanhSlope, false},
		{"elu",
			func(f *Flushed, dx, x, dy []float32) { ELUBackward(f, dx, 1, x, dy) },
			func(f *Flushed, dx, x, dy []float64) { ELUBackward(f, dx, 1, x, dy) },
			func(x float64) float64 { return exp(min(x, 0)) }, true},
	}
	for _, s := range slopes {
		checkSlope(t, s.name, s.f32, s.want, s.relative)
		checkSlope(t, s.name, s.f64, s.want, s.relative)
	}
}

func checkSlope[T Float](t *testing.T, name string, f func(f *Flushed, dx, x, dy []T), want func(float64) float64, relative bool) {
	t.Helper()
	ulp, smallest, limit := 0x1p-52, 0x1p-1022, 1e150
	if is32[T]() {
		ulp, smallest, limit = 0x1p-23, 0x1p-126, 1e18
	}
	var x []T
	for _, v := range sweep[T](fewer(100_000)) {
		if math.Abs(float64(v)) < limit { // the reference squares
			x = append(x, v)
		}
	}
	y := make([]T, len(x))
	f(nil, y, x, slices.Repeat([]T{1}, len(x)))
	for i := range x {
		exact := want(float64(x[i]))
		bound := 5 * ulp
		if relative {
			bound = 5 * ulp * max(math.Abs(exact), smallest)
		}
		if relative && math.Abs(exact) < 2*smallest {
			bound = 2 * smallest // flushed, or a factor of it
		}
		if off := math.Abs(float64(y[i]) - exact); !(off <= bound) {
			t.Fatalf("slope of %s %T at %g is %g, want %g", name, x[i], x[i], y[i], exact)
		}
	}
}

// AVX-512 and AVX2 give the same bits, at any position of an element.
func TestInstructionSetsAgree(t *testing.T) {
	if !useAVX512 {
		t.Skip("SKIPPED: this processor has no AVX-512")
	}
	defer func() { useAVX512 = true }()
	agree[float32](t)
	agree[float64](t)
}

func agree[T Float](t *testing.T) {
	x := sweep[T](10_000)
	y := slices.Clone(x)
	slices.Reverse(y)
	for f := fnAdd; f < numFunctions; f++ {
		results := make([][]T, 3)
		for i := range results {
			useAVX512 = i == 0
			results[i] = make([]T, len(x))
			if i < 2 {
				apply(nil, f, results[i], x, y, 3)
				continue
			}
			for j := 0; j < len(x); j += 13 { // in pieces that are no blocks
				end := min(j+13, len(x))
				apply(nil, f, results[i][j:end], x[j:end], y[j:end], 3)
			}
		}
		for i := range x {
			a, b, c := results[0][i], results[1][i], results[2][i]
			if (a != b || a != c) && !(a != a && b != b && c != c) {
				t.Fatalf("function %d of %g and %g: %g with AVX-512, %g with AVX2, %g in pieces", f, x[i], y[i], a, b, c)
			}
		}
	}
}

func BenchmarkElementwise(b *testing.B) {
	x, y := make([]float32, 8192), make([]float32, 8192)
	for i := range x {
		x[i] = float32(i%17) / 8
	}
	for f := fnAdd; f < numFunctions; f++ {
		b.Run(fmt.Sprint(f), func(b *testing.B) {
			for b.Loop() {
				compute(nil, f, y, x, x, 2)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(x)), "ns/element")
		})
	}
}

// GELU by tanh, to 5 ulp of max(1, |x|): in float64 the formula itself has no more digits where x is negative.
func TestErrorOfGELUTanh(t *testing.T) {
	onEach(t, func(t *testing.T) {
		checkGELUTanh[float32](t, 0x1p-23, 1e12)
		checkGELUTanh[float64](t, 0x1p-52, 1e100)
	})
}

func checkGELUTanh[T Float](t *testing.T, ulp, limit float64) {
	t.Helper()
	x := sweep[T](fewer(100_000))
	y := make([]T, len(x))
	GELUTanh(nil, y, x)
	for i, v := range x {
		in := float64(v)
		if !(math.Abs(in) < limit) { // the cube overflows
			continue
		}
		want := in / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(in+0.044715*in*in*in)))
		if e := math.Abs(float64(y[i]) - want); !(e <= 5*ulp*max(1, math.Abs(in))) {
			t.Fatalf("gelu_tanh of %T %g is %g, want %g", v, in, y[i], want)
		}
	}
}
