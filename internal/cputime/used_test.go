package cputime

import (
	"runtime"
	"testing"
	"time"
)

// A process that computes uses processor time, and one that sleeps hardly any.
func TestUsed(t *testing.T) {
	if Used() == 0 {
		t.Skipf("SKIPPED: %s does not tell the processor time", runtime.GOOS)
	}
	before := Used()
	for sum := 1.0; Used() < before+20*time.Millisecond; {
		sum /= 3
	}
	before = Used()
	time.Sleep(200 * time.Millisecond)
	if used := Used() - before; used > 100*time.Millisecond {
		t.Errorf("got %v of processor time in a sleep of 200 ms", used)
	}
}
