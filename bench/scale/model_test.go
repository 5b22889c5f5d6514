package main

import (
	"math"
	"strings"
	"testing"
)

// A network of 10 MB whose step takes 1 ms and 1 ms for each sample, over 1 GB/s and 50 us.
var example = model{fixed: 1e-3, sample: 1e-3, bytes: 10e6, latency: 50e-6, perByte: 1e-9}

func TestModel(t *testing.T) {
	near := func(what string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-9*math.Abs(want) {
			t.Errorf("%s: got %g, want %g", what, got, want)
		}
	}
	near("a sum on one rank", example.sum(1, 1e6), 0)
	near("a sum on two", example.sum(2, 1e6), 2*50e-6+1e-3)
	near("a sum on four", example.sum(4, 1e6), 4*50e-6+1.5e-3)
	near("one rank", example.step(1, 4), 5e-3)
	near("a hidden sum", example.step(2, 64), 65e-3+2*50e-6+bucket*1e-9)
	near("a sum that is not", example.step(2, 1), 2e-3+2*50e-6+bucket*1e-9+2*50e-6+(10e6-bucket)*1e-9-backward*2e-3)
	if got := example.least(1); got != 1 {
		t.Errorf("one rank: got %d samples at least, want 1", got)
	}
	few, many := example.least(2), example.least(1024)
	if few < 8 || many < few {
		t.Errorf("got %d samples at least on 2 ranks and %d on 1024", few, many)
	}
	if small, large := example.most(16, 1024), example.most(4096, 1024); small >= large || large > 1024 || small < 1 {
		t.Errorf("got %d ranks for a batch of 16 and %d for 4096, want more for the larger", small, large)
	}
	var b strings.Builder
	example.print(&b, 32)
	if strings.Count(b.String(), "\n") != 13 || !strings.Contains(b.String(), "\n  1024 ") {
		t.Errorf("got\n%s", b.String())
	}
}
