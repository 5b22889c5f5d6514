package machine

import (
	"testing"

	"gorgonia.org/tensor"
)

// A change of any one number is seen, and so are two numbers that change places.
func TestWitness(t *testing.T) {
	for _, n := range []int{1, 15, 16, 33, hashPiece - 1, hashPiece + 17} {
		x := make([]float32, n)
		for i := range x {
			x[i] = float32(i)
		}
		d := tensor.New(tensor.WithBacking(x), tensor.WithShape(n))
		var w witness
		if w.unchanged(d) {
			t.Fatalf("%d: unchanged in the first call", n)
		}
		for i := 0; i < n; i += 1 + n/40 {
			if !w.unchanged(d) {
				t.Fatalf("%d: changed without a change", n)
			}
			x[i] = -x[i] - 1
			if w.unchanged(d) {
				t.Errorf("%d: a change of number %d was not seen", n, i)
			}
			x[0], x[n-1] = x[n-1], x[0]
			if n > 1 && w.unchanged(d) {
				t.Errorf("%d: an exchange of two numbers was not seen", n)
			}
			w.unchanged(d)
		}
		if allocs := testing.AllocsPerRun(5, func() { w.unchanged(d) }); allocs != 0 {
			t.Errorf("%d: %g allocations", n, allocs)
		}
	}
}

func BenchmarkWitness(b *testing.B) {
	x := make([]float32, 12<<20)
	d := tensor.New(tensor.WithBacking(x), tensor.WithShape(len(x)))
	var w witness
	b.SetBytes(int64(4 * len(x)))
	for b.Loop() {
		w.unchanged(d)
	}
}
