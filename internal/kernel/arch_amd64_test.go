package kernel

import "testing"

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
