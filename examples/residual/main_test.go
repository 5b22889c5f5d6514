package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/gradflow/gradflow/examples/internal/doccheck"
)

func TestGuide(t *testing.T) {
	if testing.Short() {
		t.Skip("observes 60 networks, and trains five")
	}
	var output strings.Builder
	out := t.TempDir()
	if err := run(&output, out); err != nil {
		t.Fatal(err)
	}
	doccheck.Output(t, "04-residual.md", "go run ./examples/residual", output.String())
	doccheck.Figure(t, out, "residual.png")
	doccheck.Figure(t, out, "pitfalls.png")

	for _, c := range []struct {
		network string // at the beginning of a line
		column  int    // of the numbers after it
		low, hi float64
	}{
		// Ratios of 101 hidden layers.
		{"N(0, 0.05²), plain ", 5, 0, 1e-30},
		{"N(0, 0.05²), residual ", 5, 0.1, 10},
		{"He + BN, plain ", 5, 1e6, 1e12},
		{"He + BN, residual ", 5, 1, 1e3},
		{"He, branches as they are ", 5, 1e6, 1e12},
		{"He, scaled branches ", 5, 0.1, 10},
		{"sigmoid after the sum ", 5, 0, 1e-20},
		{"sigmoid, pre-activation ", 5, 0.1, 10},
		// The growth per block, which theory puts at 2.05 for a network of infinite width.
		{"   5 blocks:", 0, 1.9, 2.2},
		{"  50 blocks:", 0, 2.05, 2.4},
		// Accuracy on new images after training, in per cent.
		{"N(0, 0.05²), plain    ", 2, 8, 12},
		{"He, residual, scaled branches ", 2, 70, 90},
		{"He, plain ", 2, 40, 70},
	} {
		if got := lookUp(t, output.String(), c.network, c.column); got < c.low || got > c.hi {
			t.Errorf("%s: %g, want between %g and %g", c.network, got, c.low, c.hi)
		}
	}
}

var numbers = regexp.MustCompile(`\d+(\.\d+)?(e[-+]\d+)?`)

// lookUp reads the number of a column from the last line that begins with the network's name and has that column.
func lookUp(t *testing.T, output, network string, column int) float64 {
	t.Helper()
	found := ""
	for line := range strings.Lines(output) {
		if rest, ok := strings.CutPrefix(line, network); ok {
			if list := numbers.FindAllString(rest, -1); len(list) > column {
				found = list[column]
			}
		}
	}
	v, err := strconv.ParseFloat(found, 64)
	if err != nil {
		t.Fatalf("no number %d after %q in\n%s", column, network, output)
	}
	return v
}
