package kernel

import (
	"testing"

	"github.com/gradflow/gradflow/internal/kernel/openblas"
)

// Each kernel that flushes a result sets what it was given, and nothing else.
func TestFlushed(t *testing.T) {
	defer func(lib *openblas.Library) { external = lib }(external)
	external = nil
	const n = 5*piece + 3 // on several cores, and more than whole blocks
	y, one := make([]float32, n), filled[float32](n, 1)
	tiny := filled[float32](n, 1e-25)
	sums, gain, zero := make([]float32, 40), filled[float32](40, 1), make([]float32, 40)
	square := filled[float64](640, 1e-200)
	for _, c := range []struct {
		name  string
		small func(f *Flushed) // flushes
		large func(f *Flushed) // does not
	}{
		{"elementwise", func(f *Flushed) { Mul(f, y, tiny, tiny) }, func(f *Flushed) { Mul(f, y, tiny, one) }},
		{"the last elements", func(f *Flushed) { Mul(f, y[:3], tiny[:3], tiny[:3]) }, func(f *Flushed) { Mul(f, y[:3], tiny[:3], one[:3]) }},
		{"product", func(f *Flushed) { Gemm(f, false, false, 40, 40, 40, 1, tiny, 40, tiny, 40, 0, y, 40) },
			func(f *Flushed) { Gemm(f, false, false, 40, 40, 40, 1, tiny, 40, one, 40, 0, y, 40) }},
		{"product on several cores", func(f *Flushed) { Gemm(f, false, false, 100, 100, 100, 1, tiny, 100, tiny, 100, 0, y, 100) },
			func(f *Flushed) { Gemm(f, false, false, 100, 100, 100, 1, tiny, 100, one, 100, 0, y, 100) }},
		{"linear", func(f *Flushed) { Linear(f, 40, 40, 40, tiny, tiny, nil, nil, y) }, func(f *Flushed) { Linear(f, 40, 40, 40, tiny, one, nil, nil, y) }},
		{"after linear", func(f *Flushed) { Linear(f, 40, 40, 40, one, filled[float32](n, -2.3), nil, Exp[float32], y) },
			func(f *Flushed) { Linear(f, 40, 40, 40, one, one, nil, Tanh[float32], y) }},
		{"sum of columns", func(f *Flushed) {
			ColumnDGain(f, make([]float64, 40), square, make([]float64, 40), filled[float64](40, 1), square)
		},
			func(f *Flushed) { SumRows(f, make([]float64, 40), square) }},
		{"map of columns", func(f *Flushed) { NormalizeColumns(f, y[:640], tiny[:640], zero, tiny[:40], gain, zero) },
			func(f *Flushed) { NormalizeColumns(f, y[:640], tiny[:640], zero, gain, gain, zero) }},
		{"softmax", func(f *Flushed) { Softmax(f, sums, append([]float32{0}, filled[float32](39, -90)...), 40) },
			func(f *Flushed) { Softmax(f, sums, gain, 40) }},
	} {
		var small, large Flushed
		c.small(&small)
		c.large(&large)
		c.small(nil)
		if small.Load() != hasAssembly() || large.Load() {
			t.Errorf("%s: flushed is %v, want %v; and %v where nothing is, want false", c.name, small.Load(), hasAssembly(), large.Load())
		}
		KeepSubnormals(true)
		var kept Flushed
		c.small(&kept)
		KeepSubnormals(false)
		if kept.Load() {
			t.Errorf("%s: flushed is true although subnormal numbers are kept", c.name)
		}
	}
}
