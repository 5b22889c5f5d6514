package kernel

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

// A parameter is what the tests move.
type parameter[T Float] struct{ w, g, m, v []T }

func (p parameter[T]) clone() parameter[T] {
	return parameter[T]{slices.Clone(p.w), slices.Clone(p.g), slices.Clone(p.m), slices.Clone(p.v)}
}

// newParameter has elements that a step changes, elements whose change is lost in rounding, and a few zeros.
func newParameter[T Float](n int) parameter[T] {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	p := parameter[T]{randn[T](rng, n), randn[T](rng, n), randn[T](rng, n), randn[T](rng, n)}
	for i := range n {
		p.v[i] *= p.v[i]
		switch rng.IntN(4) {
		case 0:
			p.g[i] *= 1e-20
			p.m[i] *= 1e-20
		case 1:
			p.g[i] = T(math.Copysign(0, float64(p.g[i])))
			p.m[i] = T(math.Copysign(0, float64(p.m[i])))
			p.w[i] = T(math.Copysign(0, float64(p.w[i])))
		}
	}
	return p
}

// move makes a step of an update.
func (p parameter[T]) move(u update, level Measurement) (sums Sums) {
	moveWith(u, p, 0, level, &sums)
	return sums
}

// moveWith makes a step of an update with a weight decay.
func moveWith[T Float](u update, p parameter[T], decay float64, level Measurement, sums *Sums) {
	adam := AdamStep{Rate: 0.1, Scale: 0.3, Beta1: 0.9, Beta2: 0.99, Epsilon: 1e-3, Decay: decay, Shrink: decay}
	rms := RMSPropStep{Rate: 0.1, Decay: decay, Alpha: 0.99, Epsilon: 1e-3}
	switch u {
	case upSgd:
		SGD(p.w, p.g, nil, SGDStep{Rate: 0.1, Decay: decay}, level, sums)
	case upMomentum, upNesterov:
		SGD(p.w, p.g, p.m, SGDStep{Rate: 0.1, Decay: decay, Momentum: 0.9, Nesterov: u == upNesterov}, level, sums)
	case upAdam:
		Adam(p.w, p.g, p.m, p.v, adam, level, sums)
	case upAdamw:
		AdamW(p.w, p.g, p.m, p.v, adam, level, sums)
	case upRmsprop:
		RMSProp(p.w, p.g, p.v, nil, rms, level, sums)
	case upRmspropMomentum:
		rms.Momentum = 0.9
		RMSProp(p.w, p.g, p.v, p.m, rms, level, sums)
	case upAdagrad:
		AdaGrad(p.w, p.g, p.v, 0.1, decay, 1e-3, level, sums)
	case upLion:
		Lion(p.w, p.g, p.m, LionStep{Rate: 0.1, Shrink: decay, Beta1: 0.9, Beta2: 0.99}, level, sums)
	case upLars:
		MomentumOfSteps(p.w, p.g, p.m, 0.1, decay, 0.9, level, sums)
	case upDirection:
		Move(p.w, p.g, p.m, 0.1, decay, level, sums)
	case upMerge:
		optimize(upMerge, p.w, p.g, p.m, p.m, [maxCoefs]float64{1 - decay, -0.1}, level, sums)
	}
}

func TestMeasureAll(t *testing.T) {
	onEach(t, func(t *testing.T) {
		sizes := []int{0, 1, 7, 8, 15, 16, 17, 40, 8193, 8192, 20_011}
		if testing.Short() { // on an emulated processor
			sizes = sizes[:9]
		}
		for _, n := range sizes {
			single, double := newParameter[float32](n), newParameter[float64](n)
			for u := upSgd; u < numUpdates; u++ {
				checkMeasureAll(t, u, single)
				checkMeasureAll(t, u, double)
			}
		}
	})
}

// checkMeasureAll compares the sums with those of MeasureGradient and with what the step did.
func checkMeasureAll[T Float](t *testing.T, u update, before parameter[T]) {
	t.Helper()
	norms, all := before.clone(), before.clone()
	few, sums := norms.move(u, MeasureGradient), all.move(u, MeasureAll)
	if !slices.EqualFunc(norms.w, all.w, sameBits) || !slices.EqualFunc(norms.m, all.m, sameBits) {
		t.Fatalf("update %d of %d: other numbers the more is measured", u, len(all.w))
	}
	want := Sums{Grad: few.Grad, Param: sums.Param, Update: sums.Update} // these are held against plain Go elsewhere
	if few != (Sums{Grad: few.Grad}) {
		t.Errorf("update %d of %d: of the gradient alone %+v", u, len(all.w), few)
	}
	for i, g := range before.g {
		want.GradAbs += math.Abs(float64(g))
		want.GradMax = max(want.GradMax, math.Abs(float64(g)))
		if sameBits(before.w[i], all.w[i]) {
			want.Same++
		}
	}
	if math.Abs(sums.GradAbs-want.GradAbs) > float64(len(all.w))*0x1p-53*want.GradAbs { // n additions, each rounded
		t.Errorf("update %d of %d: sum of |g| is %g, want %g", u, len(all.w), sums.GradAbs, want.GradAbs)
	}
	if want.GradAbs = sums.GradAbs; sums != want {
		t.Errorf("update %d of %d: sums are %+v, want %+v", u, len(all.w), sums, want)
	}
	if n := len(all.w); n > 100 && (want.Same < n/8 || want.Same > n-n/8) {
		t.Errorf("update %d of %d: %d elements stay, too few for the test", u, n, want.Same)
	}
}

