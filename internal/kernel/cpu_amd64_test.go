package kernel

import "testing"

func TestLimitIsTheSettingThatTakesSomethingAway(t *testing.T) {
	defer func(wide, narrow bool) { useAVX512, useAVX2 = wide, narrow }(useAVX512, useAVX2)
	t.Setenv("GRADFLOW_CPU", "portable")
	useAVX512, useAVX2 = hasAVX512, hasAVX2
	if got := limit(); got != "" {
		t.Errorf("got limit %q, want none", got)
	}
	if !hasAVX2 {
		t.Skip("SKIPPED: there is nothing to take away from this processor")
	}
	useAVX512, useAVX2 = false, false
	if got, want := limit(), "GRADFLOW_CPU=portable"; got != want {
		t.Errorf("got limit %q, want %q", got, want)
	}
}
