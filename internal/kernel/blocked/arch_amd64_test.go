package blocked

import (
	"math"
	"testing"
)

// onEach runs a test with each set of instructions the processor has.
func onEach(t *testing.T, f func(t *testing.T)) {
	wide, narrow := useAVX512, useAVX2
	defer func() { useAVX512, useAVX2 = wide, narrow }()
	for _, c := range []struct {
		name         string
		has          bool
		avx512, avx2 bool
	}{{"AVX-512", wide, true, true}, {"AVX2", narrow, false, true}, {"portable", true, false, false}} {
		if !c.has {
			t.Logf("%s is SKIPPED: this processor does not have it", c.name)
			continue
		}
		useAVX512, useAVX2 = c.avx512, c.avx2
		t.Run(c.name, f)
	}
}

// AVX-512 and AVX2 give the same bits.
func TestInstructionsGiveTheSameBits(t *testing.T) {
	if !useAVX512 {
		t.Skip("SKIPPED: this processor has no AVX-512, or it is not used")
	}
	defer func() { useAVX512 = true }()
	for _, c := range convCases() {
		wide, narrow := newPasses[float32](t, c), newPasses[float32](t, c)
		wide.run(nil)
		useAVX512 = false
		narrow.run(nil)
		useAVX512 = true
		sameBits(t, c.String()+": y", narrow.py, wide.py)
		sameBits(t, c.String()+": dx", narrow.dx, wide.dx)
		sameBits(t, c.String()+": dw", narrow.pdw, wide.pdw)
	}
}

func sameBits(t *testing.T, name string, got, want []float32) {
	t.Helper()
	for i := range got {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %g, want %g bit by bit", name, i, got[i], want[i])
		}
	}
}

// flushes reports whether the kernels flush subnormal results.
func flushes() bool { return useAVX2 }