// A NaN or an infinity comes out wherever it stands.
func TestMeasureNonFinite(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, n := range []int{1, 16, 23, 8200} {
			single, double := newParameter[float32](n), newParameter[float64](n)
			for _, at := range []int{0, 7, 8, 15, 16, 22, 8195} {
				if at < n && (n < 8200 || at == 8195 || !testing.Short()) { // fewer on an emulated processor
					checkNonFinite(t, single, at)
					checkNonFinite(t, double, at)
				}
			}
		}
	})
}

func checkNonFinite[T Float](t *testing.T, finite parameter[T], at int) {
	t.Helper()
	n := len(finite.w)
	for u := upSgd; u < numUpdates; u++ {
		p := finite.clone()
		p.g[at] = T(math.Inf(-1))
		if s := p.move(u, MeasureAll); !math.IsInf(s.GradMax, 1) || !math.IsInf(s.GradAbs, 1) {
			t.Errorf("update %d of %d, an infinity at %d: %+v", u, n, at, s)
		}
		p = finite.clone()
		p.g[at] = T(math.NaN())
		p.g[n-1-at] += T(math.NaN()) // also two of them
		if s := p.move(u, MeasureAll); !math.IsNaN(s.GradMax) || !math.IsNaN(s.GradAbs) {
			t.Errorf("update %d of %d, a NaN at %d: %+v", u, n, at, s)
		}
		// A parameter that is NaN stays the same NaN, whatever its gradient.
		p = finite.clone()
		p.g[at], p.m[at], p.w[at] = 1, 1, 1 // an element that moves
		moved := p.clone().move(u, MeasureAll).Same
		p.w[at] = T(math.NaN())
		if s := p.move(u, MeasureAll); s.Same != moved+1 || s.GradMax != s.GradMax || !math.IsNaN(s.Param) {
			t.Errorf("update %d of %d, a parameter that is NaN at %d: %+v, want %d the same", u, n, at, s, moved+1)
		}
	}
}

// The padding of the last block is not measured: with an epsilon that is zero in float32 it becomes NaN.
func TestMeasureWithoutEpsilon(t *testing.T) {
	onEach(t, func(t *testing.T) {
		w, g, m, v := []float32{1, 2, 3}, []float32{1, 1, 1}, make([]float32, 3), make([]float32, 3)
		var sums Sums
		Adam(w, g, m, v, AdamStep{Rate: 0.125, Scale: 1, Epsilon: 1e-300}, MeasureAll, &sums)
		if want := (Sums{Grad: 3, Param: 14, Update: 3. / 64, GradAbs: 3, GradMax: 1}); sums != want {
			t.Errorf("sums are %+v, want %+v", sums, want)
		}
	})
}

// Subnormal gradients and parameters are zeros to the kernels, unless they are kept. Plain Go always keeps them.
func TestMeasureSubnormals(t *testing.T) {
	onEach(t, func(t *testing.T) {
		for _, keeps := range []bool{false, true} {
			KeepSubnormals(keeps)
			checkSubnormals[float32](t, 0x1p-140, keeps || !hasAssembly())
			checkSubnormals[float64](t, 0x1p-1040, keeps || !hasAssembly())
		}
		KeepSubnormals(false)
	})
}

func checkSubnormals[T Float](t *testing.T, tiny T, kept bool) {
	t.Helper()
	const n = 37
	p := parameter[T]{make([]T, n), make([]T, n), make([]T, n), make([]T, n)}
	for i := range n {
		p.w[i], p.g[i] = 1, tiny
	}
	p.w[0], p.g[0] = tiny, 0
	want := Sums{Param: n - 1, Same: n - 1} // the subnormal parameter is flushed
	if kept {
		want.GradAbs, want.GradMax, want.Same = (n-1)*float64(tiny), float64(tiny), n
		want.Param += float64(tiny) * float64(tiny)
		want.Grad = (n - 1) * float64(tiny) * float64(tiny)
	}
	if got := p.move(upSgd, MeasureAll); got != want {
		t.Errorf("subnormals kept: %v: %+v, want %+v", kept, got, want)
	}
}

// The sums are the same bits with AVX-512 and AVX2, and on any number of cores.
func TestMeasureAgrees(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	single, double := newParameter[float32](70_001), newParameter[float64](70_001)
	for u := upSgd; u < numUpdates; u++ {
		var kernels []Sums
		onEach(t, func(t *testing.T) {
			var all []Sums
			for _, procs := range []int{1, 2, 4} {
				runtime.GOMAXPROCS(procs)
				all = append(all, single.clone().move(u, MeasureAll), double.clone().move(u, MeasureAll))
			}
			if hasAssembly() {
				kernels = append(kernels, all...)
			} else {
				checkEqualPairs(t, u, all)
			}
		})
		checkEqualPairs(t, u, kernels)
	}
}

// checkEqualPairs checks that the sums at even indices, of float32, are all equal, and those at odd indices, of float64, too.
func checkEqualPairs(t *testing.T, u update, list []Sums) {
	t.Helper()
	for i := 2; i < len(list); i++ {
		if list[i] != list[i%2] {
			t.Errorf("update %d: sums are %+v once and %+v later", u, list[i%2], list[i])
		}
	}
}

// BenchmarkMeasure is the cost of a step at each level of measurement.
func BenchmarkMeasure(b *testing.B) {
	p := newParameter[float32](64 * 128)
	for u, name := range []string{"SGD", "Momentum", "Nesterov", "Adam", "AdamW", "RMSProp", "RMSPropMomentum", "AdaGrad", "Lion", "LARS", "Direction", "Merge"} {
		for level, measures := range []string{"Nothing", "Norms", "All"} {
			b.Run(name+"/"+measures, func(b *testing.B) {
				for b.Loop() {
					p.move(update(u), Measurement(level))
				}
			})
		}
	}
}
